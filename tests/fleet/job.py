# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: by ansible-runner, in a private data directory, without a home directory and a terminal."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.lab.paths import REPOSITORY

from .playbook import PATIENCE, Result, Run

#: Not even root can make this directory.
NO_HOME = "/proc/nowhere"
_IDENT = "1"
_STATUS = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}
_COUNTED = {"ok": "ok", "changed": "changed", "failures": "failures", "unreachable": "dark"}
_COUNTED |= {"rescued": "rescued", "ignored": "ignored"}


def injected(injectors: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """The extra variables that a credential with INPUTS gives to a job, by the injectors of its type."""
    environment = ImmutableSandboxedEnvironment()
    return {name: environment.from_string(text).render(**inputs) for name, text in injectors["extra_vars"].items()}


def sliced(hosts: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """The hosts of each job slice: by name, every COUNTth."""
    return [{name: hosts[name] for name in sorted(hosts)[number::count]} for number in range(count)]


def run(directory: Path, slices: Sequence[Mapping[str, Mapping[str, Any]]], **job: Any) -> list[Run]:
    """Run a job for each of SLICES, all at once; JOB is what they have in common: `project`, `variables`, `extra`, `secret`, see :func:`_run`."""
    with ThreadPoolExecutor(len(slices)) as pool:
        return list(pool.map(lambda one: _run(directory / f"slice-{one[0]}", one[1], job), enumerate(slices, start=1)))


def _run(directory: Path, hosts: Mapping[str, Mapping[str, Any]], job: Mapping[str, Any]) -> Run:
    """Run a job; the record is all that is kept of it.

    :param directory: the private data directory, made here.
    :param hosts: the hosts of this slice, all in the group web.
    :param job: `project`: path -> text of the project's files, of which the playbook is `renew.yml`; `variables`: those of
        the inventory; `extra`: those of the job template; `secret`: those that credentials give.
    """
    inventory = _inventory_script(hosts, job["variables"])
    _prepare(directory, job["project"], inventory, job["extra"], job["secret"])
    started = time.monotonic()
    done = subprocess.run(
        ["ansible-runner", "run", str(directory), "--playbook", "renew.yml", "--ident", _IDENT],
        env=_environment(directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        timeout=PATIENCE,
        check=False,
        # Without a controlling terminal.
        start_new_session=True,
    )
    seconds = time.monotonic() - started
    here = directory / "artifacts" / _IDENT
    files = {path: path.read_text() for path in here.rglob("*") if path.is_file()}
    events = [json.loads(text) for path, text in files.items() if path.parent.name == "job_events"]
    events.sort(key=lambda event: int(event["counter"]))
    results = [
        Result(event["event_data"]["host"], event["event_data"]["task"], status, event["event_data"].get("res", {}))
        for event in events
        if (status := _STATUS.get(event["event"]))
    ]
    stats = next((_by_host(event["event_data"]) for event in events if event["event"] == "playbook_on_stats"), {})
    screen = done.stdout + files.get(here / "stdout", "")
    return Run(done.returncode, screen, "".join(files.values()), seconds, results, stats)


def _prepare(
    directory: Path, project: Mapping[str, str], inventory: str, extra: Mapping[str, Any], secret: Mapping[str, str]
) -> None:
    given = directory / "env" / "tmpsecret"
    files = {
        **{f"project/{path}": text for path, text in project.items()},
        "inventory/hosts": inventory,
        "env/extravars": yaml.safe_dump({**extra, "awx_job_id": 1, "awx_job_launch_type": "scheduled"}),
        "env/settings": json.dumps({"suppress_ansible_output": True}),
        "env/cmdline": shlex.join(["-u", "root", "--forks=5", "-e", f"@{given}"]),
        # AWX has them taken as they are, whatever they contain.
        "env/tmpsecret": "".join(f"!unsafe {name}: !unsafe {json.dumps(secret[name])}\n" for name in secret) or "{}",
    }
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    (directory / "inventory" / "hosts").chmod(0o700)


def _inventory_script(hosts: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
    data = {
        "all": {"vars": dict(variables), "hosts": [], "children": ["web"]},
        "web": {"hosts": list(hosts)},
        "_meta": {"hostvars": dict(hosts)},
    }
    return f"#! /usr/bin/env python3\nprint({json.dumps(data)!r})\n"


def _environment(directory: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": NO_HOME,
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".build" / "collections"),
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_FORCE_COLOR": "True",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "JOB_ID": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _by_host(data: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {host: {name: data[key].get(host, 0) for name, key in _COUNTED.items()} for host in data["processed"]}
