# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock that stands still except while somebody sleeps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ansible_collections.webpki.acme.plugins.module_utils._acme.deadline import Clock


class FakeClock(Clock):
    """Sleeping costs nothing and is remembered in `slept`, in seconds."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.start = datetime.now(timezone.utc)

    @property
    def passed(self) -> float:
        """All seconds slept so far."""
        return sum(self.slept)

    def monotonic(self) -> float:
        """Return the seconds slept, from an arbitrary start."""
        return 1000.0 + self.passed

    def now(self) -> datetime:
        """Return the time at which the clock was made, moved on by what was slept."""
        return self.start + timedelta(seconds=self.passed)

    def sleep(self, seconds: float) -> None:
        """Move the clock on."""
        self.slept.append(seconds)
