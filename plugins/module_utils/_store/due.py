# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate is due, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from . import names
from .facts import Facts, rfc3339
from .key_type import KeyType

if TYPE_CHECKING:
    from .record import Version

_DAY = 86400.0


class Code(str, Enum):
    """Why a certificate is due."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    KEY_MISMATCH = "key-mismatch"
    SELF_SIGNED = "self-signed"
    NAMES = "names"
    KEY_TYPE = "key-type"
    CA = "ca"
    PROFILE = "profile"
    REVOKED = "revoked"
    LIFETIME = "lifetime"
    RENEWAL_INFO = "renewal-info"
    EXPIRED = "expired"
    FORCED = "forced"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Reason:
    """A stable code and a text for people."""

    code: Code
    text: str


@dataclass(frozen=True)
class Renewal:
    """What was decided elsewhere: to renew the certificate with this fingerprint, for this reason."""

    fingerprint_sha256: str
    reason: Reason


@dataclass(frozen=True)
class Age:
    """How old a certificate may become. run_interval: how often somebody looks.

    renew_fraction: it is due with this share of its lifetime left; None: a third, and a half of less than 10 days.
    emergency_fraction: somebody else decides when to renew it, until only this share is left; None: nobody does.
    """

    renew_fraction: float | None = None
    run_interval: timedelta = timedelta(days=1)
    emergency_fraction: float | None = None


BY_LIFETIME = Age()


@dataclass(frozen=True)
class Wanted:
    """What a certificate should be. identifiers are normalised; without cas and profiles any will do."""

    identifiers: tuple[str, ...]
    key_type: KeyType = KeyType.ECDSA_P256
    key_reuse: bool = False
    force: bool = False
    cas: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    renewal: Renewal | None = None


def reasons(present: Version | None, wanted: Wanted, now: datetime, age: Age = BY_LIFETIME) -> list[Reason]:
    """Why a new certificate is due; empty when it is not."""
    found = _unusable(present)
    if not found and present is not None and present.facts is not None:
        found = _given_up(present) + _differing(present, present.facts, wanted)
        aged = by_age(present.facts.not_before, present.facts.not_after, now, age) or _by_renewal(
            present.facts, wanted.renewal
        )
        found += [aged] if aged else []
    if wanted.force:
        found.append(Reason(Code.FORCED, "asked for"))
    return found


def by_age(not_before: datetime, not_after: datetime, now: datetime, age: Age) -> Reason | None:
    """Why a certificate that is valid between these times is too old; None when it is not."""
    lifetime, left = ((not_after - one).total_seconds() / _DAY for one in (not_before, now))
    if left <= 0:
        return Reason(Code.EXPIRED, f"it expired at {rfc3339(not_after)}")
    if left > due_below(lifetime, lifetime - left, age):
        return None
    return Reason(Code.LIFETIME, left_in_words(left, lifetime))


def due_below(lifetime_days: float, days_old: float, age: Age) -> float:
    """How many days before its end it is due: the share of its lifetime, and two more runs, so that one may fail.

    These do not make it due before half of its lifetime is over. One that is younger than the time between two runs shows
    that there are more of them.
    """
    share = age.emergency_fraction if age.emergency_fraction is not None else age.renew_fraction
    if share is None:
        share = 1 / 2 if lifetime_days < 10 else 1 / 3
    interval = min(age.run_interval.total_seconds() / _DAY, days_old)
    return max(lifetime_days * share, min(2 * interval, lifetime_days / 2))


def left_in_words(left: float, lifetime: float) -> str:
    """How many days are left of how many."""
    factor, unit = (24, "hours") if lifetime < 2 else (1, "days")
    return f"{_number(left * factor)} of {_number(lifetime * factor)} {unit} left"


def _by_renewal(facts: Facts, renewal: Renewal | None) -> Reason | None:
    # It was decided about a certificate that may have been replaced since.
    return renewal.reason if renewal and renewal.fingerprint_sha256 == facts.fingerprint_sha256 else None


def _unusable(present: Version | None) -> list[Reason]:
    if present is None:
        return [Reason(Code.MISSING, "there is no certificate yet")]
    if present.problem is not None:
        if isinstance(present.problem.__cause__, OSError):
            # Not being allowed to look, or a failing disk, says nothing about the certificate.
            raise present.problem
        return [Reason(Code.UNREADABLE, present.problem.message)]
    if present.facts is not None and not present.facts.key_matches:
        return [Reason(Code.KEY_MISMATCH, "the private key does not belong to the certificate")]
    if present.facts is not None and present.facts.self_signed:
        return [Reason(Code.SELF_SIGNED, "it is a self-signed placeholder")]
    return []


def _given_up(present: Version) -> list[Reason]:
    return [Reason(Code.REVOKED, str(present.marked))] if present.marked else []


def _differing(present: Version, facts: Facts, wanted: Wanted) -> list[Reason]:
    found = []
    difference = names.differences(wanted.identifiers, facts.identifiers)
    if difference:
        found.append(Reason(Code.NAMES, f"names differ: {difference}"))
    if facts.key_type != wanted.key_type.value:
        found.append(Reason(Code.KEY_TYPE, f"its key is {facts.key_type}, wanted is {wanted.key_type.value}"))
    ca, profile = present.issuance.get("ca"), present.issuance.get("profile")
    if wanted.cas and ca and ca not in wanted.cas:
        found.append(Reason(Code.CA, f"it was issued by {ca}, wanted is {' or '.join(wanted.cas)}"))
    if wanted.profiles and "profile" in present.issuance and profile not in wanted.profiles:
        told = " or ".join(wanted.profiles)
        found.append(Reason(Code.PROFILE, f"its profile is {profile or 'not known'}, wanted is {told}"))
    return found


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".replace(".0", "")
