# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables, which read well on a screen and are Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .bars import OURS, ratio
from .result import Result
from .row import Row

#: What was measured, in the sequence of the rows: tool -> result.
Measured = Sequence[tuple[Row, Mapping[str, Result]]]


def bars(measured: Measured) -> str:
    """Every bar, with its figure, and whether it is met."""
    lines = [("work", "bar", "figure", "met")]
    for row, results in measured:
        title = title_of(row)
        for each in row.bars:
            met = "yes" if each.met(results) else "**no**"
            lines.append((title, each.text, each.written(each.figure(results)), met))
            title = ""
    return _markdown(lines, left=4)


def figures(measured: Measured) -> str:
    """All that was measured of every tool."""
    lines: list[tuple[str, ...]] = [
        ("work", "tool", "seconds", "ours is", "n", "from, to", "signed", "nonces", "other", "connections", "MB")
    ]
    for row, results in measured:
        title = title_of(row)
        for tool, result in results.items():
            low, high = result.span
            traffic = result.traffic
            lines.append(
                (
                    title,
                    tool,
                    _seconds(result.seconds),
                    "" if tool == OURS else f"{ratio(results[OURS].seconds / result.seconds)} ×",
                    str(len(result.samples)),
                    f"{_seconds(low)}, {_seconds(high)}" if len(result.samples) > 1 else "",
                    *map(str, (traffic.signed, traffic.nonces, traffic.others, traffic.connections)),
                    f"{result.memory / 1e6:.0f}",
                )
            )
            title = ""
    return _markdown(lines, left=2)


def title_of(row: Row) -> str:
    """What the row is about, with the distance of the CA."""
    return f"{row.title}, {row.round_trip * 1000:.0f} ms" if row.round_trip else row.title


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _markdown(lines: Sequence[Sequence[str]], left: int) -> str:
    widths = [max(2, *(len(line[column]) for line in lines)) for column in range(len(lines[0]))]
    rules = ["-" * width if column < left else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    rows = [lines[0], rules, *lines[1:]]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        )
        + " |"
        for row in rows
    )
