# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process that talks to CAs: how it starts beside the task that was first, serves the others, and ends with the run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection, Pipe, wait
from types import ModuleType
from typing import Any, NoReturn

from ansible.errors import AnsibleActionFail

from ..module_utils._ansible.secrecy import without
from . import checked_task

# Seconds between two words on progress, and before the first: a quiet run tells nothing.
TELL_EVERY = 3.0
# Seconds between two looks at whether Ansible is still there.
LOOK_EVERY = 1.0
# Seconds that one of the two may take to say its first word.
PATIENCE = 5.0

Outcome = dict[str, Any]
Expected = tuple[Mapping[str, Any], int]


def start(path: str, expected: Expected | None = None) -> None:
    """Start it, listening on this socket, which is in the directory that Ansible makes for each run; not where another one has it.

    `expected` is as for `ca_process.begin`. Raise OSError where it cannot be had.
    """
    ansible = os.getppid()
    # Whoever has lost its parent has another one, which does not end. Ansible names its directory after its process, with eight
    # characters more.
    made_by = os.path.basename(os.path.dirname(path))[:-8].rpartition("ansible-local-")[2]
    if made_by.isdecimal() and int(made_by) != ansible:
        raise ProcessLookupError("Ansible has ended")
    with contextlib.suppress(OSError):
        # Threads that stay wait for work, and hold nothing; those that end are waited for.
        has_one_thread()
    own = f"{path}.{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        with short(own) as name:
            listener.bind(name)
        listener.listen()
        try:
            # It listens before it has its name, so that nobody has to wait for it; of several that start one gets the name.
            os.link(own, path)
        except FileExistsError:
            return
        finally:
            os.unlink(own)
        if os.fork() == 0:
            _serve(listener, path, ansible, expected)


def has_one_thread() -> bool:
    """Say whether a fork is safe, after a moment at the most; raise OSError where the system does not tell.

    A fork copies the locks that other threads hold, those of OpenSSL among them, and nobody opens them. Threads that Python
    has joined may still be on their way out.
    """
    for _look in range(20):
        if len(os.listdir("/proc/self/task")) == 1:
            return True
        time.sleep(0.001)
    return False


@contextlib.contextmanager
def short(path: str) -> Iterator[str]:
    """Yield another name of a path, for use by this process, as that of a socket may have 107 bytes only (unix(7))."""
    directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        other = f"/proc/self/fd/{directory}/{os.path.basename(path)}"
        yield other if os.path.isdir(os.path.dirname(other)) else path
    finally:
        os.close(directory)


def done(name: str, arguments: Mapping[str, Any], check_mode: bool) -> Outcome:
    """Return the result of the task of that name, done in this process. Raise AnsibleActionFail as `checked_task.outcome` does."""
    return checked_task.outcome(tasks().TASKS[name], f"webpki.acme.{name}", arguments, check_mode)


def tasks() -> ModuleType:
    """Return the module that does the tasks."""
    # Ansible imports an action in its own process, which would stand still as long as this takes.
    from . import ca_tasks

    return ca_tasks


def _serve(listener: socket.socket, path: str, ansible: int, expected: Expected | None) -> NoReturn:
    try:
        _detach(listener.fileno())
        getting_ready = threading.Thread(target=_get_ready, args=(expected,), daemon=True)
        getting_ready.start()
        end = _end_of(ansible)
        while True:
            ready = wait([listener, *end], LOOK_EVERY)
            if listener in ready:
                with contextlib.closing(Connection(listener.accept()[0].detach())) as connection:
                    _do(listener, connection, getting_ready.join)
            elif ready or not os.path.exists(path):
                break
            else:
                os.kill(ansible, 0)
    finally:
        # Nothing that Ansible does at its end is to be done here too.
        os._exit(0)


def _end_of(process: int) -> list[int]:
    """Return what is ready when a process has ended, also while nobody has taken note of that; nothing on old systems."""
    try:
        return [os.pidfd_open(process)]
    except (AttributeError, OSError):
        return []


def _detach(kept: int) -> None:
    """Let go of all that belongs to the task that was forked from: its output, its queues, its signals."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/dev/fd"):
        # Closed, a number could be given away again, and then be closed by the object that had it before.
        if int(name) not in (kept, nothing):
            with contextlib.suppress(OSError):
                os.dup2(nothing, int(name))


def _get_ready(expected: Expected | None) -> None:
    at_hand = tasks()
    if expected:
        at_hand.get_ready(*expected)


def _do(listener: socket.socket, connection: Connection, until_ready: Callable[[], None]) -> None:
    try:
        if not connection.poll(PATIENCE):
            return
        name, arguments, check_mode = json.loads(connection.recv_bytes())
        connection.send_bytes(b"taken")
    except (OSError, EOFError):
        # Whoever connected is gone.
        return
    ended, end = Pipe(duplex=False)

    def attempt() -> None:
        try:
            until_ready()
            tasks().CONVERSATIONS.keep = True
            said = json.dumps(["outcome", done(name, arguments, check_mode)])
        except BaseException as error:
            told = str(error) if isinstance(error, AnsibleActionFail) else without((), traceback.format_exc())
            said = json.dumps(["failure", told])
        end.send_bytes(said.encode("utf-8"))

    threading.Thread(target=attempt, daemon=True).start()
    with ended, end:
        while True:
            ready = wait([ended, connection, listener], TELL_EVERY)
            if ended in ready:
                connection.send_bytes(ended.recv_bytes())
                return
            if connection in ready:
                # Whoever asked is gone, be it by an interrupt: what goes on for nobody ends at once.
                os._exit(0)
            if listener in ready:
                listener.accept()[0].close()
            elif progress := tasks().CONVERSATIONS.progress():
                connection.send_bytes(json.dumps(["progress", progress]).encode("utf-8"))
