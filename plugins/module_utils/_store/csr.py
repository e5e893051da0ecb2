# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate signing requests (PKCS#10, RFC 2986) as RFC 8555 section 7.4 wants them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import key as keys
from .errors import StoreError
from .libraries import UnsupportedAlgorithm, hashes, serialization, x509
from .names import is_ip

if TYPE_CHECKING:
    from .libraries import PrivateKey

# RFC 5280 appendix A: ub-common-name.
_MAX_COMMON_NAME = 64


def general_names(identifiers: Sequence[str]) -> list[x509.GeneralName]:
    """Normalised identifiers as the entries of a subjectAltName extension."""
    return [
        x509.IPAddress(ipaddress.ip_address(identifier)) if is_ip(identifier) else x509.DNSName(identifier)
        for identifier in identifiers
    ]


def subject(identifiers: Sequence[str]) -> x509.Name:
    """CN is the first domain name short enough for it; without one the subject is empty."""
    # RFC 8555 section 7.4: a name in the CN counts as asked for, so it has to be one of the identifiers.
    for identifier in identifiers:
        if not is_ip(identifier) and len(identifier) <= _MAX_COMMON_NAME:
            return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, identifier)])
    return x509.Name([])


def build(key: PrivateKey, identifiers: Sequence[str]) -> str:
    """A PEM request for the normalised identifiers, signed with key."""
    builder = x509.CertificateSigningRequestBuilder(subject(identifiers)).add_extension(
        x509.SubjectAlternativeName(general_names(identifiers)), critical=False
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


def load(pem: bytes, source: str) -> x509.CertificateSigningRequest:
    """Reads a PEM request; source names it in the StoreError."""
    try:
        return x509.load_pem_x509_csr(pem)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise StoreError(f"{source} holds no certificate signing request in PEM form") from error


def fits(request: x509.CertificateSigningRequest, key: PrivateKey, identifiers: Sequence[str]) -> bool:
    """Whether a request is for exactly these identifiers and this key."""
    try:
        present = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            set(present) == set(general_names(identifiers))
            and keys.fits(key, request.public_key())
            and request.is_signature_valid
        )
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, UnsupportedAlgorithm):
        return False
