# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place of this package that imports third-party libraries.

Ansible imports a module's files also where these libraries are missing (documentation, sanity tests, a host that
lacks them), so each import is guarded and what failed is kept in `MISSING`: library name -> traceback.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

MISSING: dict[str, str] = {}
CRYPTOGRAPHY_VERSION: tuple[int, ...] = (0,)

try:
    from cryptography import __version__ as _version
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.x509 import ocsp

    CRYPTOGRAPHY_VERSION = tuple(int(part) for part in _version.split(".")[:2])
    if CRYPTOGRAPHY_VERSION < (38,):
        MISSING["cryptography"] = f"cryptography {_version} is older than 38"
except ImportError:
    MISSING["cryptography"] = traceback.format_exc()
    x509 = hashes = serialization = ec = ocsp = padding = rsa = None  # type: ignore[assignment]
    decode_dss_signature = None  # type: ignore[assignment]
    InvalidSignature = UnsupportedAlgorithm = Exception  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from typing import Union

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    PrivateKey = Union[ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey]
    PublicKey = CertificatePublicKeyTypes


__all__ = [
    "CRYPTOGRAPHY_VERSION",
    "MISSING",
    "InvalidSignature",
    "UnsupportedAlgorithm",
    "decode_dss_signature",
    "ec",
    "hashes",
    "ocsp",
    "padding",
    "rsa",
    "serialization",
    "x509",
]
