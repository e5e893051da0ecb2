# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the playbook that are stopped at a certain instant: to be killed there, or to see what others do meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.fleet import playbook
from tests.fleet.fleet import Fleet, Variables
from tests.fleet.playbook import Run
from tests.lab import network
from tests.lab.host import Host
from tests.lab.service import MARK, find, is_marked, kill

STOPPING = Path(__file__).parent / "stopping"
_ON_HOST = "var/lib/soak-stop"
_PYTHON = "usr/lib/python3/dist-packages"
_PATIENCE = 120.0


@dataclass(frozen=True)
class Instant:
    """The NUMBERth event of this kind in a run, see stopping/sitecustomize.py; delay is in seconds."""

    kind: str
    number: int | None = None
    part: str = "before"
    delay: float = 0.0

    @property
    def on_host(self) -> bool:
        return self.kind.startswith("file:")


NEVER = Instant("none")


def install(host: Host) -> None:
    """Let Python on a host load what stops it."""
    packages = host.root / _PYTHON
    shutil.copy(STOPPING / "sitecustomize.py", packages / "soak_stop.py")
    (packages / "soak_stop.pth").write_text("import soak_stop\n")


class Stopped:
    """A run under way; :attr:`at` says what it was about to do when it was stopped, and is empty while it was not."""

    def __init__(self, fleet: Fleet, host: Host, directory: Path, instant: Instant, running: Future[Run]) -> None:
        self._host = host
        self._directory = directory
        self._running = running
        self._namespace = network.namespace(fleet.lab.name, host.name)
        self._places = (directory, host.root / _ON_HOST)
        self._mark = self._places[instant.on_host] / "stopped"
        self.at = ""

    def wait(self) -> bool:
        """Return when the instant has come (True), or the run has ended before (False)."""
        patience = time.monotonic() + _PATIENCE
        while not self._running.done():
            if self._mark.exists():
                self.at = self._mark.read_text()
                # For this run only.
                (self._host.root / _ON_HOST / "ask.json").write_text("{}")
                return True
            assert time.monotonic() < patience, "the run neither ended nor came to the instant"
            time.sleep(0.002)
        return False

    def kill(self, host_too: bool = True) -> None:
        """End the playbook and all that it has started, as kill -9 does; HOST_TOO: also what was stopped on the host."""
        while kill(is_marked(self._directory)):
            pass
        self._running.exception()
        if host_too:
            kill(self._is_stopped)
        else:
            self._continue(self._is_stopped)

    def go_on(self) -> Run:
        """Let the run go on, to its end."""
        self._continue(is_marked(self._directory))
        self._continue(self._is_stopped)
        return self._running.result()

    def trace(self) -> list[tuple[str, int, str]]:
        """What instants there were: kind, number and what was about to be done."""
        texts = [path.read_text() for place in self._places if (path := place / "trace").exists()]
        lines = [line.split("\t", 2) for line in "".join(texts).splitlines()]
        return [(kind, int(number), what) for kind, number, what in lines]

    def _is_stopped(self, process: Path) -> bool:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return state == "T" and network.runs_in([self._namespace])(process)

    @staticmethod
    def _continue(belongs: Any) -> None:
        for pid in find(belongs):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def stopped(
    fleet: Fleet, host: Host, hosts: Mapping[str, Variables], instant: Instant, **variables: Any
) -> Iterator[Stopped]:
    """Run the playbook over HOSTS until the instant. Nothing of it is left when the block ends."""
    directory = fleet.directory / f"stopped-{time.monotonic_ns()}"
    for place in (directory, host.root / _ON_HOST):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    ask = json.dumps(asdict(instant))
    (directory / "ask.json").write_text(ask if not instant.on_host else "{}")
    (host.root / _ON_HOST / "ask.json").write_text(ask if instant.on_host else "{}")
    environment = {
        MARK: str(directory),
        "SOAK_STOP": str(directory),
        "PYTHONPATH": f"{STOPPING}:{os.environ.get('PYTHONPATH', '')}",
        "ANSIBLE_CALLBACK_PLUGINS": f"{playbook.HERE / 'callback_plugins'}:{STOPPING / 'callback_plugins'}",
        "ANSIBLE_CALLBACKS_ENABLED": "fleet_record,soak_tasks",
    }
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(fleet.run, hosts, environment=environment, **variables)
        run = Stopped(fleet, host, directory, instant, running)
        try:
            yield run
        finally:
            run.kill()
            shutil.rmtree(host.root / _ON_HOST)
