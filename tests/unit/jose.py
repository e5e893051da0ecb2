# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Web Signatures as a CA sees them: checked with cryptography alone, sharing no code with what is tested."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

CURVES = {
    "ES256": ("P-256", ec.SECP256R1(), hashes.SHA256(), 32),
    "ES384": ("P-384", ec.SECP384R1(), hashes.SHA384(), 48),
    "ES512": ("P-521", ec.SECP521R1(), hashes.SHA512(), 66),
}


def decode(text: str) -> bytes:
    """Return the bytes of base64url without padding; anything else is an error."""
    if "=" in text or set(text) & set("+/ \n"):
        raise ValueError(f"{text!r} is not base64url without padding")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    """Return a base64url-encoded integer."""
    return int.from_bytes(decode(text), "big")


def protected(jws: Mapping[str, str]) -> dict[str, Any]:
    """Return the protected header of a flattened JWS, which has these three members and no other."""
    if set(jws) != {"protected", "payload", "signature"}:
        raise ValueError(f"not a flattened JWS: {sorted(jws)}")
    header: dict[str, Any] = json.loads(decode(jws["protected"]))
    return header


def payload(jws: Mapping[str, str]) -> Any:
    """Return what was signed; None for the empty string of POST-as-GET."""
    return json.loads(decode(jws["payload"])) if jws["payload"] else None


def verify(jws: Mapping[str, str], jwk: Mapping[str, str]) -> None:
    """Raise ValueError unless the signature is that of the key (RFC 7518 sections 3.3 and 3.4)."""
    algorithm = protected(jws)["alg"]
    signed = f"{jws['protected']}.{jws['payload']}".encode()
    signature = decode(jws["signature"])
    try:
        if algorithm == "RS256" and jwk["kty"] == "RSA":
            public = rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()
            public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
            return
        name, curve, digest, size = CURVES[algorithm]
        if (jwk["kty"], jwk["crv"]) != ("EC", name) or len(signature) != 2 * size:
            raise ValueError(f"{algorithm} does not go with this key or signature")
        point = ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), curve).public_key()
        r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        point.verify(encode_dss_signature(r, s), signed, ec.ECDSA(digest))
    except InvalidSignature:
        raise ValueError("the signature is not that of the key") from None


def verify_mac(jws: Mapping[str, str], secret: bytes) -> None:
    """Raise ValueError unless the MAC is that of the secret (RFC 7518 section 3.2)."""
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[protected(jws)["alg"]]
    expected = hmac.new(secret, f"{jws['protected']}.{jws['payload']}".encode(), digest).digest()
    if not hmac.compare_digest(expected, decode(jws["signature"])):
        raise ValueError("the MAC is not that of the secret")
