# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one process that talks to CAs: shared, told how far it is, and gone when nobody needs it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible_collections.webpki.acme.plugins.module_utils._ansible.conversation import CONVERSATIONS
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import Task
from ansible_collections.webpki.acme.plugins.plugin_utils import ca_process, ca_server, ca_tasks

Ask = Callable[..., dict[str, Any]]


def work(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """What is asked for, and by whom it was done."""
    (Path(options["directory"]) / "begun").touch()
    time.sleep(options["seconds"])
    if options["fault"]:
        raise RuntimeError("a mistake of ours")
    if options["end"]:
        raise SystemExit(options["end"])
    return {"changed": check_mode, "process": os.getpid(), "keeps": CONVERSATIONS.keep}


TASK = Task(
    work,
    {
        "deadline": {"type": "float"},
        "directory": {"type": "path"},
        "seconds": {"type": "float", "default": 0},
        "fault": {"type": "bool", "default": False},
        "end": {"type": "str"},
    },
)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """`ask(seconds=1)` is what a task gives; what was started is ended after the test."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path), raising=False)
    monkeypatch.setitem(ca_tasks.TASKS, "work", TASK)
    monkeypatch.setattr(ca_server, "TELL_EVERY", 0.1)
    others: set[int] = set()

    def outcome(tell: Callable[[str], None] = lambda line: None, check_mode: bool = False, **options: Any) -> Any:
        found = ca_process.outcome("work", {"directory": str(tmp_path), **options}, check_mode, tell)
        others.add(found["process"])
        return found

    yield outcome
    for process in others - {os.getpid()}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def gone(process: int) -> bool:
    """Wait until a process, a child of this one, has ended."""
    for _attempt in range(100):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_shared(ask: Ask) -> None:
    """All tasks are done by one other process, which keeps its conversations."""
    first, second = ask(), ask(check_mode=True)
    assert first["process"] == second["process"] != os.getpid()
    assert (first["keeps"], first["changed"], second["changed"]) == (True, False, True)


@pytest.mark.parametrize("threads", [0, 1])
def test_begun(tmp_path: Path, threads: int) -> None:
    """It can be begun before there is a task, once, but not beside another thread, whose locks it would find closed for ever."""
    script = f"""
import os, threading
from ansible import constants
from {ca_process.__name__} import begin
constants.DEFAULT_LOCAL_TMP = {str(tmp_path)!r}
waiting = threading.Event()
for _number in range({threads}):
    threading.Thread(target=waiting.wait).start()
for _time in range(2):
    begin()
print(*os.listdir(constants.DEFAULT_LOCAL_TMP))
waiting.set()
"""
    found = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert found.split() == ([] if threads else ["ca"])


def test_gets_ready(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets ready for what is expected before the first task is done."""

    def get_ready(options: Mapping[str, Any], requests: int) -> None:
        time.sleep(0.5)
        (tmp_path / "ready").write_text(f"{options['ca']} {requests}")

    monkeypatch.setattr(ca_tasks, "get_ready", get_ready)
    ca_server.start(str(tmp_path / "ca"), ({"ca": "https://ca.example/directory"}, 3))
    assert ask()["process"] != os.getpid()
    assert (tmp_path / "ready").read_text() == "https://ca.example/directory 3"


def test_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong options are left for the tasks to tell."""
    prepared: list[int] = []
    monkeypatch.setattr(CONVERSATIONS, "prepare", lambda _params, requests: prepared.append(requests))
    ca_tasks.get_ready({"ca": "https://ca.example/directory", "concurrency": "many"}, 3)
    ca_tasks.get_ready({"ca": "https://ca.example/directory", "concurrency": "2"}, 3)
    assert prepared == [3]


def test_not_begun_by_an_orphan(tmp_path: Path) -> None:
    """A task that is left over when Ansible was killed begins nothing: nobody would end it."""
    script = f"""
import os, time
from pathlib import Path
from ansible import constants
from {ca_process.__name__} import begin
ansible = os.getpid()
directory = Path({str(tmp_path)!r}, f"ansible-local-{{ansible}}abcdefgh")
directory.mkdir()
constants.DEFAULT_LOCAL_TMP = str(directory)
if os.fork() == 0:
    while os.getppid() == ansible:
        time.sleep(0.01)
    begin()
    print(os.listdir(directory), flush=True)
    os._exit(0)
os._exit(0)
"""
    found = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True, timeout=30)
    assert found.stdout.strip() == "[]"


def test_begun_in_vain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be had nothing is said: that is for the tasks that need it."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "none"))
    ca_process.begin()


def test_busy(ask: Ask, tmp_path: Path) -> None:
    """Where it is busy a task does its work by itself, and closes its connections at the end."""
    ask()
    (tmp_path / "begun").unlink()
    other = threading.Thread(target=ask, kwargs={"seconds": 2})
    other.start()
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    found = ask()
    other.join()
    assert (found["process"], found["keeps"]) == (os.getpid(), False)


@pytest.mark.parametrize("made", [False, True])
def test_directory(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bool) -> None:
    """The name of the directory may be longer than that of a socket; where there is none a task does its work by itself."""
    directory = tmp_path / ("long" * 30)
    if made:
        directory.mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(directory))
    found = [ask()["process"] for _time in range(2)]
    assert (found[0] == found[1]) and (found[0] != os.getpid()) == made


@pytest.mark.parametrize("alone", [False, True])
def test_progress(ask: Ask, alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How far it is is told from time to time, and nothing when it is quick."""
    monkeypatch.setattr(CONVERSATIONS, "progress", lambda: "1 of 2 orders ready")
    if alone:
        monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "none"))
    told: list[str] = []
    ask(told.append)
    assert told == []
    ask(told.append, seconds=0.5)
    assert set(told) == {"1 of 2 orders ready"}
    assert 1 <= len(told) <= 5


