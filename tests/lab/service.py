# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that the lab starts, and finds again to stop them, even after it was killed itself.

Every process carries the directory that it works in in its environment.  That mark exists from the
instant of the fork, and no other process has it, so there is no pid file that a killed run could
fail to write, or that could name a stranger after the pid was used again.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Callable

from .errors import LabError

MARK = "WEBPKI_LAB"


class Service:
    """One program in the background, its output in LOG.

    :param mark: the directory that the process belongs to; see :func:`stop_marked`.
    :param detached: whether the process goes on when the starting one ends.  Otherwise the kernel
        kills it as soon as the *thread* that started it is gone: start it from a lasting one.
    """

    def __init__(
        self,
        argv: Sequence[str],
        log: Path,
        mark: Path,
        env: Mapping[str, str] | None = None,
        detached: bool = False,
    ) -> None:
        self.argv = list(argv) if detached else ["setpriv", "--pdeathsig", "KILL", "--", *argv]
        self.name = Path(argv[0]).name
        self.log = log
        self.env: dict[str, str] = {**os.environ, **(env or {}), MARK: str(mark)}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the running program; 0 when there is none."""
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Start the program; returns at once."""
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the lab, which then stops its parts in order.
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise LabError, with the last lines of the log, when the program has ended."""
        if self.process is None or self.process.poll() is None:
            return
        tail = self.log.read_text(errors="replace").splitlines()[-3:]
        raise LabError(f"{self.name} ended with code {self.process.returncode}: {' / '.join(tail)} (log: {self.log})")

    def stop(self, patience: float = 3.0) -> None:
        """End the program: asked first, killed after PATIENCE seconds."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def kill(self) -> None:
        """End the program without asking it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def find(belongs: Callable[[Path], bool]) -> list[int]:
    """The ids of all processes, but this one, whose directory in /proc satisfies BELONGS."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if pid != os.getpid() and _safely(belongs, pid)]


def is_marked(mark: Path) -> Callable[[Path], bool]:
    """For :func:`find`: whether a process was started for the directory MARK, or one below it."""
    exactly = f"{MARK}={mark}".encode()

    def belongs(process: Path) -> bool:
        entries = (process / "environ").read_bytes().split(b"\0")
        return any(entry == exactly or entry.startswith(exactly + b"/") for entry in entries)

    return belongs


def kill(belongs: Callable[[Path], bool]) -> int:
    """Kill all processes that satisfy BELONGS and wait until they are gone; returns how many.

    The handle is opened before the last look, so a pid that was used again is never hit.
    """
    handles = []
    for pid in find(belongs):
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        if _safely(belongs, pid):
            # It may have ended by itself since.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            handles.append(handle)
        else:
            os.close(handle)
    deadline = time.monotonic() + 10
    for handle in handles:
        # A handle becomes readable when its process has ended.
        select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
        os.close(handle)
    return len(handles)


def _safely(belongs: Callable[[Path], bool], pid: int) -> bool:
    try:
        return belongs(Path(f"/proc/{pid}"))
    except OSError:
        # It has ended in the meantime.
        return False
