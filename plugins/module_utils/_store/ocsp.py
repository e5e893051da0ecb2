# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Online Certificate Status Protocol (RFC 6960): what is asked, and the answer read and verified. Sent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from . import certificate as certificates
from .errors import StoreError
from .libraries import InvalidSignature, UnsupportedAlgorithm, hashes, ocsp, serialization, x509
from .revocation import Status, check_current, extension, moment, reading

_WHAT = "the OCSP response"


def urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where a certificate says that its OCSP responder is, by HTTP; in its own order."""
    with reading("the certificate"):
        named = extension(certificate, x509.AuthorityInformationAccess) or ()
        return tuple(
            one.access_location.value
            for one in named
            if one.access_method == x509.oid.AuthorityInformationAccessOID.OCSP
            and isinstance(one.access_location, x509.UniformResourceIdentifier)
            and one.access_location.value.lower().startswith(("http://", "https://"))
        )


def request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The request (DER) for the status of a certificate. StoreError where this host cannot make one."""
    # RFC 5019 section 2.1.1: what every responder knows. Nothing depends on that hash being strong.
    with reading("the OCSP request"):
        asked: bytes = _asked(certificate, issuer, hashes.SHA1()).public_bytes(serialization.Encoding.DER)
        return asked


def look_up(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Status:
    """What a response (DER) says of a certificate.

    StoreError when it says nothing that can be relied on: it is malformed, an error, not signed by the issuer or by whom it
    lets answer, too old, or for other certificates (RFC 6960 section 3.2).
    """
    with reading("the certificate"):
        if not certificates.signed_by(certificate, issuer):
            raise StoreError("the certificate was issued by another CA than the one to verify its status with")
    with reading(_WHAT):
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            said = response.response_status.name.lower().replace("_", " ")
            raise StoreError(f"the OCSP responder refused the request ({said})")
        if not any(_signed(response, signer) for signer in _signers(response, issuer, now)):
            raise StoreError(f"{_WHAT} is signed neither by the issuer of the certificate nor by whom it lets answer")
        for one in response.responses:
            if _is_for(one, certificate, issuer):
                return _status(one, now)
        raise StoreError(f"{_WHAT} is for another certificate")


def _status(one: Any, now: datetime) -> Status:
    until = moment(one, "next_update")
    since = check_current(_WHAT, moment(one, "this_update"), until, now)
    if one.certificate_status == ocsp.OCSPCertStatus.UNKNOWN:
        raise StoreError("the OCSP responder does not know the certificate")
    revoked = one.certificate_status == ocsp.OCSPCertStatus.REVOKED
    reason = one.revocation_reason
    return Status(revoked, since, until, moment(one, "revocation_time"), reason and str(reason.value))


def _asked(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> Any:
    return ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm).build()


def _is_for(one: Any, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    asked = _asked(certificate, issuer, one.hash_algorithm)
    members = ("serial_number", "issuer_key_hash", "issuer_name_hash")
    return all(getattr(one, member) == getattr(asked, member) for member in members)


def _signers(response: Any, issuer: x509.Certificate, now: datetime) -> Iterator[x509.Certificate]:
    """RFC 6960 section 4.2.2.2: the issuer, or whom it has given a certificate for that."""
    yield issuer
    for one in response.certificates:
        usage = extension(one, x509.ExtendedKeyUsage) or ()
        begin, end = certificates.validity(one)
        may_answer = x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING in usage
        if may_answer and begin <= now <= end and certificates.signed_by(one, issuer):
            yield one


def _signed(response: Any, signer: x509.Certificate) -> bool:
    try:
        certificates.verify(
            signer.public_key(), response.signature, response.tbs_response_bytes, response.signature_hash_algorithm
        )
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
