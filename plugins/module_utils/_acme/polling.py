# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for resources to change, for all of them together: bounded by the deadline, led by Retry-After."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable, Generic, TypeVar

from .deadline import Deadline
from .errors import AcmeError, DeadlineExceeded
from .parallel import each
from .progress import Progress

Result = TypeVar("Result")

# Retry-After speaks of the bad case, so the first looks come earlier: one for CAs that are done at once, as those of one's own
# network are, one for those that are nearly so, and one at a second, in which the public ones validate as a rule.
EARLY_PAUSES = (0.02, 0.18, 0.8)
DEFAULT_PAUSE = 2.0
# The Retry-After of a resource that has not changed is advice on pace; a CA that names hours means that it is stuck.
MIN_PAUSE = 0.2


@dataclass(frozen=True)
class Pending:
    """How a resource stands that has not changed yet, and the seconds of its Retry-After, or None."""

    state: str
    retry_after: float | None


@dataclass(frozen=True)
class Watch(Generic[Result]):
    """A resource that is waited for. `at_once` says that the first look need not wait.

    `look` asks for it once. What comes after the wait is a part of it: when all waits are over there may be no time.
    """

    url: str
    look: Callable[[], Result | Pending]
    at_once: bool = False


def poll_all(
    watched: Sequence[Watch[Result]],
    deadline: Deadline,
    limit: int,
    *,
    doing: str,
    round_trip: float = 0.0,
    stuck: Callable[[Sequence[int]], None] = lambda numbers: None,
    progress: Progress | None = None,
) -> list[Result | AcmeError]:
    """Return for each resource what its look returned once it had changed, or the AcmeError that ended the wait.

    They are looked at in rounds, at most `limit` at once, and no thread is held by what is waited for. `stuck` is told
    the numbers of those that are still the same after the early looks, round by round. A wait ends with
    DeadlineExceeded, at once when the CA asks for one beyond the deadline. `round_trip` is how many seconds a request is on
    its way, there and back.
    """
    # What the CA has to be done in is the time from its reply to the next look, of which both are on their way for a part.
    early_pauses = [max(0.0, pause - round_trip) for pause in EARLY_PAUSES]
    found: dict[int, Result | AcmeError] = {}
    due: dict[int, float] = {}
    pauses = {number: iter([0.0, *early_pauses][not one.at_once :]) for number, one in enumerate(watched)}

    def end(number: int, outcome: Result | AcmeError) -> None:
        found[number] = outcome
        if progress:
            progress.count(failed=isinstance(outcome, AcmeError))

    def plan(now: float, number: int, pause: float, reason: str = "", named: bool = False) -> None:
        try:
            deadline.allow(pause, doing, watched[number].url, reason, named=named)
            due[number] = now + pause
        except DeadlineExceeded as error:
            end(number, error)

    start = deadline.clock.monotonic()
    for number, early in pauses.items():
        plan(start, number, next(early))
    while due:
        soonest = min(due.values())
        deadline.clock.sleep(max(0.0, soonest - deadline.clock.monotonic()))
        now = max(soonest, deadline.clock.monotonic())
        numbers = [number for number, when in due.items() if when <= now]
        late: dict[int, tuple[Pending, float | None]] = {}
        for number, seen in zip(numbers, each(numbers, lambda number: watched[number].look(), limit)):
            del due[number]
            if isinstance(seen, Pending):
                # The early looks are ours to choose; from then on the CA's pace counts.
                late[number] = seen, next(pauses[number], None)
            else:
                end(number, seen)
        stuck([number for number, (_seen, early_pause) in late.items() if early_pause is None])
        # One time for all, so that those of one pace share their rounds.
        now = deadline.clock.monotonic()
        for number, (seen, early_pause) in late.items():
            asked = DEFAULT_PAUSE if seen.retry_after is None else seen.retry_after
            pause = max(MIN_PAUSE, asked) if early_pause is None else early_pause
            named = early_pause is None and seen.retry_after is not None
            plan(now, number, pause, f"last seen: {seen.state}", named)
    return [found[number] for number in range(len(watched))]
