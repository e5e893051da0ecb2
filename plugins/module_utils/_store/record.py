# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""issuance.json, the record beside each version: where its certificate came from, and what it says.

Reading a certificate takes cryptography, and importing that costs more than all else that is done where nothing is due.
So the record is taken for the truth as long as key and chain are, byte for byte, those that it was made of.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import files, layout, revoked
from .errors import StoreError
from .facts import Facts

_END = "-----END CERTIFICATE-----\n"


@dataclass(frozen=True)
class Version:
    """A version, or what is staged. Without a readable chain facts and fullchain (canonical PEM) are None.

    problem is why chain or key cannot be read. issuance is what the record holds, whatever the files are. marked: it was
    revoked, or is to be.
    """

    version: str
    directory: str
    fullchain: str | None = None
    facts: Facts | None = None
    issuance: Mapping[str, Any] = field(default_factory=dict)
    problem: StoreError | None = None
    marked: revoked.Revoked | None = None

    def parts(self) -> tuple[str, str]:
        """What certificate.pem and chain.pem should hold; empty without a readable chain."""
        before, end, after = (self.fullchain or "").partition(_END)
        return before + end, after

    def damaged(self) -> list[str]:
        """The paths of certificate.pem and chain.pem, where they do not hold that."""
        paths = (os.path.join(self.directory, file) for file in (layout.CERTIFICATE, layout.CHAIN))
        wanted = zip(paths, self.parts())
        return [path for path, text in wanted if self.fullchain and files.read(path) != text.encode("ascii")]


def of(facts: Facts, ca: str | None, profile: str | None, key: bytes, fullchain: bytes) -> bytes:
    """The record of a version with these files, which the facts are of. The chain must be in canonical PEM."""
    told = facts.to_record()
    record = {"ca": ca, "profile": profile, "facts": told, "sha256": _digest(told, key, fullchain)}
    return json.dumps(record, sort_keys=True).encode("ascii") + b"\n"


def issuance(directory: str) -> dict[str, Any]:
    """What the record in a directory holds; empty when there is none that can be read."""
    # A certificate that was put here by other means has no such file, and then nothing is known about its CA.
    data = files.read(os.path.join(directory, layout.ISSUANCE))
    try:
        known = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def load(place: layout.Home) -> Version | None:
    """The current version as its record tells; None when that does not tell of the files that are there."""
    version = layout.current_version(place)
    if version is None:
        return None
    directory = os.path.join(place.versions, version)
    try:
        known = issuance(directory)
        key, fullchain = (files.read(os.path.join(directory, file)) for file in (layout.PRIVATE_KEY, layout.FULLCHAIN))
        if key is None or fullchain is None or known.get("sha256") != _digest(known.get("facts"), key, fullchain):
            return None
        found = Version(
            version,
            directory,
            fullchain.decode("ascii"),
            Facts.from_record(known.get("facts")),
            known,
            marked=revoked.load(directory),
        )
    except (StoreError, ValueError):
        # Whoever reads key and chain after this says what is wrong with them.
        return None
    return found if found.facts and found.facts.key_matches else None


def _digest(told: Any, key: bytes, fullchain: bytes) -> str:
    # A private key cannot be guessed: its digest tells no more of it than the public key does.
    parts = (json.dumps(told, sort_keys=True).encode("ascii"), key, fullchain)
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
