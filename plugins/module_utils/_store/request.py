# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key and the request that are staged for a certificate that is due, and what an earlier run has left there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from . import chain as chains
from . import csr as requests
from . import files, installed, layout, versions, writing
from . import key as keys
from .due import BY_LIFETIME, Age, Wanted, reasons
from .errors import StoreError

if TYPE_CHECKING:
    from .libraries import PrivateKey


@dataclass(frozen=True)
class Staged:
    """A key and a request for it that wait for their certificate. made is false when both were there already."""

    csr: str
    made: bool


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
        _mark(place, wanted)
        return waiting
    key = _staged_key(place, present, wanted)
    if key is None:
        key = _reusable_key(present, wanted) or keys.generate(wanted.key_type)
        versions.stage_key(place, keys.to_pem(key))
    csr = requests.build(key, wanted.identifiers)
    # The order for the request before was for other names.
    writing.remove(place.in_staged(layout.ORDER))
    writing.write(place.in_staged(layout.REQUEST), csr.encode("ascii"), files.Access(0o644))
    _mark(place, wanted)
    return Staged(csr, made=True)


def interrupted(place: layout.Home, present: installed.Installed | None, wanted: Wanted) -> bool:
    """Whether a request waits that was forced by a run that did not come to its end."""
    return os.path.lexists(place.in_staged(layout.FORCED)) and staged(place, present, wanted) is not None


def _mark(place: layout.Home, wanted: Wanted) -> None:
    if wanted.force and not os.path.lexists(place.in_staged(layout.FORCED)):
        writing.write(place.in_staged(layout.FORCED), b"", files.PRIVATE)


def issued(
    place: layout.Home,
    present: installed.Installed | None,
    wanted: Wanted,
    now: datetime,
    age: Age = BY_LIFETIME,
) -> installed.Installed | None:
    """What an earlier run had issued but could not put to use, when it is as wanted; asking for it again is not needed.

    It takes the place of one that is due, and of one that is older.
    """
    if wanted.force or _staged_key(place, present, wanted) is None:
        return None
    waiting = installed.load_staged(place)
    if waiting is None or waiting.key is None or reasons(waiting, wanted, now, age):
        return None
    if not reasons(present, wanted, now, age) and not _newer(waiting, present):
        return None
    try:
        chains.check(waiting.chain, waiting.key, wanted.identifiers, now)
    except StoreError:
        return None
    return waiting


def _newer(waiting: installed.Installed, present: installed.Installed | None) -> bool:
    ours, theirs = waiting.facts, present.facts if present else None
    if ours is None or theirs is None:
        return ours is not None
    return ours.not_before >= theirs.not_before and ours.fingerprint_sha256 != theirs.fingerprint_sha256


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
    # Whoever else has the key of a certificate that was revoked would have that of the next one.
    if not wanted.key_reuse or present is None or present.key is None or present.marked:
        return None
    return present.key if keys.type_of(present.key.public_key()) == wanted.key_type.value else None
