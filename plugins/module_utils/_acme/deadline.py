# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time: a clock that tests can replace, the deadline of a conversation, and Retry-After."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from .errors import DeadlineExceeded
from .problem import ErrorType, Problem

# RFC 9110 section 10.2.3 sets no upper bound: what is longer than this is as good as never.
MAX_RETRY_AFTER = timedelta(days=366)


class Clock:
    """The system's clocks. A test gives a subclass that does not really sleep."""

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.now(timezone.utc)

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)


@dataclass
class Deadline:
    """The end of everything that one task may take."""

    seconds: float
    clock: Clock = field(default_factory=Clock)
    end: float = 0.0

    @classmethod
    def after(cls, seconds: float, clock: Clock | None = None) -> Deadline:
        """Return the deadline so many seconds from now."""
        clock = clock or Clock()
        return cls(seconds, clock, clock.monotonic() + seconds)

    def renew(self, seconds: float) -> None:
        """Set another end, so many seconds from now."""
        self.seconds = seconds
        self.end = self.clock.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left; 0 when there are none."""
        return max(0.0, self.end - self.clock.monotonic())

    def check(self, doing: str, url: str | None = None, reason: str = "") -> None:
        """Raise DeadlineExceeded when no time is left."""
        if not self.remaining():
            detail = f"the deadline of {self.seconds:g} seconds passed"
            raise self._exceeded(f"{detail}; {reason}" if reason else detail, doing, url, None)

    def wait(self, seconds: float, doing: str, url: str | None = None) -> None:
        """Sleep, or raise DeadlineExceeded at once when the deadline would come first."""
        self.allow(seconds, doing, url)
        self.clock.sleep(seconds)

    def allow(
        self, seconds: float, doing: str, url: str | None = None, reason: str = "", *, named: bool = True
    ) -> None:
        """Raise DeadlineExceeded when the deadline comes before the end of a wait, which the CA `named` or we chose."""
        if seconds > self.remaining():
            until = self.clock.now() + timedelta(seconds=seconds)
            detail = f"the deadline of {self.seconds:g} seconds comes before the next attempt"
            raise self._exceeded(f"{detail}; {reason}" if reason else detail, doing, url, until if named else None)

    @staticmethod
    def _exceeded(detail: str, doing: str, url: str | None, until: datetime | None) -> DeadlineExceeded:
        hint = "Run it again later: what was begun is taken up; or raise the deadline (acme_deadline in the roles)."
        return DeadlineExceeded(
            Problem(ErrorType.DEADLINE.value, detail), doing=doing, url=url, hint=hint, retry_after=until
        )


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, in either of its forms (RFC 9110 section 10.2.3).

    None when there is no header or it cannot be read.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), MAX_RETRY_AFTER.total_seconds())
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return min(max(0.0, (when - now).total_seconds()), MAX_RETRY_AFTER.total_seconds())
