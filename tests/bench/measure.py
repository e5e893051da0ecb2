# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measuring a row: the tools by turns, so that what disturbs one disturbs all."""

from __future__ import annotations

import time
from collections.abc import Mapping

from .ground import Ground
from .process import Cost, run
from .result import Result, Sample
from .row import Row, Start
from .tools.tool import Tool


def measure(row: Row, ground: Ground, most: int) -> Mapping[str, Result]:
    """Tool -> what was measured; MOST bounds the runs of each."""
    samples: dict[str, list[Sample]] = {tool.name: [] for tool in row.tools}
    for number in range(min(most, max(row.tools.values()))):
        for tool, runs in row.tools.items():
            if number < runs:
                sample = _once(row, ground, tool, number)
                samples[tool.name].append(sample)
                print(f"  {row.key}  {tool.name}  run {number + 1}: {sample.cost.seconds:.2f} s", flush=True)
    return {name: Result(each) for name, each in samples.items()}


def _once(row: Row, ground: Ground, tool: Tool, number: int) -> Sample:
    home = ground.home(row, tool, number)
    site = ground.site(row.round_trip)
    work = tool.renew if row.start is Start.CERTIFICATES else tool.issue
    commands = work(home, site, row.work)
    ground.counter.taken()
    cost = Cost()
    for command in commands:
        cost += run(command)
    # The last line of the log is written after its reply is sent.
    time.sleep(0.1)
    sample = Sample(cost, ground.counter.taken())
    ground.done(row, tool, home)
    return sample
