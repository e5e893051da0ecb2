# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be put where for a challenge to be met: pure functions, one for each challenge type.

To add a type write its function here and name it in `MATERIAL`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Callable

from . import dns_persist
from .key import b64

# RFC 8555 section 8.3: base64url, at least 128 bits. The upper bound is ours: a token becomes a file name.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True)
class Asked:
    """What a challenge asks for: a proof for `name` (without "*.") by the account with this key thumbprint and URL.

    `issuers` are the names under which the CA is known in the DNS, for dns-persist-01, which has no token.
    """

    name: str
    wildcard: bool = False
    token: str = ""
    thumbprint: str = ""
    account_url: str = ""
    issuers: tuple[str, ...] = ()


def is_token(text: str | None) -> bool:
    """Say whether a token is one that may become part of a path."""
    return text is not None and _TOKEN.fullmatch(text) is not None


def key_authorization(asked: Asked) -> str:
    """Return the key authorization (RFC 8555 section 8.1)."""
    return f"{asked.token}.{asked.thumbprint}"


def http_01(asked: Asked) -> dict[str, str]:
    """Return the path below the web root and the content of the file (RFC 8555 section 8.3)."""
    return {
        "token": asked.token,
        "path": f".well-known/acme-challenge/{asked.token}",
        "content": key_authorization(asked),
    }


def dns_01(asked: Asked) -> dict[str, str]:
    """Return the name of the TXT record and its value (RFC 8555 section 8.4)."""
    return {"record": f"_acme-challenge.{asked.name}", "value": b64(_digest(asked))}


def dns_account_01(asked: Asked) -> dict[str, str]:
    """Return the name of the TXT record, which is the account's own, and its value (draft-ietf-acme-dns-account-label-02)."""
    digest = hashlib.sha256(asked.account_url.encode("utf-8")).digest()[:10]
    label = base64.b32encode(digest).decode("ascii").lower()
    return {"record": f"_{label}._acme-challenge.{asked.name}", "value": b64(_digest(asked))}


def dns_persist_01(asked: Asked) -> dict[str, str]:
    """Return the name of the TXT record that stays, and its value (draft-ietf-acme-dns-persist-01)."""
    return {
        "record": dns_persist.record(asked.name),
        "value": dns_persist.value(asked.issuers[0], asked.account_url, wildcard=asked.wildcard),
    }


def tls_alpn_01(asked: Asked) -> dict[str, str]:
    """Return the name that the CA asks for (SNI), and in hexadecimal the digest in the certificate (RFC 8737 section 3)."""
    return {"server_name": server_name(asked.name), "digest": _digest(asked).hex()}


def server_name(name: str) -> str:
    """Return the name that stands for a domain name or IP address in SNI, which has no addresses (RFC 8738 section 6)."""
    try:
        return ip_address(name).reverse_pointer
    except ValueError:
        return name


def _digest(asked: Asked) -> bytes:
    return hashlib.sha256(key_authorization(asked).encode("ascii")).digest()


# What each returns is to be placed.
MATERIAL: Mapping[str, Callable[[Asked], dict[str, str]]] = {
    "http-01": http_01,
    "dns-01": dns_01,
    "dns-account-01": dns_account_01,
    "dns-persist-01": dns_persist_01,
    "tls-alpn-01": tls_alpn_01,
}

# They are met by a record that names CA and account, and have no token.
WITHOUT_TOKEN = ("dns-persist-01",)
# Another account has to place something else.
OF_ACCOUNT = ("dns-account-01", "dns-persist-01")
