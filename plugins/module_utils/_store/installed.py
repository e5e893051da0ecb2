# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate's current version holds, read back; and what waits to become the next one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import certificate as certificates
from . import files, layout, record, revoked
from . import key as keys
from .errors import StoreError

if TYPE_CHECKING:
    from .libraries import PrivateKey, x509


@dataclass(frozen=True)
class Installed(record.Version):
    """As Version, with chain and key where they can be read."""

    chain: tuple[x509.Certificate, ...] = ()
    key: PrivateKey | None = None


def load(place: layout.Home) -> Installed | None:
    """Reads the current version of a certificate, None when there is none. All files are read from the same version."""
    version = layout.current_version(place)
    return None if version is None else _load(version, os.path.join(place.versions, version))


def load_all(place: layout.Home) -> list[Installed]:
    """Reads all versions of a certificate that the store keeps, oldest first."""
    return [_load(version, os.path.join(place.versions, version)) for version in layout.version_numbers(place)]


def load_staged(place: layout.Home) -> Installed | None:
    """Reads an issued certificate that waits in staged/ with its key, None when none does."""
    return _load("", place.staged) if os.path.lexists(place.in_staged(layout.FULLCHAIN)) else None


def _load(version: str, directory: str) -> Installed:
    key, problem = None, None
    try:
        source = os.path.join(directory, layout.PRIVATE_KEY)
        key = keys.load(_read(source), source)
    except StoreError as error:
        problem = error
    try:
        source = os.path.join(directory, layout.FULLCHAIN)
        chain = certificates.load_chain(_read(source), source)
        facts = certificates.facts(chain[0], source, key, len(chain))
    except StoreError as error:
        return Installed(version, directory, key=key, problem=error)
    fullchain = certificates.to_pem(*chain).decode("ascii")
    issuance, marked = record.issuance(directory), revoked.load(directory)
    return Installed(version, directory, fullchain, facts, issuance, problem, marked, chain, key)


def _read(path: str) -> bytes:
    data = files.read(path)
    if data is None:
        raise StoreError(f"{path} is missing")
    return data
