# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be put where for a challenge to be met: pure functions, one for each challenge type.

To add a type write its function here and name it in `MATERIAL`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Callable

from .key import b64

# RFC 8555 section 8.3: base64url, at least 128 bits. The upper bound is ours: a token becomes a file name.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")


def is_token(text: str | None) -> bool:
    """Say whether a token is one that may become part of a path."""
    return text is not None and _TOKEN.fullmatch(text) is not None


def key_authorization(token: str, thumbprint: str) -> str:
    """Return the key authorization (RFC 8555 section 8.1)."""
    return f"{token}.{thumbprint}"


def http_01(name: str, token: str, thumbprint: str) -> dict[str, str]:
    """Return the path below the web root and the content of the file (RFC 8555 section 8.3)."""
    return {
        "token": token,
        "path": f".well-known/acme-challenge/{token}",
        "content": key_authorization(token, thumbprint),
    }


def dns_01(name: str, token: str, thumbprint: str) -> dict[str, str]:
    """Return the name of the TXT record and its value (RFC 8555 section 8.4)."""
    digest = hashlib.sha256(key_authorization(token, thumbprint).encode("ascii")).digest()
    return {"record": f"_acme-challenge.{name}", "value": b64(digest)}


# Each takes the name (without "*."), the token and the account key's thumbprint, and returns what is to be placed.
MATERIAL: Mapping[str, Callable[[str, str, str], dict[str, str]]] = {"http-01": http_01, "dns-01": dns_01}
