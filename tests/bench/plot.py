# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the points of a file: `plot.py POINTS.json PICTURE.png`. Runs by itself, where matplotlib is installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: E402

# Told apart by colour-blind people, in print by their markers, and where one lies upon the other.
_LOOKS = {
    "webpki.acme": ("#0072b2", "o", "-"),
    "community.crypto": ("#d55e00", "s", "-"),
    "certbot": ("#009e73", "^", "-"),
    "lego": ("#cc79a7", "D", ":"),
    "one ping": ("#7f7f7f", "x", "-"),
}


def main(points: Path, picture: Path) -> None:
    """Seconds above, requests below, a column for each thing that grows."""
    drawn = json.loads(points.read_text())
    figure, axes = pyplot.subplots(2, len(drawn), figsize=(12, 7), sharex="col", layout="constrained", squeeze=False)
    for column, (title, tools) in enumerate(drawn.items()):
        for row, what in enumerate(("seconds", "requests")):
            _panel(axes[row][column], tools, what)
        axes[0][column].set_title(title, fontsize=11)
    for row, what in enumerate(("seconds", "requests to the CA")):
        axes[row][0].set_ylabel(what)
    handles = {line.get_label(): line for panel in axes.flat for line in panel.get_lines()}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(_LOOKS), frameon=False)
    figure.savefig(picture, dpi=110)


def _panel(axes: Axes, tools: dict[str, dict[str, list[float]]], what: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for tool, line in tools.items():
        if any(line[what]):
            colour, marker, style = _LOOKS[tool]
            axes.plot(
                line["number"], line[what], color=colour, marker=marker, linestyle=style, label=tool, linewidth=1.8
            )
    axes.set_xticks(sorted({number for line in tools.values() for number in line["number"]}))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.grid(True, which="major", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
