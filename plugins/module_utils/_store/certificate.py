# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""X.509 certificates: reading and writing them, and the few questions the store asks of one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime, timezone

from .errors import StoreError
from .libraries import InvalidSignature, UnsupportedAlgorithm, ec, padding, rsa, serialization, x509

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_BLOCK = re.compile(_BEGIN + rb"[^-]*-----END CERTIFICATE-----")


@contextlib.contextmanager
def reading(source: str) -> Iterator[None]:
    """Turns what cryptography raises about malformed certificates, late as it parses them lazily, into a StoreError."""
    try:
        yield
    except (
        ValueError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise StoreError(f"{source} holds a malformed certificate ({error})") from error


def load_chain(pem: bytes, source: str) -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM text in their order, other text ignored. StoreError when none is there, or a bad one."""
    blocks = _BLOCK.findall(pem)
    if not blocks or len(blocks) != pem.count(_BEGIN):
        raise StoreError(f"{source} holds no complete certificate in PEM form")
    with reading(source):
        return tuple(x509.load_pem_x509_certificate(block) for block in blocks)


def load_der(der: bytes, source: str) -> x509.Certificate:
    """Reads one DER certificate; source names it in the StoreError."""
    with reading(source):
        return x509.load_der_x509_certificate(der)


def to_pem(*certificates: x509.Certificate) -> bytes:
    """The certificates one after another, in canonical PEM."""
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def identifiers(certificate: x509.Certificate) -> tuple[str, ...]:
    """The domain names (lower-case) and IP addresses that a certificate is for, in its own order."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value).lower() for name in names if isinstance(name, (x509.DNSName, x509.IPAddress)))


def validity(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    """From when to when it is valid, aware UTC."""
    if hasattr(certificate, "not_valid_after_utc"):  # cryptography >= 42, where the others are deprecated
        return certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return (
        certificate.not_valid_before.replace(tzinfo=timezone.utc),
        certificate.not_valid_after.replace(tzinfo=timezone.utc),
    )


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether a certificate names issuer as its issuer and issuer's key signed it."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        if hasattr(certificate, "verify_directly_issued_by"):  # cryptography >= 40
            certificate.verify_directly_issued_by(issuer)
        else:
            _verify(certificate, issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether a certificate is signed with its own key: a placeholder, or a root."""
    return signed_by(certificate, certificate)


def _verify(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    public, algorithm = issuer.public_key(), certificate.signature_hash_algorithm
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    if isinstance(public, rsa.RSAPublicKey) and algorithm is not None:
        public.verify(signature, signed, padding.PKCS1v15(), algorithm)
    elif isinstance(public, ec.EllipticCurvePublicKey) and algorithm is not None:
        public.verify(signature, signed, ec.ECDSA(algorithm))
    else:
        raise ValueError("another kind of signature")
