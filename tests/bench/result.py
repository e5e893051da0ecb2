# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured of one tool at one work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .counter import Traffic
from .process import Cost


@dataclass(frozen=True)
class Sample:
    """One run."""

    cost: Cost
    traffic: Traffic


@dataclass(frozen=True)
class Result:
    """Some runs of the same; the one that took the median of the times stands for them (the lower of two)."""

    samples: Sequence[Sample]

    @property
    def seconds(self) -> float:
        """On the clock."""
        return self._middle.cost.seconds

    @property
    def traffic(self) -> Traffic:
        """With the CA."""
        return self._middle.traffic

    @property
    def memory(self) -> int:
        """The largest that any process ever was, in bytes."""
        return max(sample.cost.memory for sample in self.samples)

    @property
    def span(self) -> tuple[float, float]:
        """The shortest and the longest time."""
        times = [sample.cost.seconds for sample in self.samples]
        return min(times), max(times)

    @property
    def _middle(self) -> Sample:
        ordered = sorted(self.samples, key=lambda sample: sample.cost.seconds)
        return ordered[(len(ordered) - 1) // 2]