@pytest.mark.parametrize("alone", [False, True])
def test_fault(ask: Ask, alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the program comes out as such, and the process goes on."""
    before = ask()["process"]
    if alone:
        monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "none"))
    with pytest.raises(AnsibleActionFail, match="a mistake of ours"):
        ask(fault=True)
    assert alone or ask()["process"] == before


def test_private_key_in_a_fault(ask: Ask) -> None:
    """What ends the work by force, and so is no fault of a task, does not tell a private key either."""
    pem = "-----BEGIN PRIVATE KEY-----\nxyzzy\n-----END PRIVATE KEY-----\n"
    ask()
    with pytest.raises(AnsibleActionFail, match="(?s)Traceback.*SystemExit") as fault:
        ask(end=repr(pem))
    assert "xyzzy" not in str(fault.value)


def test_killed(ask: Ask, tmp_path: Path) -> None:
    """A process that was ended from outside while it worked fails the task, and the next one starts another."""
    process = ask()["process"]
    (tmp_path / "begun").unlink()

    def kill() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        os.kill(process, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(AnsibleActionFail, match="ended from outside"):
        ask(seconds=10)
    killer.join()
    assert gone(process)
    assert ask()["process"] not in (process, os.getpid())


def test_hangs(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that does not answer, though the deadline of the task is over, fails the task."""
    ask()
    monkeypatch.setattr(ca_process, "GRACE", 0.2)
    with pytest.raises(AnsibleActionFail, match="did not end within the deadline and 0.2 seconds"):
        ask(seconds=10, deadline=0.6)


def test_nobody_waits(ask: Ask, tmp_path: Path) -> None:
    """When the task that asked is ended, what is done for it ends too."""
    process = ask()["process"]
    (tmp_path / "begun").unlink()
    with contextlib.closing(ca_process._connect(str(tmp_path / "ca"))) as connection:
        connection.send_bytes(json.dumps(["work", {"directory": str(tmp_path), "seconds": 60}, False]).encode())
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
    assert gone(process)


@pytest.mark.parametrize("reaped", [True, False])
def test_ends_with_the_run(tmp_path: Path, reaped: bool) -> None:
    """It ends by itself when Ansible was killed, also where nobody takes note of that."""
    script = f"""
import os, signal
from ansible import constants
from {ca_process.__name__} import outcome
constants.DEFAULT_LOCAL_TMP = {str(tmp_path)!r}
task = os.fork()
if task:
    os.waitpid(task, 0)
    os.kill(os.getpid(), signal.SIGKILL)
outcome("directory_info", {{"ca": "none"}}, False, print)
os._exit(0)
"""
    ansible = subprocess.Popen([sys.executable, "-c", script])
    while not (tmp_path / "ca").exists():
        time.sleep(0.01)
    if reaped:
        ansible.wait()
    before = time.monotonic()
    while _listens(tmp_path / "ca"):
        assert time.monotonic() - before < 15
        time.sleep(0.1)
    ansible.wait()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
    return True
