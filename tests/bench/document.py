# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/benchmarks.md and its picture, from a template and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from . import growth, table
from .paths import HERE
from .table import Measured
from .tools.ansible import FORKS
from .versions import machine, versions


def write(folder: Path, measured: Measured, capacity: float, line: float, keys: Sequence[str]) -> None:
    """Write benchmarks.md and benchmarks.png into FOLDER.

    :param capacity: requests a second that the counter carries; :param line: that the line with a round-trip time does.
    :param keys: those of all rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    template = Template((HERE / "benchmarks.md.in").read_text())
    text = template.substitute(
        machine=machine(),
        versions=", ".join(versions()),
        bars=table.bars(measured),
        figures=table.figures(measured),
        capacity=_rounded(capacity),
        line=_rounded(line),
        forks=FORKS,
        keys=", ".join(f"`{key}`" for key in keys),
    )
    (folder / "benchmarks.md").write_text(text)
    growth.plot(measured, folder / "benchmarks.png")


def _rounded(value: float) -> str:
    return f"{round(value, -2):,.0f}"
