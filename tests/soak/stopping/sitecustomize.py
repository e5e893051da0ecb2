# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stops the process that has loaded it at an instant that a test has asked for, so that it can be killed exactly there.

Python loads it by itself at its start: here because PYTHONPATH leads to it, on a host because it was installed there. The
directory that SOAK_STOP names, or the usual one on a host, holds `ask.json`: `kind` and `number` of the instant, and `part`.
Each instant is written to `trace`, and the one at which the process was stopped to `stopped`.

    kind      an instant is
    task      the start of a task (told by the callback plugin beside this)
    request   a request to the CA; part is before, middle (its head was sent, not its body) or after (it was sent)
    request, webroot, deploy, as `file:request` ...: a step of that module, on a host, that changes the file system
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(os.environ.get("SOAK_STOP", "/var/lib/soak-stop"))
_HOST_TASKS = "ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks."
# As tests/unit/plugins/module_utils/_store/test_killed.py.
_STEPS = {"os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.chown", "os.link", "open"}
_EVENTS = _STEPS | {"soak.task", "http.client.send"}
_OURS = ("/etc/webpki", "/var/www")
_METHODS = (b"GET ", b"HEAD ", b"POST ")


class _Instants:
    """Counts the instants of this process."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._kind = asked.get("kind")
        self._number = asked.get("number")
        self._part = asked.get("part")
        self._delay = asked.get("delay", 0.0)
        self._counted: dict[str, int] = {}
        self._lock = threading.Lock()
        # What is done here is reported as well.
        self._busy = threading.local()
        self._stopped = False

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Told by Python of what it is about to do."""
        if event not in _EVENTS or getattr(self._busy, "busy", False):
            return
        self._busy.busy = True
        try:
            if event == "soak.task":
                self._at("task", arguments[0])
            elif event == "http.client.send":
                self._send(bytes(arguments[1]))
            elif _writes(event, arguments):
                module = next(
                    (name for name in ("request", "webroot", "deploy") if _HOST_TASKS + name in sys.modules), ""
                )
                if module:
                    self._at(f"file:{module}", f"{event} {arguments[0]}")
        finally:
            self._busy.busy = False

    def _send(self, data: bytes) -> None:
        if data.startswith(_METHODS):
            what = data.partition(b" HTTP/")[0].decode()
            asked = self._at("request", what, stop=self._part == "before") and self._part != "before"
            # The body is sent by the same thread, while others may be at the next request.
            self._busy.body_of = what if asked and data.startswith(b"POST ") else ""
            if asked and not self._busy.body_of:
                self._stop(what, 0.002)
        elif what := getattr(self._busy, "body_of", ""):
            self._busy.body_of = ""
            self._stop(what, 0.0 if self._part == "middle" else 0.002)

    def _at(self, kind: str, what: str, stop: bool = True) -> bool:
        with self._lock:
            number = self._counted[kind] = self._counted.get(kind, 0) + 1
            with (HERE / "trace").open("a") as trace:
                trace.write(f"{kind}\t{number}\t{what}\n")
            asked = kind == self._kind and number == self._number
            if asked and stop:
                self._stop(what, self._delay)
        return asked

    def _stop(self, what: str, delay: float) -> None:
        if self._stopped:
            # It was let go on.
            return
        if delay:
            threading.Thread(target=self._stop_later, args=(what, delay), daemon=True).start()
        else:
            (HERE / "stopped.new").write_text(what)
            os.rename(HERE / "stopped.new", HERE / "stopped")
            self._stopped = True
            os.kill(os.getpid(), signal.SIGSTOP)

    def _stop_later(self, what: str, delay: float) -> None:
        self._busy.busy = True
        time.sleep(delay)
        self._stop(what, 0.0)


def _writes(event: str, arguments: tuple[Any, ...]) -> bool:
    path = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else ""
    if os.path.isabs(path) and not path.startswith(_OURS):
        return False
    return event != "open" or bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _begin() -> None:
    try:
        asked = json.loads((HERE / "ask.json").read_text())
    except OSError:
        return
    sys.addaudithook(_Instants(asked).hook)


_begin()
