# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How cost grows with names, certificates and hosts: the points of the plot, taken from the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.lab.commands import run

from .paths import HERE, PEERS
from .result import Result
from .row import Row
from .table import Measured

#: What grows -> how many there are in which row.
_POINTS = {
    "names of one certificate, 30 ms": {1: "one_name", 10: "ten_names", 100: "hundred_names"},
    "certificates on one host, 30 ms": {1: "one_name", 5: "five", 20: "twenty_far"},
    "booted hosts, first issue": {1: "first_1", 10: "first_10", 40: "first_40"},
}


def plot(measured: Measured, picture: Path) -> None:
    """Draw the PICTURE (PNG)."""
    points = picture.with_suffix(".json")
    points.write_text(json.dumps(series(measured), indent=1))
    # matplotlib is not among what the collection's own tests need.
    run([str(PEERS / "python"), str(HERE / "plot.py"), str(points), str(picture)])


def series(measured: Measured) -> Mapping[str, Any]:
    """What grows -> tool -> the numbers, the seconds and the requests."""
    rows: dict[str, tuple[Row, Mapping[str, Result]]] = {row.key: (row, results) for row, results in measured}
    drawn: dict[str, dict[str, dict[str, list[float]]]] = {}
    for title, points in _POINTS.items():
        tools = drawn.setdefault(title, {})
        for number, key in points.items():
            for tool, result in rows[key][1].items() if key in rows else ():
                line = tools.setdefault(tool, {"number": [], "seconds": [], "requests": []})
                line["number"].append(number)
                line["seconds"].append(result.seconds)
                line["requests"].append(result.traffic.requests)
    return drawn
