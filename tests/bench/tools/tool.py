# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tool is to the bench."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ..paths import BUILD
from ..process import Command
from ..work import Site, Work


class Tool(Protocol):
    """Makes the commands that do some work.

    What a tool keeps between two runs (account, keys, certificates) is in its HOME: with a new one it starts from nothing.
    """

    name: str

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """The commands, to be run one after the other, that get these certificates, and with them the account."""

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """The commands of the daily run, which renew of these certificates what is due."""


def environment(home: Path, **more: str) -> Mapping[str, str]:
    """What a command finds in its environment: nothing of the settings of whoever runs the bench."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),
        # Python keeps what it compiled, as it does for a user, but not in the checkout.
        "PYTHONPYCACHEPREFIX": str(BUILD / "pycache"),
        **more,
    }
