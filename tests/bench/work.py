# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a tool: certificates for names, from a CA, proven by files below a document root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """One certificate."""

    name: str
    identifiers: tuple[str, ...]


#: Certificates to be had in one go.
Work = tuple[Certificate, ...]


@dataclass(frozen=True)
class Site:
    """Where to work: the CA's directory, what its API is verified with, and the document root of all names."""

    ca: str
    ca_bundle: Path
    webroot: Path


def certificates(count: int, names: int = 1, prefix: str = "c") -> Work:
    """COUNT certificates of as many NAMES each; nothing is named twice."""
    return tuple(
        Certificate(
            f"{prefix}{number}", tuple(f"n{each}.{prefix}{number}.example.test" for each in range(1, names + 1))
        )
        for number in range(1, count + 1)
    )
