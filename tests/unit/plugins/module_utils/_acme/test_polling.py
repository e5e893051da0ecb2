# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a resource to change."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.deadline import Deadline
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError, DeadlineExceeded
from ansible_collections.webpki.acme.plugins.module_utils._acme.polling import (
    DEFAULT_PAUSE,
    EARLY_PAUSES,
    MIN_PAUSE,
    Pending,
    Watch,
    poll_all,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import Problem

from tests.unit.clock import FakeClock

EARLY = list(EARLY_PAUSES)

# A resource as it is seen: its state, and the seconds of its Retry-After.
Seen = tuple[str, Optional[float]]


class Resource:
    """What is seen in these states, one after the other; the last one stays. `looks` are the times of the looks."""

    def __init__(self, clock: FakeClock, *seen: Seen) -> None:
        self.looks: list[float] = []
        self._clock = clock
        self._seen = list(seen)

    def look(self) -> str | Pending:
        """Look once."""
        self.looks.append(round(self._clock.passed, 3))
        state, retry_after = self._seen.pop(0) if len(self._seen) > 1 else self._seen[0]
        return Pending(f"it is {state}", retry_after) if state == "pending" else state


def watch(clock: FakeClock, seen: list[Seen], seconds: float = 60.0, at_once: bool = False) -> str:
    """Wait for one resource."""
    watched = [Watch("https://ca.example/1", Resource(clock, *seen).look, at_once)]
    (found,) = poll_all(watched, Deadline.after(seconds, clock), 4, doing="wait")
    if isinstance(found, AcmeError):
        raise found
    return found


def test_first_look(clock: FakeClock) -> None:
    """The first look comes almost at once: most CAs are done by then."""
    assert watch(clock, [("valid", None)]) == "valid"
    assert clock.slept == pytest.approx(EARLY[:1])


@pytest.mark.parametrize("round_trip", [0.03, 0.25, 1.0])
def test_far_away(clock: FakeClock, round_trip: float) -> None:
    """To the CA the early looks come in the same time however far away it is; those that follow keep to its pace."""
    resource = Resource(clock, *[("pending", 3.0)] * 4, ("valid", None))
    watched = [Watch("https://ca.example/1", resource.look)]
    assert poll_all(watched, Deadline.after(60, clock), 4, doing="wait", round_trip=round_trip) == ["valid"]
    assert clock.slept == pytest.approx([*[max(0.0, early - round_trip) for early in EARLY], 3.0, 3.0])


@pytest.mark.parametrize(
    ("retry_after", "pause"), [(None, DEFAULT_PAUSE), (3.0, 3.0), (0.0, MIN_PAUSE), (0.1, MIN_PAUSE), (10.0, 10.0)]
)
def test_pace(clock: FakeClock, retry_after: float | None, pause: float) -> None:
    """After the early looks the CA's Retry-After sets the pace, within reason; without one there is a default."""
    seen: list[Seen] = [("pending", retry_after)] * 5 + [("valid", None)]
    assert watch(clock, seen) == "valid"
    assert clock.slept == pytest.approx([*EARLY, pause, pause, pause])


def test_pace_changes(clock: FakeClock) -> None:
    """Each reply sets the pause that follows it."""
    seen: list[Seen] = [("pending", 1.0)] * 2 + [("pending", 5.0), ("pending", 7.0), ("done", None)]
    watch(clock, seen)
    assert clock.slept == pytest.approx([*EARLY, 5.0, 7.0])


def test_for_ever(clock: FakeClock) -> None:
    """What never changes ends at the deadline, and the message says how it stood last."""
    with pytest.raises(DeadlineExceeded, match=r"could not wait at https://ca.example/1.*last seen: it is pending"):
        watch(clock, [("pending", None)], seconds=30)
    assert 30 - DEFAULT_PAUSE < clock.passed <= 30


def test_named_wait(clock: FakeClock) -> None:
    """A wait beyond the deadline is not begun: it ends at once with the time that the CA named."""
    with pytest.raises(DeadlineExceeded) as caught:
        watch(clock, [("pending", 3600.0)], seconds=30)
    assert clock.slept == pytest.approx(EARLY)
    assert caught.value.retry_after is not None
    waited = caught.value.retry_after - clock.start
    assert waited.total_seconds() == pytest.approx(3600 + sum(EARLY))


def test_wait_of_our_own(clock: FakeClock) -> None:
    """A wait that the CA did not ask for is not told as if it had."""
    with pytest.raises(DeadlineExceeded) as caught:
        watch(clock, [("pending", None)], seconds=30)
    assert caught.value.retry_after is None


def test_no_time(clock: FakeClock) -> None:
    """Without time for the first look nothing is asked."""
    with pytest.raises(DeadlineExceeded):
        watch(clock, [("valid", None)], seconds=0.01)
    assert clock.slept == []


def test_at_once(clock: FakeClock) -> None:
    """What may have changed already is looked at without a pause, and waited for like the rest after that."""
    assert watch(clock, [("pending", None), ("valid", None)], at_once=True) == "valid"
    assert clock.slept == pytest.approx([0.0, *EARLY[:1]])


def test_nobody_starves(clock: FakeClock) -> None:
    """A wait holds no worker: however many never change, the others are done at their first look."""
    slow = [Resource(clock, ("pending", None)) for _number in range(12)]
    quick = [Resource(clock, ("valid", None)) for _number in range(4)]
    watched = [Watch(f"https://ca.example/{number}", one.look) for number, one in enumerate(slow + quick)]
    found = poll_all(watched, Deadline.after(30, clock), 2, doing="wait")
    assert [isinstance(one, DeadlineExceeded) for one in found] == [True] * 12 + [False] * 4
    assert [one.looks for one in quick] == [EARLY[:1]] * 4


def test_each_at_its_pace(clock: FakeClock) -> None:
    """Each resource is looked at when its own Retry-After has passed, and those of one pace share their rounds."""
    fast, slow, other = (Resource(clock, ("pending", pace)) for pace in (3.0, 7.0, 7.0))
    watched = [Watch("https://ca.example/", one.look) for one in (fast, slow, other)]
    poll_all(watched, Deadline.after(15.5, clock), 4, doing="wait")
    assert (fast.looks[3:], slow.looks[3:], other.looks[3:]) == ([4.0, 7.0, 10.0, 13.0], [8.0, 15.0], [8.0, 15.0])
    assert len(clock.slept) == 3 + 6


def test_stuck(clock: FakeClock) -> None:
    """What is still the same after the early looks is told, round by round, also when the wait ends with that."""
    pending: Seen = ("pending", None)
    seen: list[list[Seen]] = [[pending] * times + [("valid", None)] for times in (1, 3, 4)] + [[("pending", 3600.0)]]
    watched = [Watch("https://ca.example/", Resource(clock, *states).look) for states in seen]
    told: list[list[int]] = []
    poll_all(watched, Deadline.after(30, clock), 4, doing="wait", stuck=lambda numbers: told.append(list(numbers)))
    assert told == [[], [], [1, 2, 3], [2], []]


def test_many(clock: FakeClock) -> None:
    """A thousand are looked at in as many rounds as one."""
    resources = [Resource(clock, ("pending", None), ("pending", None), ("valid", None)) for _number in range(1000)]
    watched = [Watch("https://ca.example/", one.look) for one in resources]
    assert poll_all(watched, Deadline.after(30, clock), 8, doing="wait") == ["valid"] * 1000
    assert clock.slept == pytest.approx(EARLY)


def test_own_errors(clock: FakeClock) -> None:
    """A look that fails ends the wait for its own resource."""

    def fail() -> str:
        raise AcmeError(Problem("about:blank"))

    watched = [Watch("https://ca.example/1", fail), Watch("https://ca.example/2", lambda: "valid")]
    error, valid = poll_all(watched, Deadline.after(30, clock), 2, doing="wait")
    assert (type(error), valid) == (AcmeError, "valid")
