# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one process of a run of Ansible that talks to CAs, so that tasks share connections, nonces and the account.

Ansible gives each task a process that ends with it. The first task that finds out that a CA is to be asked starts another
one, which is asked by all that follow, through a socket in the directory that Ansible makes for each run, for its user
alone. It does one task at a time, and ends with the run. Where it cannot be had, or is busy, a task talks to the CA by
itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail

from ..module_utils._ansible.arguments import ACME
from . import ca_server
from .ca_server import Expected, Outcome

# Seconds beyond its deadline in which a task has to end.
GRACE = 60.0


def begin(expected: Expected | None = None) -> None:
    """Start the process, so that it is ready for the tasks that are to follow; where it cannot be had these do without.

    `expected`: with which options these are going to ask a CA, and for how many requests at once it is to be ready then.
    """
    path = _path()
    with contextlib.suppress(OSError):
        if not os.path.exists(path) and ca_server.has_one_thread():
            ca_server.start(path, expected)


def outcome(name: str, arguments: Mapping[str, Any], check_mode: bool, tell: Callable[[str], None]) -> Outcome:
    """Return the result of the task of that name; `tell` is given a line on progress every few seconds.

    Raise AnsibleActionFail as `checked_task.outcome` does, and when the process was ended.
    """
    asked = json.dumps([name, arguments, check_mode], default=str).encode("utf-8")
    until = time.monotonic() + _longest(arguments)
    try:
        with contextlib.closing(_connect(_path())) as connection:
            connection.send_bytes(asked)
            taken = connection.poll(ca_server.PATIENCE) and connection.recv_bytes()
            while taken:
                kind, said = json.loads(_next(connection, until - time.monotonic()))
                if kind == "outcome":
                    return dict(said)
                if kind == "failure":
                    raise AnsibleActionFail(said)
                tell(said)
    except (OSError, EOFError):
        pass
    return alone(name, arguments, check_mode, tell)


def _path() -> str:
    return os.path.join(str(constants.DEFAULT_LOCAL_TMP), "ca")  # type: ignore[attr-defined]


def _longest(arguments: Mapping[str, Any]) -> float:
    """Return the seconds after which a task has ended, whatever its CA does."""
    try:
        return float(arguments.get("deadline") or ACME["deadline"]["default"]) + GRACE
    except (TypeError, ValueError):
        # It is refused at once.
        return GRACE


def _next(connection: Connection, seconds: float) -> bytes:
    what = f"did not end within the deadline and {GRACE:g} seconds"
    try:
        if connection.poll(max(0.0, seconds)):
            return connection.recv_bytes()
    except (OSError, EOFError):
        what = "was ended from outside"
    # How far it came nobody knows here.
    raise AnsibleActionFail(f"the process that talks to the CA {what}. Run it again: what was begun is taken up.")


def alone(name: str, arguments: Mapping[str, Any], check_mode: bool, tell: Callable[[str], None]) -> Outcome:
    """Return the same, done in this process."""
    done: queue.SimpleQueue[tuple[Outcome, BaseException | None]] = queue.SimpleQueue()

    def attempt() -> None:
        try:
            done.put((ca_server.done(name, arguments, check_mode), None))
        except BaseException as error:
            done.put(({}, error))

    threading.Thread(target=attempt, daemon=True).start()
    while True:
        try:
            found, error = done.get(timeout=ca_server.TELL_EVERY)
        except queue.Empty:
            if progress := ca_server.tasks().CONVERSATIONS.progress():
                tell(progress)
            continue
        if error:
            raise error
        return found


def _connect(path: str) -> Connection:
    client = socket.socket(socket.AF_UNIX)
    # What does not read is not waited for. The kernel knows seconds and microseconds (socket(7)).
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(ca_server.PATIENCE), 0))
    try:
        with ca_server.short(path) as name:
            try:
                client.connect(name)
            except ConnectionRefusedError:
                # It was ended from outside.
                os.unlink(path)
                ca_server.start(path)
                client.connect(name)
            except FileNotFoundError:
                ca_server.start(path)
                client.connect(name)
        return Connection(client.detach())
    finally:
        client.close()
