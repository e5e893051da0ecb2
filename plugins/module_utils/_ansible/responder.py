# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts and ends the server that answers tls-alpn-01 challenges, of which a store has one at a time.

STORE/.responder holds the number of its process, which keeps it locked: where it is not locked there is none.

Whether one that runs is left from a run that was killed, or belongs to one that is at work, nobody can tell here. So the run that
comes last has its way: it starts its own in the place of any other, and ends whichever there is.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._store import writing
from .._store.errors import StoreError, doing
from . import responder_program

_LOCK = ".responder"
_PLACE = re.compile(r"(\*|\[[0-9A-Fa-f:.]+\]|[0-9.]+):([0-9]{1,5})")
# To read a few keys and open a port.
_START_SECONDS = 30
_END_SECONDS = 5.0
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Place:
    """Where the server listens."""

    addresses: Sequence[str]
    port: int


def place(text: str) -> Place:
    """The addresses and the port of address:port, where * are all addresses of the host. StoreError for something else."""
    found = _PLACE.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 65536:
        raise StoreError(
            f"{text!r} is no place to listen at", "Give an address and a port, such as *:443 or 127.0.0.1:10443."
        )
    everywhere = ["0.0.0.0", *(["::"] if socket.has_dualstack_ipv6() else [])]  # noqa: S104 - CAs come from anywhere
    return Place(everywhere if found[1] == "*" else [found[1].strip("[]")], int(found[2]))


def start(store: str, at: Place, certificates: Mapping[str, str], lifetime: int) -> None:
    """Starts the server with these certificates (by server name, key and certificate as PEM), in the place of one that runs.

    It ends by itself after `lifetime` seconds. StoreError when it cannot listen there.
    """
    stop(store)
    writing.make_directory(store)
    wanted = {
        "addresses": at.addresses,
        "port": at.port,
        "certificates": certificates,
        "lifetime": lifetime,
    }
    with doing("start the server for tls-alpn-01 challenges"):
        process = subprocess.Popen(
            # Isolated, so that nothing but Python's own is found, wherever it is started from.
            [sys.executable, "-I", "-c", inspect.getsource(responder_program), _lock(store)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
    said = _said(process, json.dumps(wanted))
    if said != responder_program.READY:
        process.wait()
        raise StoreError(f"cannot answer tls-alpn-01 challenges on port {at.port}: {said}", _hint(said))


def stop(store: str) -> bool:
    """Ends the server; returns whether there was one."""
    path = _lock(store)
    with doing(f"end the server for tls-alpn-01 challenges that {path} tells of"), contextlib.ExitStack() as stack:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        stack.callback(os.close, descriptor)
        ran = not _is_free(descriptor)
        give_up = time.monotonic() + _END_SECONDS
        while not _is_free(descriptor):
            if time.monotonic() > give_up:
                raise StoreError(f"the server of which {path} tells does not end", "End it, then run again.")
            _end(descriptor, path)
            time.sleep(_LOOK_EVERY)
        os.unlink(path)
        return ran


def running(store: str) -> bool:
    """Whether there is one."""
    with doing(f"look at {_lock(store)}"), contextlib.ExitStack() as stack:
        try:
            descriptor = os.open(_lock(store), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        stack.callback(os.close, descriptor)
        return not _is_free(descriptor)


def _said(process: subprocess.Popen[str], wanted: str) -> str:
    """Return the last line of what a process says, given its input, until it lets go of its output."""
    watch = threading.Timer(_START_SECONDS, process.kill)
    watch.start()
    try:
        with process.stdin as asked, process.stdout as told:  # type: ignore[union-attr]
            with contextlib.suppress(BrokenPipeError):
                asked.write(wanted)
                asked.close()
            return (told.read().splitlines() or ["it ended, or was not ready in time"])[-1]
    finally:
        watch.cancel()


def _lock(store: str) -> str:
    return os.path.join(os.path.realpath(store), _LOCK)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end(descriptor: int, path: str) -> None:
    number = os.pread(descriptor, 20, 0)
    # It is written right after the lock was taken.
    if number.isdigit() and _is_server(int(number), path):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGTERM)


def _is_server(number: int, path: str) -> bool:
    """Whether a process is the server with this lock. Where the system does not tell of processes the number is believed."""
    try:
        with open(f"/proc/{number}/cmdline", "rb") as file:
            arguments = file.read().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return not os.path.isdir("/proc/self")
    return b"-c" in arguments and arguments[-2:] == [os.fsencode(path), b""]


def _hint(said: str) -> str:
    if said == os.strerror(errno.EADDRINUSE):
        return (
            "Let what listens there hand connections that ask for acme-tls/1 to another address and port, "
            "and name that one here (docs/challenges.md)."
        )
    if said == responder_program.TAKEN:
        return "Run again when that one is done: a store has one server at a time."
    if said == os.strerror(errno.EACCES):
        return "Run the task as a user who may do that (become: true)."
    return ""
