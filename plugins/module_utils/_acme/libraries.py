# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place of this package that imports third-party libraries.

Ansible imports a module's files also where these libraries are missing (documentation, sanity tests, a host that
lacks them), so each import is guarded and what failed is kept in `MISSING`: library name -> traceback.
"""

from __future__ import annotations

import functools
import importlib
import traceback
from typing import Any

MISSING: dict[str, str] = {}

try:
    import requests

    # What it is made of, and comes with.
    from requests.packages import urllib3  # type: ignore[attr-defined]
except ImportError:
    MISSING["requests"] = traceback.format_exc()

try:
    from josepy import b64, jwa, jwk
except ImportError:
    MISSING["josepy"] = traceback.format_exc()

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, hmac, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
except ImportError:
    MISSING["cryptography"] = traceback.format_exc()


@functools.cache
def public_suffixes() -> Any:
    """Return the list of public suffixes, or None where the library is missing, which is optional.

    It is loaded only when asked for: it is a long one.
    """
    try:
        return importlib.import_module("publicsuffixlist").PublicSuffixList()
    except ImportError:
        return None


__all__ = [
    "MISSING",
    "UnsupportedAlgorithm",
    "b64",
    "ec",
    "hashes",
    "hmac",
    "jwa",
    "jwk",
    "public_suffixes",
    "requests",
    "rsa",
    "serialization",
    "urllib3",
    "x509",
]
