# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a resource to change: bounded by the deadline, led by Retry-After."""

from __future__ import annotations

from typing import Callable, TypeVar

from .deadline import Deadline

T = TypeVar("T")

# CAs validate within a second or two, and their Retry-After speaks of the bad case: the first looks come early.
EARLY_PAUSES = (0.1, 0.3, 0.6)
DEFAULT_PAUSE = 2.0
# The Retry-After of a resource that has not changed is advice on pace; a CA that names hours means that it is stuck.
MIN_PAUSE = 0.2


def poll(
    fetch: Callable[[], tuple[T, float | None]],
    pending: Callable[[T], bool],
    deadline: Deadline,
    *,
    doing: str,
    url: str,
    state: Callable[[T], str],
) -> T:
    """Return the resource once it is no longer pending.

    `fetch` returns it with the seconds of its Retry-After, or None. `state` tells for the message how it stood last.
    Raise DeadlineExceeded when it does not change in time, at once when the CA asks for a wait beyond the deadline.
    """
    early = iter(EARLY_PAUSES)
    deadline.wait(next(early), doing, url)
    while True:
        resource, retry_after = fetch()
        if not pending(resource):
            return resource
        # The early looks are ours to choose; from then on the CA's pace counts.
        pause = next(early, None)
        if pause is None:
            pause = max(MIN_PAUSE, DEFAULT_PAUSE if retry_after is None else retry_after)
        deadline.wait(pause, doing, url, f"last seen: {state(resource)}")
