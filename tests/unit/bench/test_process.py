# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole processes are measured from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.process import Command, Cost, run
from tests.lab.errors import LabError

MEGABYTE = 10**6


def test_the_largest_of_all_processes_counts(tmp_path: Path) -> None:
    """Memory is that of the largest process, also of one that others started, and not of the one that measures."""
    large = ["sh", "-c", "python3 -S -c 'bytearray(60_000_000)'; true"]
    costs = [run(Command(argv, tmp_path, os.environ)) for argv in (large, ["true"])]
    assert 60 * MEGABYTE < costs[0].memory < 90 * MEGABYTE
    assert costs[1].memory < 20 * MEGABYTE


def test_the_clock_runs_from_start_to_end(tmp_path: Path) -> None:
    """Time that a process waits counts on the clock only."""
    cost = run(Command(["sleep", "0.2"], tmp_path, os.environ))
    assert cost.seconds >= 0.2
    assert cost.processor < 0.2


@pytest.mark.parametrize("end", ["exit 3", "kill -KILL $$"])
def test_a_failure_is_not_measured(tmp_path: Path, end: str) -> None:
    """A tool that fails, or is killed, has done no work; its last words are told."""
    with pytest.raises(LabError, match="no more memory"):
        run(Command(["sh", "-c", f"echo no more memory; {end}"], tmp_path, os.environ))


def test_what_is_done_one_after_the_other_adds_up() -> None:
    """Times add up, memory does not."""
    assert Cost(1, 0.5, 30) + Cost(2, 0.25, 20) == Cost(3, 0.75, 30)
