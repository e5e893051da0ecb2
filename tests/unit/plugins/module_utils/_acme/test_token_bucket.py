# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.token_bucket import Bucket, Rate, known, written

WEEK = 7 * 86400.0
NOW = 1_800_000_000.0
#: Let's Encrypt's, for exactly the same names.
FIVE = Rate(5, WEEK)


@pytest.mark.parametrize(
    ("taken", "hours"),
    [
        (0, 0.0),
        (4, 0.0),
        # They say every 34 hours, which is 33.6 in truth.
        (5, 33.6),
        (6, 67.2),
        (10, 201.6),
    ],
)
def test_free_at(taken: int, hours: float) -> None:
    """So many are there at once, and one more after each even part of the time."""
    bucket = Bucket(FIVE, NOW)
    for _one in range(taken):
        bucket.take()
    assert bucket.free_at() == pytest.approx(NOW + hours * 3600)


def test_waiting_in_line() -> None:
    """Who waits behind others waits longer, and takes nothing from those who need not wait here."""
    bucket = Bucket(FIVE, NOW, 5.0, NOW)
    assert [round((bucket.wait() - NOW) / 3600, 1) for _one in range(3)] == [33.6, 67.2, 100.8]
    assert bucket.free_at() == pytest.approx(NOW + 33.6 * 3600)


@pytest.mark.parametrize(
    ("later", "spent"),
    [
        (0.0, 5.0),
        (WEEK / 5, 4.0),
        (WEEK / 2, 2.5),
        (WEEK, 0.0),
        (10 * WEEK, 0.0),
        # A clock that went back refills nothing, and takes nothing away.
        (-1.0, 5.0),
        (-10 * WEEK, 5.0),
    ],
)
def test_refill(later: float, spent: float) -> None:
    """What was spent is there again, evenly, after the time of the rate."""
    assert Bucket(FIVE, NOW + later, 5.0, NOW).spent == pytest.approx(spent)


def test_a_year_of_one_a_day() -> None:
    """Who asks for no more than the rate grants never waits, however often it is written down and read again."""
    rate, kept = Rate(7, WEEK), (0.0, NOW)
    for day in range(365):
        now = NOW + day * 86400
        bucket = Bucket(rate, now, *kept)
        assert bucket.free_at() <= now
        bucket.take()
        kept = known(written(bucket, now)) or (0.0, now)


def test_another_rate() -> None:
    """Where the CA grants more now there is room at once: it is kept what was spent, not what is left."""
    kept = written(Bucket(Rate(50, WEEK), NOW, 50.0, NOW), NOW)
    spent, at = known(kept) or (0.0, 0.0)
    assert Bucket(Rate(300, WEEK), NOW, spent, at).free_at() == NOW
    assert Bucket(Rate(50, WEEK), NOW, spent, at).free_at() > NOW


@pytest.mark.parametrize(
    "values",
    [None, 5, "5", [], {}, {"spent": 1}, {"spent": "x", "at": 1}, {"spent": 0, "at": 1}, {"spent": -1, "at": 1}]
    + [{"spent": float("inf"), "at": 1}, {"spent": 1, "at": float("nan")}, {"spent": None, "at": None}],
)
def test_nothing_known(values: Any) -> None:
    """What cannot be understood says nothing."""
    assert known(values) is None
