# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA in memory that also says which of its certificates are revoked: by lists and by OCSP, also wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from tests.unit.issuer import Issuer, name

CRL_URL = "http://crl.example/1.crl"
OCSP_URL = "http://ocsp.example/"
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


class StatusIssuer(Issuer):
    """Certificates come from the intermediate, which signs its lists and answers itself."""

    def leaf(
        self,
        *extensions: x509.ExtensionType,
        crl: Sequence[str] = (CRL_URL,),
        responders: Sequence[str] = (OCSP_URL,),
        public_key: Any = None,
    ) -> x509.Certificate:
        """A certificate that names these URLs, with more extensions."""
        named: list[x509.ExtensionType] = list(extensions)
        if crl:
            points = [x509.UniformResourceIdentifier(url) for url in crl]
            named.append(x509.CRLDistributionPoints([x509.DistributionPoint(points, None, None, None)]))
        if responders:
            places = [x509.UniformResourceIdentifier(url) for url in responders]
            method = AuthorityInformationAccessOID.OCSP
            named.append(x509.AuthorityInformationAccess([x509.AccessDescription(method, one) for one in places]))
        return self.signed("a.example", public_key or ec.generate_private_key(ec.SECP256R1()).public_key(), *named)

    def signed(self, subject: str, public_key: Any, *extensions: x509.ExtensionType) -> x509.Certificate:
        """A certificate with these extensions."""
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder(name("Test Issuer"), name(subject), public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=89))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def crl(
        self,
        *revoked: x509.Certificate,
        reason: x509.ReasonFlags | None = None,
        age: float = 1,
        left: float = 6,
        issuer: str = "Test Issuer",
        key: Any = None,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> bytes:
        """A list as DER, made `age` days ago and to be replaced in `left` days."""
        now = datetime.now(timezone.utc).replace(microsecond=0)
        begin, end = now - timedelta(days=age), now + timedelta(days=left)
        builder = x509.CertificateRevocationListBuilder().issuer_name(name(issuer)).last_update(begin).next_update(end)
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(begin)
            if reason:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(key or self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answer_for(
        self,
        leaf: x509.Certificate,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
        age: float = 1,
        left: float = 6,
        reason: x509.ReasonFlags | None = None,
        key: Any = None,
        delegate: x509.Certificate | None = None,
        issuer: x509.Certificate | None = None,
    ) -> bytes:
        """An OCSP response as DER. delegate: the certificate of the key that signs it, which goes along."""
        # Some releases of cryptography know no zones here.
        now = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None)
        revoked = now - timedelta(days=age) if status == ocsp.OCSPCertStatus.REVOKED else None
        times = (now - timedelta(days=age), now + timedelta(days=left))
        builder = ocsp.OCSPResponseBuilder().add_response(
            leaf, issuer or self.intermediate, hashes.SHA1(), status, *times, revoked, reason
        )
        signer = delegate or (self.delegate(key) if key else self.intermediate)
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
        if delegate:
            builder = builder.certificates([delegate])
        return builder.sign(key or self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def delegate(self, key: Any, allowed: bool = True) -> x509.Certificate:
        """A certificate for a key that may answer in the issuer's place, or not."""
        usage = ExtendedKeyUsageOID.OCSP_SIGNING if allowed else ExtendedKeyUsageOID.SERVER_AUTH
        return self.signed("responder", key.public_key(), x509.ExtendedKeyUsage([usage]))


def timestamps(*listed: bytes) -> x509.UnrecognizedExtension:
    """The extension with a list of signed certificate timestamps (RFC 6962 section 3.3), from those of `timestamp`."""
    inner = b"".join(len(one).to_bytes(2, "big") + one for one in listed)
    whole = len(inner).to_bytes(2, "big") + inner
    size = len(whole).to_bytes(2, "big").lstrip(b"\x00")
    form = size if len(whole) < 128 else bytes([0x80 + len(size)]) + size
    return x509.UnrecognizedExtension(SCT_LIST, b"\x04" + form + whole)


def timestamp(
    log: int = 1, at: datetime | None = None, algorithms: bytes = b"\x04\x03", signature: bytes | None = None
) -> bytes:
    """One, as in RFC 6962 section 3.2: version, log, milliseconds, extensions, algorithms, signature."""
    moment = at or datetime.now(timezone.utc) - timedelta(hours=1)
    signed = bytes.fromhex("3006020101020101") if signature is None else signature
    milliseconds = int(moment.timestamp() * 1000).to_bytes(8, "big")
    return (
        b"\x00" + bytes([log]) * 32 + milliseconds + b"\x00\x00" + algorithms + len(signed).to_bytes(2, "big") + signed
    )
