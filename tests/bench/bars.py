# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bars that figures are held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Callable

from .result import Result

OURS = "webpki.acme"


@dataclass(frozen=True)
class Bar:
    """What a figure, made of the results of all tools, may be: at most, or at least, LIMIT."""

    text: str
    limit: float
    figure: Callable[[Mapping[str, Result]], float]
    #: How a figure is written.
    written: Callable[[float], str]
    least: bool = False

    def met(self, results: Mapping[str, Result]) -> bool:
        """Whether the results reach it."""
        figure = self.figure(results)
        return figure >= self.limit if self.least else figure <= self.limit


def times(tool: str, most: Fraction | float) -> Bar:
    """The time is at most MOST times that of TOOL."""
    return Bar(
        f"at most {most if isinstance(most, Fraction) else format(most, '.1f')} × {tool}",
        float(most),
        lambda results: results[OURS].seconds / results[tool].seconds,
        lambda figure: f"{ratio(figure)} × {tool}",
    )


def seconds(most: float) -> Bar:
    """The time is at most this, whatever it is elsewhere."""
    return Bar(f"at most {most:g} s", most, lambda results: results[OURS].seconds, lambda figure: f"{figure:.1f} s")


def megabytes(most: float) -> Bar:
    """No process is larger than this."""
    return Bar(
        f"at most {most:g} MB in any one process",
        most,
        lambda results: results[OURS].memory / 1e6,
        lambda figure: f"{figure:.0f} MB",
    )


def requests(most: int) -> Bar:
    """The CA is asked at most this often, nonces and all."""
    return Bar(
        f"at most {most} requests",
        most,
        lambda results: results[OURS].traffic.requests,
        lambda figure: f"{figure:.0f} requests",
    )


def connections(most: int) -> Bar:
    """At most this many connections to the CA."""
    return Bar(
        f"at most {most} connections",
        most,
        lambda results: results[OURS].traffic.connections,
        lambda figure: f"{figure:.0f} connections",
    )


def rate(least: float, count: int) -> Bar:
    """Of COUNT certificates at least this many a second, from the first word with the CA to the last."""
    return Bar(
        f"at least {least:g} certificates a second in the conversation",
        least,
        lambda results: count / max(results[OURS].traffic.seconds, 0.001),
        lambda figure: f"{figure:.0f} a second",
        least=True,
    )


def ratio(figure: float) -> str:
    """A ratio as people say it: 1/47.3, 0.43, 3.10, 120."""
    if figure < 0.25:
        return f"1/{1 / figure:.3g}"
    return f"{figure:.2f}" if figure < 10 else f"{figure:.0f}"
