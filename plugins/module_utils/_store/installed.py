# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate's current version holds, read back; and what waits to become the next one."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import certificate as certificates
from . import facts as certificate_facts
from . import files, layout
from . import key as keys
from .errors import StoreError

if TYPE_CHECKING:
    from .libraries import PrivateKey, x509


@dataclass(frozen=True)
class Installed:
    """A version, or what is staged. Without a readable chain facts is None; problem is why chain or key cannot be read."""

    version: str
    directory: str
    chain: tuple[x509.Certificate, ...] = ()
    key: PrivateKey | None = None
    facts: certificate_facts.Facts | None = None
    issuance: dict[str, Any] = field(default_factory=dict)
    problem: StoreError | None = None


def load(place: layout.Home) -> Installed | None:
    """Reads the current version of a certificate, None when there is none. All files are read from the same version."""
    version = layout.current_version(place)
    return None if version is None else _load(version, os.path.join(place.versions, version))


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
        facts = certificate_facts.of(chain[0], source, key, len(chain))
    except StoreError as error:
        return Installed(version, directory, key=key, problem=error)
    return Installed(version, directory, chain, key, facts, _issuance(directory), problem)


def _read(path: str) -> bytes:
    data = files.read(path)
    if data is None:
        raise StoreError(f"{path} is missing")
    return data


def _issuance(directory: str) -> dict[str, Any]:
    # A certificate that was put here by other means has no such file, and then nothing is known about its CA.
    data = files.read(os.path.join(directory, layout.ISSUANCE))
    try:
        known = json.loads(data or b"{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
