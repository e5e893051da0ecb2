# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When to renew, given the window that a CA suggests and how often somebody looks (RFC 9773 section 4.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Window:
    """The CA wants the certificate renewed at or after `start` and before `end`; both are aware times."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Say whether a time is inside: an order that replaces the certificate is then exempt from rate limits."""
        return self.start <= moment < self.end


def chosen(window: Window, identifier: str, not_before: datetime, not_after: datetime) -> datetime:
    """Return the time inside the window at which the certificate known by `identifier` is to be renewed.

    It is drawn by a hash, evenly over all certificates and windows: each host and each run draws the same one, and nobody
    has to remember it. Where the window begins before the certificate, or ends after it, the part in between counts.
    """
    start, end = max(window.start, not_before), min(window.end, not_after)
    if start >= end:
        # All of it lies before the certificate began, or after its end.
        start, end = window.start, window.end
    drawn = hashlib.sha256(f"{identifier} {window.start.isoformat()} {window.end.isoformat()}".encode("ascii")).digest()
    return start + (end - start) * (int.from_bytes(drawn[:8], "big") / 2**64)


def is_due(window: Window, at: datetime, now: datetime, every: timedelta) -> bool:
    """Say whether to renew in this run, where `at` is the time that was chosen and there is a run so often.

    From the chosen time on, also when the window is over. Before it only when the next run would come after the end of the window:
    then this is the last one inside of it, or where none is inside the last one before it.
    """
    return now >= at or now + every >= window.end
