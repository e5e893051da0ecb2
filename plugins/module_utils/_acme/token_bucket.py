# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token bucket, which is how CAs count: so many at once, and then one again after each even part of the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# What is left after many sums is not exact.
_ALMOST = 1e-6


@dataclass(frozen=True)
class Rate:
    """So many at once, and as many again, evenly, in so many seconds."""

    count: int
    seconds: float


class Bucket:
    """What has been taken of a rate; times are seconds since the epoch.

    It is known by what was `spent` at a time, not by what is left: so it stays right when the rate is another one later.
    """

    def __init__(self, rate: Rate, now: float, spent: float = 0.0, at: float | None = None) -> None:
        self._rate = rate
        self._now = now
        # A clock that went back says nothing about how much was refilled since.
        since = max(0.0, now - (now if at is None else at))
        self._spent = max(0.0, spent - since * rate.count / rate.seconds)
        self._waiting = 0

    @property
    def spent(self) -> float:
        """How many are still counted; 0 when it is full again."""
        return self._spent if self._spent > _ALMOST else 0.0

    def take(self) -> None:
        """Take one, whether there is one or not."""
        self._spent += 1

    def free_at(self) -> float:
        """Return from when on there is one; now, or earlier, when there is."""
        return self._time(1)

    def wait(self) -> float:
        """Return from when on there is one for whoever waits behind all that wait already."""
        self._waiting += 1
        return self._time(self._waiting)

    def _time(self, wanted: int) -> float:
        lacking = self._spent + wanted - self._rate.count
        return self._now + lacking * self._rate.seconds / self._rate.count if lacking > _ALMOST else self._now


def known(values: Any) -> tuple[float, float] | None:
    """Return what was spent and when, as `written` wrote it; None when these values say nothing."""
    try:
        spent, at = float(values["spent"]), float(values["at"])
    except (KeyError, TypeError, ValueError):
        return None
    return (spent, at) if 0 < spent < float("inf") and abs(at) < float("inf") else None


def written(bucket: Bucket, now: float) -> dict[str, float]:
    """Return what another run needs to know of a bucket."""
    return {"spent": round(bucket.spent, 6), "at": round(now, 3)}
