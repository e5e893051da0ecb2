# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate says, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from . import certificate as certificates
from . import key as keys
from .libraries import hashes, x509

if TYPE_CHECKING:
    from .libraries import PrivateKey

_DAY = 86400.0


@dataclass(frozen=True)
class Facts:
    """One certificate. Times are aware UTC; fingerprints and numbers are lower-case hex without separators."""

    subject_common_name: str | None
    issuer: str
    identifiers: tuple[str, ...]
    serial_number: str
    not_before: datetime
    not_after: datetime
    fingerprint_sha256: str
    key_type: str
    public_key_fingerprint_sha256: str
    self_signed: bool
    authority_key_identifier: str | None
    key_matches: bool | None
    chain_length: int

    def lifetime_days(self) -> float:
        return (self.not_after - self.not_before).total_seconds() / _DAY

    def days_left(self, now: datetime) -> float:
        """Negative once it has expired."""
        return (self.not_after - now).total_seconds() / _DAY

    def to_dict(self, now: datetime) -> dict[str, Any]:
        """The shape that modules return: times in RFC 3339, days_left counted from now."""
        return {
            "subject_common_name": self.subject_common_name,
            "issuer": self.issuer,
            "identifiers": list(self.identifiers),
            "serial_number": self.serial_number,
            "not_before": rfc3339(self.not_before),
            "not_after": rfc3339(self.not_after),
            "fingerprint_sha256": self.fingerprint_sha256,
            "key_type": self.key_type,
            "public_key_fingerprint_sha256": self.public_key_fingerprint_sha256,
            "self_signed": self.self_signed,
            "authority_key_identifier": self.authority_key_identifier,
            "days_left": round(self.days_left(now), 4),
            "lifetime_days": round(self.lifetime_days(), 4),
            "key_matches": self.key_matches,
            "chain_length": self.chain_length,
        }


def of(certificate: x509.Certificate, source: str, key: PrivateKey | None = None, chain_length: int = 1) -> Facts:
    """The facts of a certificate; with a key also whether it belongs to it. source names it in the StoreError."""
    with certificates.reading(source):
        public = certificate.public_key()
        common_names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        not_before, not_after = certificates.validity(certificate)
        serial = f"{certificate.serial_number:x}"
        return Facts(
            subject_common_name=str(common_names[0].value) if common_names else None,
            issuer=certificate.issuer.rfc4514_string(),
            identifiers=certificates.identifiers(certificate),
            serial_number=serial.zfill(len(serial) + len(serial) % 2),
            not_before=not_before,
            not_after=not_after,
            fingerprint_sha256=certificate.fingerprint(hashes.SHA256()).hex(),
            key_type=keys.type_of(public),
            public_key_fingerprint_sha256=keys.fingerprint(public),
            self_signed=certificates.is_self_signed(certificate),
            authority_key_identifier=_authority_key_identifier(certificate),
            key_matches=None if key is None else keys.fits(key, public),
            chain_length=chain_length,
        )


def rfc3339(moment: datetime) -> str:
    """An aware time as UTC with whole seconds, such as 2026-03-01T12:00:00Z."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _authority_key_identifier(certificate: x509.Certificate) -> str | None:
    try:
        value = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return None
    return value.key_identifier.hex() if value.key_identifier else None
