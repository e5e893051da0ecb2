# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A year of runs: certificates of every lifetime are renewed at the right time, and none expires."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.renewal_time import Window
from ansible_collections.webpki.acme.plugins.module_utils._ansible.age import EMERGENCY_FRACTION
from ansible_collections.webpki.acme.plugins.module_utils._ansible.renewal import Known, Question, decided
from ansible_collections.webpki.acme.plugins.module_utils._store.due import Age

BEGIN = datetime(2027, 1, 1, tzinfo=timezone.utc)
DAY = 24.0
YEAR = 365 * DAY


class Renewed(NamedTuple):
    """A certificate that was renewed: how old it was, in hours, and which window its CA had suggested, by its age."""

    age: float
    window: tuple[float, float] | None
    expired: bool


def window_of(ca: str, lifetime: float) -> tuple[float, float] | None:
    """The ages, in hours, between which a CA wants a certificate renewed that lasts so many hours."""
    if ca == "letsencrypt":
        middle = lifetime * (1 / 2 if lifetime < 10 * DAY else 2 / 3)
        return middle - lifetime / 100, middle + lifetime / 100
    if ca == "pebble":
        return lifetime * 2 / 3 - DAY, lifetime * 2 / 3 + DAY
    if ca == "late":
        return lifetime * 0.8, lifetime * 0.85
    return None


def year(ca: str, lifetime: float, every: float, told: float, first: float) -> Iterator[Renewed]:
    """The certificates that are renewed in a year of runs, all in hours: one `every` so often, where the role was `told` of another
    time between two. The first certificate is made so long before the first run.
    """
    age = Age(None, timedelta(hours=told), EMERGENCY_FRACTION)
    made, now, number = BEGIN - timedelta(hours=first), BEGIN, 0
    while now < BEGIN + timedelta(hours=YEAR):
        question = Question(made, made + timedelta(hours=lifetime), "aa", f"issuer.{number}")
        wanted = window_of(ca, lifetime)
        known = None
        if wanted:
            start, end = (made + timedelta(hours=edge) for edge in wanted)
            known = Known(now + timedelta(hours=6), Window(start, end))
        if decided(question, known, age, now)["due"]:
            yield Renewed((now - made) / timedelta(hours=1), wanted, now >= question.not_after)
            made, number = now, number + 1
        now += timedelta(hours=every)


def limits(ca: str, lifetime: float, every: float, told: float) -> tuple[float, float]:
    """The ages, in hours, between which a certificate is to be renewed when runs are so often, or the role was told so."""
    wanted = window_of(ca, lifetime)
    if wanted is None:
        due = lifetime * (1 / 2 if lifetime < 10 * DAY else 2 / 3)
        return due, due + every
    start, end = max(wanted[0], 0), min(wanted[1], lifetime)
    # Before the window only where no run is inside of it; and before two runs are left, or a tenth of the lifetime.
    floor = lifetime - max(lifetime / 10, min(2 * told, lifetime / 2))
    return min(start if end - start >= told else start - told, floor), min(end, floor + every)


@pytest.mark.parametrize("ca", ["none", "letsencrypt", "pebble", "late"])
@pytest.mark.parametrize(
    ("lifetime", "every"),
    [
        (90 * DAY, DAY),
        (90 * DAY, DAY / 2),
        (64 * DAY, DAY),
        (64 * DAY, DAY / 2),
        (45 * DAY, DAY),
        (45 * DAY, DAY / 2),
        (6 * DAY, DAY),
        (6 * DAY, DAY / 2),
        (8, 1),
        (8, 2),
    ],
)
def test_a_year(ca: str, lifetime: float, every: float) -> None:
    """With the defaults, or the true time between runs, each certificate is renewed in its time, whenever the runs began."""
    for first, told in ((0, every), (every / 3, every), (every * 0.99, max(every, DAY) if lifetime > DAY else every)):
        renewed = list(year(ca, lifetime, every, told, first))
        earliest, latest = limits(ca, lifetime, every, told)
        assert not any(one.expired for one in renewed)
        assert all(earliest <= one.age <= latest for one in renewed), (earliest, latest, renewed)
        assert YEAR / latest - 1 <= len(renewed) <= YEAR / earliest + 1 if earliest > 0 else renewed


@pytest.mark.parametrize("every", [DAY, DAY / 2])
@pytest.mark.parametrize("lifetime", [90 * DAY, 64 * DAY, 45 * DAY])
def test_in_the_window(lifetime: float, every: float) -> None:
    """Where a run falls into the window that Let's Encrypt suggests, the order is exempt from its rate limits."""
    start, end = window_of("letsencrypt", lifetime) or (0, 0)
    renewed = list(year("letsencrypt", lifetime, every, every, 0))
    inside = [one for one in renewed if start <= one.age < end]
    assert inside if end - start < every else inside == renewed


@pytest.mark.parametrize("ca", ["none", "letsencrypt"])
@pytest.mark.parametrize("every", [0.5, 1, 2, 6])
def test_more_runs_than_the_role_knows_of(ca: str, every: float) -> None:
    """Short certificates with runs more often than acme_run_interval says are neither renewed all the time nor too late."""
    renewed = list(year(ca, 8, every, DAY, 0))
    assert not any(one.expired for one in renewed)
    assert all(one.age >= 2.5 for one in renewed), renewed


@pytest.mark.parametrize("ca", ["none", "letsencrypt"])
@pytest.mark.parametrize("every", [DAY, DAY / 2])
def test_fewer_runs_than_a_certificate_lasts(ca: str, every: float) -> None:
    """Where certificates of a few hours meet daily runs, each run renews: nothing better can be done."""
    assert len(list(year(ca, 8, every, every, 0.1))) == YEAR / every - 1


@pytest.mark.parametrize(("lifetime", "every"), [(12 * DAY, 7 * DAY), (30 * DAY, 14 * DAY), (90 * DAY, 31 * DAY)])
def test_few_runs(lifetime: float, every: float) -> None:
    """Who runs it once a week or once a month, and says so, has no certificate expire."""
    renewed = list(year("none", lifetime, every, every, 0))
    assert not any(one.expired for one in renewed)
    assert all(one.age >= lifetime / 2 for one in renewed)
