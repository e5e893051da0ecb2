# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the work is done."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from .counter import Counter
from .row import Row
from .tools.tool import Tool
from .work import Site


class Ground(Protocol):
    """A CA with what counts before it, and hosts."""

    counter: Counter

    def site(self, round_trip: float = 0.0) -> Site:
        """Where to work, with the CA this many seconds away and back."""

    def home(self, row: Row, tool: Tool, number: int) -> Path:
        """A home for run NUMBER of a tool, in which, and around which, there is what the row starts from."""

    def done(self, row: Row, tool: Tool, home: Path) -> None:
        """Look whether the work was really done, and remember that it was. LabError when it was not."""
