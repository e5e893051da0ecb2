# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.renewal_time import Window, chosen, is_due
from hypothesis import given
from hypothesis import strategies as st

ZERO = datetime(2027, 1, 1, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def at(days: float) -> datetime:
    """So many days after the first of January."""
    return ZERO + days * DAY


LIFE = (at(-60), at(30))
WINDOW = Window(at(2), at(4))


def test_chosen_once() -> None:
    """Whoever asks draws the same time, and for another certificate or another window another one."""
    first = chosen(WINDOW, "a.a", *LIFE)
    assert chosen(Window(at(2), at(4)), "a.a", *LIFE) == first
    others = {chosen(WINDOW, "a.b", *LIFE), chosen(Window(at(2), at(4.5)), "a.a", *LIFE)}
    assert first not in others and len(others) == 2


def test_chosen_evenly() -> None:
    """Many certificates are spread over the whole window."""
    times = [chosen(WINDOW, f"a.{number}", *LIFE) for number in range(1000)]
    assert all(WINDOW.holds(time) for time in times)
    for quarter in range(4):
        part = Window(at(2 + quarter / 2), at(2.5 + quarter / 2))
        assert 200 < sum(part.holds(time) for time in times) < 300


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (Window(at(-90), at(4)), -60, 4),
        (Window(at(2), at(90)), 2, 30),
        (Window(at(-90), at(90)), -60, 30),
        # Nothing of it is inside the lifetime.
        (Window(at(-90), at(-80)), -90, -80),
        (Window(at(80), at(90)), 80, 90),
    ],
)
def test_chosen_within_the_lifetime(window: Window, start: float, end: float) -> None:
    """The time is drawn from what of the window is inside the lifetime, if anything is."""
    times = [chosen(window, f"a.{number}", *LIFE) for number in range(100)]
    assert at(start) <= min(times) < at(start + (end - start) / 10)
    assert at(end - (end - start) / 10) < max(times) < at(end)


@pytest.mark.parametrize(
    ("now", "every", "due"),
    [
        # The window is open from the 2nd to the 4th day, and the 3rd is the time.
        (0, 1, False),
        (1.9, 1, False),
        (2.5, 1, False),
        (2.5, 1.4, False),
        (2.1, 0.95, False),
        (2.5, 1.6, True),
        (3, 1, True),
        (3.9, 1, True),
        (4, 1, True),
        (50, 1, True),
        (1, 1.5, False),
        (1, 2.5, False),
        (1, 2.9, False),
        (1, 3, True),
        (1, 7, True),
        (-5.5, 7, False),
        (-3.5, 7, False),
        (-3.5, 7.5, True),
    ],
)
def test_is_due(now: float, every: float, due: bool) -> None:
    """From the chosen time on; before it when no later run is in time, and before the window when none is inside of it."""
    assert is_due(WINDOW, at(3), at(now), timedelta(days=every)) is due


@given(
    first=st.integers(-5000, 0),
    every=st.integers(20, 3000),
    start=st.integers(1, 4000),
    length=st.integers(1, 4000),
    share=st.floats(0, 1, exclude_max=True),
)
def test_the_best_run(first: int, every: int, start: int, length: int, share: float) -> None:
    """Of all runs the first one at or after the chosen time renews, if it is in the window; else the last one in it; else the
    last one before it.
    """
    minute = timedelta(minutes=1)
    window = Window(ZERO + start * minute, ZERO + (start + length) * minute)
    time = window.start + (window.end - window.start) * share
    runs = [ZERO + (first + number * every) * minute for number in range((start + length - first) // every + 2)]
    renews = next(run for run in runs if is_due(window, time, run, every * minute))
    inside = [run for run in runs if window.holds(run)]
    after = [run for run in inside if run >= time]
    best = after[:1] or inside[-1:] or [run for run in runs if run < window.start][-1:]
    assert [renews] == best
