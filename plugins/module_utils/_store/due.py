# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate is due, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from . import names
from .facts import Facts, rfc3339
from .key_type import KeyType

if TYPE_CHECKING:
    from .record import Version


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
    LIFETIME = "lifetime"
    EXPIRED = "expired"
    FORCED = "forced"


@dataclass(frozen=True)
class Reason:
    """A stable code and a text for people."""

    code: Code
    text: str


@dataclass(frozen=True)
class Wanted:
    """What a certificate should be. identifiers are normalised; ca and profile None mean that any will do."""

    identifiers: tuple[str, ...]
    key_type: KeyType = KeyType.ECDSA_P256
    key_reuse: bool = False
    force: bool = False
    ca: str | None = None
    profile: str | None = None


def reasons(
    present: Version | None, wanted: Wanted, now: datetime, renew_fraction: float | None = None
) -> list[Reason]:
    """Why a new certificate is due; empty when it is not. renew_fraction: see due_below."""
    found = _unusable(present)
    if not found and present is not None and present.facts is not None:
        found = _differing(present, present.facts, wanted) + _ageing(present.facts, now, renew_fraction)
    if wanted.force:
        found.append(Reason(Code.FORCED, "asked for"))
    return found


def due_below(lifetime_days: float, renew_fraction: float | None = None) -> float:
    """How many days before its end it is due: this share of its lifetime; else 1/3, and 1/2 of less than 10 days."""
    if renew_fraction is None:
        renew_fraction = 1 / 2 if lifetime_days < 10 else 1 / 3
    return lifetime_days * renew_fraction


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


def _differing(present: Version, facts: Facts, wanted: Wanted) -> list[Reason]:
    found = []
    difference = names.differences(wanted.identifiers, facts.identifiers)
    if difference:
        found.append(Reason(Code.NAMES, f"names differ: {difference}"))
    if facts.key_type != wanted.key_type.value:
        found.append(Reason(Code.KEY_TYPE, f"its key is {facts.key_type}, wanted is {wanted.key_type.value}"))
    ca, profile = present.issuance.get("ca"), present.issuance.get("profile")
    if wanted.ca and ca and ca != wanted.ca:
        found.append(Reason(Code.CA, f"it was issued by {ca}, wanted is {wanted.ca}"))
    if wanted.profile and "profile" in present.issuance and profile != wanted.profile:
        found.append(Reason(Code.PROFILE, f"its profile is {profile or 'not known'}, wanted is {wanted.profile}"))
    return found


def _ageing(facts: Facts, now: datetime, renew_fraction: float | None) -> list[Reason]:
    lifetime, left = facts.lifetime_days(), facts.days_left(now)
    if left <= 0:
        return [Reason(Code.EXPIRED, f"it expired at {rfc3339(facts.not_after)}")]
    if left <= due_below(lifetime, renew_fraction):
        return [Reason(Code.LIFETIME, f"{_days(left)} of {_days(lifetime)} days left")]
    return []


def _days(days: float) -> str:
    return f"{days:.0f}" if days >= 10 else f"{days:.1f}".replace(".0", "")
