# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate revocation lists (RFC 5280 section 5): read, verified, and looked into. They are fetched elsewhere."""

from __future__ import annotations

from datetime import datetime

from . import certificate as certificates
from .errors import StoreError
from .libraries import x509
from .revocation import Status, check_current, extension, moment, reading

_WHAT = "the CRL"


def urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where a certificate says that its CRL is, by HTTP; in its own order."""
    with reading("the certificate"):
        return tuple(uri for uri in _points(certificate) if uri.lower().startswith(("http://", "https://")))


def look_up(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Status:
    """What a CRL (DER, or PEM) says of a certificate.

    StoreError when it says nothing that can be relied on: it is malformed, is not signed by the issuer, is too old, or is
    for other certificates (RFC 5280 section 6.3.3).
    """
    with reading("the certificate"):
        if not certificates.signed_by(certificate, issuer):
            raise StoreError("the certificate was issued by another CA than the one to verify its CRL with")
    with reading(_WHAT):
        pem = data.lstrip()[:10] == b"-----BEGIN"
        crl = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        _check_signature(crl, issuer)
        _check_scope(crl, certificate)
        until = moment(crl, "next_update")
        since = check_current(_WHAT, moment(crl, "last_update"), until, now)
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is None:
            return Status(False, since, until)
        reason = extension(entry, x509.CRLReason)
        return Status(True, since, until, moment(entry, "revocation_date"), reason and str(reason.reason.value))


def _check_signature(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    usage = extension(issuer, x509.KeyUsage)
    if crl.issuer != issuer.subject:
        raise StoreError(f"{_WHAT} is that of {certificates.shown_name(crl.issuer) or 'nobody'}, not of the issuer")
    if usage is not None and not usage.crl_sign:
        raise StoreError(f"{_WHAT} is signed with a key that must not be used for that")
    if not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
        raise StoreError(f"{_WHAT} is not signed by the issuer of the certificate")


def _check_scope(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> None:
    """StoreError unless a certificate of this issuer that is not in the list is not revoked."""
    for one in crl.extensions:
        # Such as the one that says that the list has only what is new since another one.
        if one.critical and not isinstance(one.value, x509.IssuingDistributionPoint):
            raise StoreError(f"{_WHAT} has an extension that is not understood ({one.oid.dotted_string})")
    scope = extension(crl, x509.IssuingDistributionPoint)
    if scope is None:
        return
    other_kind = (
        scope.only_contains_user_certs
        if certificates.authority(certificate).is_ca
        else scope.only_contains_ca_certs or scope.only_contains_attribute_certs
    )
    if other_kind or scope.indirect_crl or scope.only_some_reasons or scope.relative_name:
        raise StoreError(f"{_WHAT} is for other certificates, or for some reasons only")
    # Of a list in parts, another part than the one that the certificate names could be given to hide that it is revoked.
    if scope.full_name and not set(_uris(scope.full_name)) & set(_points(certificate)):
        raise StoreError(f"{_WHAT} is another part of the list than the one that the certificate names")


def _points(certificate: x509.Certificate) -> list[str]:
    points = extension(certificate, x509.CRLDistributionPoints) or ()
    # One with an issuer of its own is signed by somebody else, one with reasons says nothing of the others.
    whole = [one for one in points if not (one.crl_issuer or one.reasons)]
    return [uri for one in whole for uri in _uris(one.full_name or ())]


def _uris(names: object) -> list[str]:
    listed = names if isinstance(names, (list, tuple)) else []
    return [name.value for name in listed if isinstance(name, x509.UniformResourceIdentifier)]
