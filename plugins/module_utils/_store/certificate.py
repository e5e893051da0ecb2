# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""X.509 certificates: reading and writing them, and the few questions the store asks of one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from . import key as keys
from .errors import StoreError
from .facts import Facts
from .libraries import InvalidSignature, UnsupportedAlgorithm, ec, hashes, padding, rsa, serialization, x509
from .shown import shown

if TYPE_CHECKING:
    from .libraries import PrivateKey, PublicKey

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
        raise StoreError(f"{source} holds a malformed certificate ({shown(str(error))})") from error


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
    return tuple(shown(str(name.value).lower()) for name in names if isinstance(name, (x509.DNSName, x509.IPAddress)))


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


@dataclass(frozen=True)
class Authority:
    """What a certificate may sign. path_length: how many CAs may be between it and what is no CA; None for any number."""

    is_ca: bool
    may_sign: bool
    path_length: int | None


def authority(certificate: x509.Certificate) -> Authority:
    """What a certificate says of that (RFC 5280 sections 4.2.1.3 and 4.2.1.9)."""
    found = {type(one.value): one.value for one in certificate.extensions}
    constraints, usage = found.get(x509.BasicConstraints), found.get(x509.KeyUsage)
    # Before version 3 there was nothing to say it in: such roots are still in use, but nothing else that is a CA's.
    old_root = certificate.version != x509.Version.v3 and claims_self_signed(certificate)
    return Authority(
        is_ca=constraints.ca if isinstance(constraints, x509.BasicConstraints) else old_root,
        may_sign=usage.key_cert_sign if isinstance(usage, x509.KeyUsage) else True,
        path_length=constraints.path_length if isinstance(constraints, x509.BasicConstraints) else None,
    )


def claims_self_signed(certificate: x509.Certificate) -> bool:
    """Whether a certificate names itself as its issuer, and no other key than its own."""
    if certificate.issuer != certificate.subject:
        return False
    try:
        own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    except x509.ExtensionNotFound:
        return True
    # One that a CA made with its old key for its new one (RFC 5280 section 3.2, self-issued) names the old one.
    return _authority_key_identifier(certificate) in (None, own)


def shown_name(name: x509.Name) -> str:
    """A name in one line (RFC 4514), without what steers a terminal."""
    return shown(name.rfc4514_string())


def facts(certificate: x509.Certificate, source: str, key: PrivateKey | None = None, chain_length: int = 1) -> Facts:
    """The facts of a certificate; with a key also whether it belongs to it. source names it in the StoreError."""
    with reading(source):
        public = certificate.public_key()
        common_names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        not_before, not_after = validity(certificate)
        serial = f"{certificate.serial_number:x}"
        return Facts(
            subject_common_name=shown(str(common_names[0].value)) if common_names else None,
            issuer=shown_name(certificate.issuer),
            identifiers=identifiers(certificate),
            serial_number=serial.zfill(len(serial) + len(serial) % 2),
            not_before=not_before,
            not_after=not_after,
            fingerprint_sha256=certificate.fingerprint(hashes.SHA256()).hex(),
            key_type=keys.type_of(public),
            public_key_fingerprint_sha256=keys.fingerprint(public),
            self_signed=is_self_signed(certificate),
            authority_key_identifier=_authority_key_identifier(certificate),
            key_matches=None if key is None else keys.fits(key, public),
            chain_length=chain_length,
        )


def verify(public: PublicKey, signature: bytes, signed: bytes, algorithm: hashes.HashAlgorithm | None) -> None:
    """InvalidSignature unless the key has signed that; ValueError for a kind of signature that is not known."""
    if isinstance(public, rsa.RSAPublicKey) and algorithm is not None:
        public.verify(signature, signed, padding.PKCS1v15(), algorithm)
    elif isinstance(public, ec.EllipticCurvePublicKey) and algorithm is not None:
        public.verify(signature, signed, ec.ECDSA(algorithm))
    else:
        raise ValueError("another kind of signature")


def _verify(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    signed, algorithm = certificate.tbs_certificate_bytes, certificate.signature_hash_algorithm
    verify(issuer.public_key(), certificate.signature, signed, algorithm)


def _authority_key_identifier(certificate: x509.Certificate) -> str | None:
    try:
        value = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
    return value.key_identifier.hex() if value.key_identifier else None
