# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How figures are held to bars."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.bench import bars
from tests.bench.bars import Bar
from tests.bench.counter import Traffic
from tests.bench.process import Cost
from tests.bench.result import Result, Sample


def result(*times: float, requests: int = 0, connections: int = 0, talked: float = 0.0, memory: int = 0) -> Result:
    traffic = Traffic(signed=requests, connections=connections, seconds=talked)
    return Result([Sample(Cost(seconds, seconds, memory), traffic) for seconds in times])


RESULTS = {
    "webpki.acme": result(1.0, 3.0, 2.0, requests=208, connections=16, talked=10.0, memory=150 * 10**6),
    "lego": result(4.0),
}


@pytest.mark.parametrize(
    ("met", "missed", "figure"),
    [
        (bars.times("lego", Fraction(1, 2)), bars.times("lego", 0.4), "0.50 × lego"),
        (bars.seconds(2), bars.seconds(1.9), "2.0 s"),
        (bars.megabytes(150), bars.megabytes(149), "150 MB"),
        (bars.requests(208), bars.requests(207), "208 requests"),
        (bars.connections(16), bars.connections(15), "16 connections"),
        (bars.rate(80, 800), bars.rate(81, 800), "80 a second"),
    ],
)
def test_a_bar_is_met_up_to_its_limit(met: Bar, missed: Bar, figure: str) -> None:
    """The median is held to the bar, and is told in its unit."""
    assert (met.met(RESULTS), missed.met(RESULTS)) == (True, False)
    assert met.written(met.figure(RESULTS)) == figure


@pytest.mark.parametrize(
    ("figure", "written"), [(0.0166, "1/60.2"), (0.2, "1/5"), (0.4, "0.40"), (1.349, "1.35"), (58.9, "59")]
)
def test_ratios_are_written_as_people_say_them(figure: float, written: str) -> None:
    """A small one as a fraction of one, others with what can be told apart."""
    assert bars.ratio(figure) == written


@pytest.mark.parametrize(("times", "middle"), [((5.0,), 5.0), ((1.0, 9.0), 1.0), ((9.0, 1.0, 2.0), 2.0)])
def test_the_median_run_stands_for_all(times: tuple[float, ...], middle: float) -> None:
    """Of two the faster one, so that there is always a real run behind the figures."""
    assert result(*times).seconds == middle
    assert result(*times).span == (min(times), max(times))
