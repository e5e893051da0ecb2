# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate's current version holds, read back."""

from __future__ import annotations

import json
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
    """The current version. Without a readable chain facts is None; problem is why chain or key cannot be read."""

    version: str
    chain: tuple[x509.Certificate, ...] = ()
    key: PrivateKey | None = None
    facts: certificate_facts.Facts | None = None
    issuance: dict[str, Any] = field(default_factory=dict)
    problem: StoreError | None = None


def load(place: layout.Home) -> Installed | None:
    """Reads the current version of a certificate, None when there is none. All files are read from the same version."""
    version = layout.current_version(place)
    if version is None:
        return None
    key, problem = None, None
    try:
        key = keys.load(_read(place, version, layout.PRIVATE_KEY), place.in_version(version, layout.PRIVATE_KEY))
    except StoreError as error:
        problem = error
    try:
        source = place.in_version(version, layout.FULLCHAIN)
        chain = certificates.load_chain(_read(place, version, layout.FULLCHAIN), source)
        facts = certificate_facts.of(chain[0], source, key, len(chain))
    except StoreError as error:
        return Installed(version, key=key, problem=error)
    return Installed(version, chain, key, facts, _issuance(place, version), problem)


def _read(place: layout.Home, version: str, file: str) -> bytes:
    path = place.in_version(version, file)
    data = files.read(path)
    if data is None:
        raise StoreError(f"{path} is missing")
    return data


def _issuance(place: layout.Home, version: str) -> dict[str, Any]:
    # A certificate that was put here by other means has no such file, and then nothing is known about its CA.
    data = files.read(place.in_version(version, layout.ISSUANCE))
    try:
        known = json.loads(data or b"{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
