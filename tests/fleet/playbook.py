# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running ansible-playbook as a user does, and what came of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.paths import REPOSITORY
from tests.lab.pebble import NO_ORDER, cannot_be_replaced

HERE = Path(__file__).parent
RENEW = "webpki.acme.renew"

#: No run of a test takes as long, even on a busy machine; a hang must not hold up the others.
PATIENCE = 300.0


@dataclass(frozen=True)
class Result:
    """What one task gave on one host. status: ok, skipped, failed, ignored, unreachable."""

    host: str
    task: str
    status: str
    values: Mapping[str, Any]

    @property
    def changed(self) -> bool:
        """Whether the task changed something there."""
        return self.status in ("ok", "failed") and bool(self.values.get("changed"))


@dataclass(frozen=True)
class Run:
    """One run of a playbook: exit code, what stood on the screen, the seconds it took, and what the tasks gave.

    record is what a callback plugin was given of that, as text.
    """

    code: int
    screen: str
    record: str
    seconds: float
    results: Sequence[Result]
    stats: Mapping[str, Mapping[str, int]]

    def of(self, task: str, host: str | None = None) -> list[Mapping[str, Any]]:
        """The results of the tasks with this name (on one host) that were not skipped."""
        found = [one for one in self.results if one.task == task and host in (None, one.host)]
        return [one.values for one in found if one.status != "skipped"]

    def count(self, what: str) -> dict[str, int]:
        """Host -> how often: ok, changed, failures, unreachable, rescued, ignored; hosts with none are left out."""
        return {host: numbers[what] for host, numbers in self.stats.items() if numbers[what]}

    def failed(self) -> set[str]:
        """The hosts that are failed or unreachable at the end."""
        return {*self.count("failures"), *self.count("unreachable")}

    def messages(self, host: str) -> list[str]:
        """Why tasks failed on a host, in the sequence of the play."""
        bad = ("failed", "unreachable")
        return [str(one.values.get("msg")) for one in self.results if one.host == host and one.status in bad]

    def changes(self) -> list[tuple[str, str]]:
        """Host and name of each task that changed something."""
        return [(one.host, one.task) for one in self.results if one.changed]

    def good(self) -> Run:
        """This run, when it went well on all hosts without a warning; AssertionError with the screen otherwise.

        What Pebble alone gets wrong is no warning.
        """
        assert self.code == 0, self.screen
        warnings = [line for line in self.screen.splitlines() if "[WARNING]" in line]
        if any(map(cannot_be_replaced, re.findall(r'"replaces": "([\w.-]+)"', self.record))):
            warnings = [line for line in warnings if NO_ORDER not in line]
        assert not warnings, self.screen
        return self


def run(
    playbook: str,
    inventory: Path,
    directory: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
) -> Run:
    """Run PLAYBOOK (its name or path) over INVENTORY; DIRECTORY takes what Ansible writes on the controller.

    :param within: a command that runs Ansible in surroundings of its own.
    """
    directory.mkdir(parents=True, exist_ok=True)
    record = directory / "record.jsonl"
    started = time.monotonic()
    done = subprocess.run(
        [*within, "ansible-playbook", "-i", str(inventory), *arguments, playbook],
        env=_environment(directory, record) | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=directory,
        timeout=PATIENCE,
        check=False,
    )
    seconds = time.monotonic() - started
    (directory / "screen").write_text(done.stdout)
    text = record.read_text() if record.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    stats = lines.pop()["stats"] if lines and "stats" in lines[-1] else {}
    results = [Result(line["host"], line["task"], line["status"], line["result"]) for line in lines]
    return Run(done.returncode, done.stdout, text, seconds, results, stats)


def _environment(directory: Path, record: Path) -> dict[str, str]:
    # Settings of whoever runs the tests must not decide about them.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "HOME": str(directory),
        "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".build" / "collections"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "fleet_record",
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_NOCOLOR": "1",
        "FLEET_RECORD": str(record),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
