# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the bench: the rows of one host, then those of many."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence

from tests.lab.errors import LabError

from .capacity import capacity
from .fleet import Fleet
from .ground import Ground
from .local import Local
from .measure import measure
from .paths import RUN
from .result import Result
from .row import Row
from .rows import FAR, HOSTS, ONE_HOST, many_hosts


def keys() -> Sequence[str]:
    """The rows that there are."""
    return [row.key for row in (*ONE_HOST, *many_hosts({}))]


class Bench:
    """What is measured, of the rows with the KEYS, with at most MOST runs of each."""

    def __init__(self, keys: Collection[str], most: int) -> None:
        self._keys = keys
        self._most = most
        self.measured: list[tuple[Row, Mapping[str, Result]]] = []
        #: Keys of rows that could not be measured.
        self.failed: list[str] = []
        #: Requests a second that the counter carried, and the line with a round-trip time.
        self.capacity = self.line = 0.0

    def run(self) -> None:
        """Measure; a row that cannot be measured does not hold up the others."""
        if any(row.key in self._keys for row in ONE_HOST):
            with Local(RUN / "local") as local:
                self.capacity, self.line = capacity(local.site()), capacity(local.site(FAR), connections=64)
                self._measure(ONE_HOST, local)
        wanted = [row.key for row in many_hosts({}) if row.key in self._keys]
        if wanted:
            try:
                with Fleet(RUN / "hosts", HOSTS) as fleet:
                    self._measure(many_hosts(fleet.connections), fleet)
            except LabError as error:
                self._failed(wanted, error)

    def _measure(self, rows: Sequence[Row], ground: Ground) -> None:
        for row in rows:
            if row.key in self._keys:
                print(f"bench: {row.key}: {row.title}", flush=True)
                try:
                    self.measured.append((row, measure(row, ground, self._most)))
                except LabError as error:
                    self._failed([row.key], error)

    def _failed(self, keys: Sequence[str], error: LabError) -> None:
        self.failed += keys
        print(f"bench: {', '.join(keys)} could not be measured: {error}", file=sys.stderr, flush=True)
