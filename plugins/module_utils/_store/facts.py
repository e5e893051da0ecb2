# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate says, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

_DAY = 86400.0
_TIMES = ("not_before", "not_after")


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

    def to_record(self) -> dict[str, Any]:
        """What JSON can hold: times in RFC 3339."""
        times = {name: rfc3339(getattr(self, name)) for name in _TIMES}
        return {**vars(self), "identifiers": list(self.identifiers), **times}

    @classmethod
    def from_record(cls, values: Any) -> Facts:
        """The facts of which to_record made these values; ValueError when it did not."""
        try:
            times = {name: moment(values[name]) for name in _TIMES}
            facts = cls(**{**values, "identifiers": tuple(values["identifiers"]), **times})
        except (KeyError, TypeError, ValueError):
            facts = None
        if facts is None or facts.to_record() != values:
            raise ValueError("these are not the facts of a certificate")
        return facts

    def to_dict(self, now: datetime) -> dict[str, Any]:
        """The shape that modules return: times in RFC 3339, days_left counted from now."""
        days = {"days_left": round(self.days_left(now), 4), "lifetime_days": round(self.lifetime_days(), 4)}
        return {**self.to_record(), **days}


def rfc3339(time: datetime) -> str:
    """An aware time as UTC with whole seconds, such as 2026-03-01T12:00:00Z."""
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: Any) -> datetime:
    """The time that was told so, or with another zone, or by isoformat, as aware UTC; ValueError when it is none."""
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if time.tzinfo:
            return time.astimezone(timezone.utc)
    except (AttributeError, OverflowError, TypeError, ValueError):
        pass
    raise ValueError(f"{text!r} is no time with its zone")
