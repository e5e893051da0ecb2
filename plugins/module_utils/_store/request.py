# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate is due, and the key and request that are staged for a due one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from . import chain as chains
from . import csr as requests
from . import facts as certificate_facts
from . import files, installed, layout, names
from . import key as keys
from .errors import StoreError

if TYPE_CHECKING:
    from .libraries import PrivateKey


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
    key_type: keys.KeyType = keys.KeyType.ECDSA_P256
    key_reuse: bool = False
    force: bool = False
    ca: str | None = None
    profile: str | None = None


@dataclass(frozen=True)
class Staged:
    """A key and a request for it that wait for their certificate. made is false when both were there already."""

    csr: str
    made: bool


def reasons(
    present: installed.Installed | None, wanted: Wanted, now: datetime, renew_fraction: float | None = None
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


def staged(place: layout.Home, present: installed.Installed | None, wanted: Wanted) -> Staged | None:
    """What waits in staged/, when it fits what is wanted."""
    key = _staged_key(place, present, wanted)
    if key is None:
        return None
    path = place.in_staged(layout.REQUEST)
    pem = files.read(path)
    try:
        if pem is None or not requests.fits(requests.load(pem, path), key, wanted.identifiers):
            return None
    except StoreError:
        return None
    return Staged(pem.decode("ascii"), made=False)


def stage(place: layout.Home, present: installed.Installed | None, wanted: Wanted) -> Staged:
    """Takes up what waits in staged/ when it fits; otherwise makes a request, and a key unless one is reused."""
    waiting = staged(place, present, wanted)
    if waiting is not None:
        return waiting
    key = _staged_key(place, present, wanted)
    if key is None:
        key = _reusable_key(present, wanted) or keys.generate(wanted.key_type)
        layout.stage_key(place, keys.to_pem(key))
    csr = requests.build(key, wanted.identifiers)
    files.write(place.in_staged(layout.REQUEST), csr.encode("ascii"), files.Access(0o644))
    return Staged(csr, made=True)


def issued(
    place: layout.Home,
    present: installed.Installed | None,
    wanted: Wanted,
    now: datetime,
    renew_fraction: float | None = None,
) -> installed.Installed | None:
    """What an earlier run had issued but could not put to use, when it is as wanted; asking for it again is not needed."""
    if wanted.force or _staged_key(place, present, wanted) is None:
        return None
    waiting = installed.load_staged(place)
    if waiting is None or waiting.key is None or reasons(waiting, wanted, now, renew_fraction):
        return None
    try:
        chains.check(waiting.chain, waiting.key, wanted.identifiers, now)
    except StoreError:
        return None
    return waiting


def is_unfinished(place: layout.Home, present: installed.Installed | None) -> bool:
    """Whether a deployment was cut short after the switch: staged/ is there, but holds no key except the current one."""
    if present is None or present.key is None or not os.path.lexists(place.staged):
        return False
    pem = files.read(place.in_staged(layout.PRIVATE_KEY))
    try:
        return pem is None or keys.fits(keys.load(pem, place.staged), present.key.public_key())
    except StoreError:
        return True


def _unusable(present: installed.Installed | None) -> list[Reason]:
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


def _differing(present: installed.Installed, facts: certificate_facts.Facts, wanted: Wanted) -> list[Reason]:
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


def _ageing(facts: certificate_facts.Facts, now: datetime, renew_fraction: float | None) -> list[Reason]:
    lifetime, left = facts.lifetime_days(), facts.days_left(now)
    if left <= 0:
        return [Reason(Code.EXPIRED, f"it expired at {certificate_facts.rfc3339(facts.not_after)}")]
    if left <= due_below(lifetime, renew_fraction):
        return [Reason(Code.LIFETIME, f"{_days(left)} of {_days(lifetime)} days left")]
    return []


def _days(days: float) -> str:
    return f"{days:.0f}" if days >= 10 else f"{days:.1f}".replace(".0", "")


def _staged_key(place: layout.Home, present: installed.Installed | None, wanted: Wanted) -> PrivateKey | None:
    path = place.in_staged(layout.PRIVATE_KEY)
    pem = files.read(path)
    if pem is None:
        return None
    try:
        key = keys.load(pem, path)
    except StoreError:
        return None
    if keys.type_of(key.public_key()) != wanted.key_type.value:
        return None
    reusable = _reusable_key(present, wanted)
    if reusable is not None:
        return key if keys.fits(key, reusable.public_key()) else None
    # After a run that was killed between the switch and the clearing of staged/, this is the key in use: not a new one.
    if present is not None and present.key is not None and keys.fits(key, present.key.public_key()):
        return None
    return key


def _reusable_key(present: installed.Installed | None, wanted: Wanted) -> PrivateKey | None:
    if not wanted.key_reuse or present is None or present.key is None:
        return None
    return present.key if keys.type_of(present.key.public_key()) == wanted.key_type.value else None
