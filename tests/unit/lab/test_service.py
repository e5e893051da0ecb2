# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.errors import LabError
from tests.lab.service import Service, find, is_marked, kill


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_program_is_found_by_its_mark_and_killed(tmp_path: Path) -> None:
    """A mark finds what was started for its directory or one below it, and nothing else."""
    below = Service(["sleep", "60"], tmp_path / "log", tmp_path / "a" / "b", detached=True)
    beside = Service(["sleep", "60"], tmp_path / "log", tmp_path / "ab", detached=True)
    with below, beside:
        assert find(is_marked(tmp_path / "a")) == [below.pid]
        assert kill(is_marked(tmp_path / "a")) == 1
        assert find(is_marked(tmp_path)) == [beside.pid]


def test_a_program_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    """Even one that is killed leaves no program behind."""
    script = textwrap.dedent(f"""
        from pathlib import Path
        from tests.lab.service import Service
        Service(["sleep", "60"], Path({str(tmp_path / "log")!r}), Path({str(tmp_path)!r})).start()
        input()
    """)
    argv = [sys.executable, "-c", script]

    def sleeps(process: Path) -> bool:
        return (process / "cmdline").read_bytes() == b"sleep\00060\0" and is_marked(tmp_path)(process)

    with subprocess.Popen(argv, stdin=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}) as starter:
        wait_until(lambda: bool(find(sleeps)))
        starter.kill()
    wait_until(lambda: not find(sleeps))


def test_a_program_that_fails_is_reported_with_what_it_said(tmp_path: Path) -> None:
    """The reason stands in the message, not only in a log."""
    service = Service(["sh", "-c", "echo no such thing; exit 3"], tmp_path / "log", tmp_path)
    service.start()
    assert service.process is not None
    service.process.wait()
    with pytest.raises(LabError, match="code 3: no such thing"):
        service.check()
    service.stop()
