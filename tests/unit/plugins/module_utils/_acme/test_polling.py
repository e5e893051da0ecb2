# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a resource to change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.deadline import Deadline
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import DeadlineExceeded
from ansible_collections.webpki.acme.plugins.module_utils._acme.polling import (
    DEFAULT_PAUSE,
    EARLY_PAUSES,
    MIN_PAUSE,
    poll,
)

from tests.unit.clock import FakeClock

EARLY = list(EARLY_PAUSES)


def watch(clock: FakeClock, seen: list[tuple[str, float | None]], seconds: float = 60.0) -> str:
    """Poll a resource that is seen in these states, with their Retry-After; the last one stays."""
    states = iter(seen)

    def fetch() -> tuple[str, float | None]:
        return next(states, seen[-1])

    return poll(
        fetch,
        lambda state: state == "pending",
        Deadline.after(seconds, clock),
        doing="wait",
        url="https://ca.example/1",
        state=lambda state: f"it is {state}",
    )


def test_first_look(clock: FakeClock) -> None:
    """The first look comes almost at once: most CAs are done by then."""
    assert watch(clock, [("valid", None)]) == "valid"
    assert clock.slept == EARLY[:1]


@pytest.mark.parametrize(
    ("retry_after", "pause"), [(None, DEFAULT_PAUSE), (3.0, 3.0), (0.0, MIN_PAUSE), (0.1, MIN_PAUSE), (10.0, 10.0)]
)
def test_pace(clock: FakeClock, retry_after: float | None, pause: float) -> None:
    """After the early looks the CA's Retry-After sets the pace, within reason; without one there is a default."""
    seen = [("pending", retry_after)] * 5 + [("valid", None)]
    assert watch(clock, seen) == "valid"
    assert clock.slept == [*EARLY, pause, pause, pause]


def test_pace_changes(clock: FakeClock) -> None:
    """Each reply sets the pause that follows it."""
    seen: list[tuple[str, float | None]] = [("pending", 1.0)] * 2 + [("pending", 5.0), ("pending", 7.0), ("done", None)]
    watch(clock, seen)
    assert clock.slept == [*EARLY, 5.0, 7.0]


def test_for_ever(clock: FakeClock) -> None:
    """What never changes ends at the deadline, and the message says how it stood last."""
    with pytest.raises(DeadlineExceeded, match=r"could not wait at https://ca.example/1.*last seen: it is pending"):
        watch(clock, [("pending", None)], seconds=30)
    assert 30 - DEFAULT_PAUSE < clock.passed <= 30


def test_named_wait(clock: FakeClock) -> None:
    """A wait beyond the deadline is not begun: it ends at once with the time that the CA named."""
    with pytest.raises(DeadlineExceeded) as caught:
        watch(clock, [("pending", 3600.0)], seconds=30)
    assert clock.slept == EARLY
    assert caught.value.retry_after == clock.start + timedelta(seconds=3600 + sum(EARLY))


def test_no_time(clock: FakeClock) -> None:
    """Without time for the first look nothing is asked."""
    with pytest.raises(DeadlineExceeded):
        watch(clock, [("valid", None)], seconds=0.01)
    assert clock.slept == []
