# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flattened JWS (RFC 7515 section 7.2.2, RFC 8555 section 6.2), and the two JWS that travel inside one."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Callable

from . import libraries
from .errors import invalid_input
from .key import Key, b64

_JSON = json.JSONEncoder(separators=(",", ":"))
_MAC_HASHES = {"HS256": "SHA256", "HS384": "SHA384", "HS512": "SHA512"}


def flattened(
    protected: Mapping[str, Any], payload: Mapping[str, Any] | None, sign: Callable[[bytes], bytes]
) -> dict[str, str]:
    """Return the JWS; no payload means POST-as-GET, whose payload is the empty string (RFC 8555 section 6.3)."""
    head = b64(_dump(protected))
    body = "" if payload is None else b64(_dump(payload))
    return {"protected": head, "payload": body, "signature": b64(sign(f"{head}.{body}".encode("ascii")))}


def request_body(key: Key, account_url: str | None, nonce: str, url: str, payload: Mapping[str, Any] | None) -> bytes:
    """Return the body of a request: signed by `key`, which is named by its account or, without one, sent along."""
    # RFC 8555 section 6.2: exactly one of "jwk" and "kid".
    signer: dict[str, Any] = {"kid": account_url} if account_url else {"jwk": key.public_jwk()}
    protected = {"alg": key.algorithm, "nonce": nonce, "url": url, **signer}
    return _dump(flattened(protected, payload, key.sign))


def external_account_binding(key: Key, url: str, kid: str, hmac_key: str, algorithm: str) -> dict[str, str]:
    """Return the binding of a new account to one that exists at the CA otherwise (RFC 8555 section 7.3.4).

    `hmac_key` is base64url as CAs show it: padding and surrounding white space do no harm.
    """
    secret = _decode_hmac_key(hmac_key)

    def mac(data: bytes) -> bytes:
        signer = libraries.hmac.HMAC(secret, getattr(libraries.hashes, _MAC_HASHES[algorithm])())
        signer.update(data)
        return signer.finalize()

    # No nonce: the outer JWS has it.
    return flattened({"alg": algorithm, "kid": kid, "url": url}, key.public_jwk(), mac)


def key_change(new_key: Key, old_key: Key, account_url: str, url: str) -> dict[str, str]:
    """Return the inner JWS of a key rollover, signed by the new key (RFC 8555 section 7.3.5)."""
    protected = {"alg": new_key.algorithm, "jwk": new_key.public_jwk(), "url": url}
    return flattened(protected, {"account": account_url, "oldKey": old_key.public_jwk()}, new_key.sign)


def _decode_hmac_key(text: str) -> bytes:
    # Some CAs show it in the alphabet of plain base64 (section 4 of RFC 4648), which no one means otherwise.
    compact = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        secret = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except ValueError:
        secret = b""
    if not secret:
        raise invalid_input(
            "the HMAC key of external_account_binding is not base64url", "Copy it again from the CA's web site."
        )
    return secret


def _dump(data: Mapping[str, Any]) -> bytes:
    return _JSON.encode(data).encode("utf-8")
