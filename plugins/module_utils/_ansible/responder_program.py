# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server that answers tls-alpn-01 challenges (RFC 8737): a program of its own, which needs nothing but Python.

Its argument is a file, which it locks, and by which its process is known. On its standard input it takes JSON: `addresses` and
`port` to listen on, `certificates` (by server name, key and certificate as PEM) and `lifetime` (seconds). It says "ready", or what
is wrong, and goes on by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import selectors
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

PROTOCOL = "acme-tls/1"
READY = "ready"
TAKEN = "another run has begun to answer challenges on this host at the same moment"
_HANDSHAKE_SECONDS = 10
_MOST_AT_ONCE = 50
_NOBODY = 65534


def main() -> None:
    """Do what the standard input says until the lifetime is over or the process is ended."""
    wanted = json.load(sys.stdin)
    try:
        # Whoever holds it is the one whose number stands in the file: so no other process is ever taken for this one.
        lock = _locked(sys.argv[1])
        context = _context(wanted["certificates"])
        sockets = [_listening(address, wanted["port"]) for address in wanted["addresses"]]
    except BlockingIOError:
        sys.stdout.write(TAKEN)
        return
    except OSError as error:
        sys.stdout.write(os.strerror(error.errno) if error.errno else str(error))
        return
    _become_nobody()
    _let_go()
    with lock:
        _serve(sockets, context, time.monotonic() + wanted["lifetime"])


def _locked(path: str) -> Any:
    options = os.O_NOFOLLOW | os.O_CLOEXEC
    # What is held while strangers are talked to cannot be written: the number is one of a process that root will end.
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | options, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with open(os.open(path, os.O_WRONLY | os.O_TRUNC | options), "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    return os.fdopen(descriptor, "r")


def _context(certificates: Mapping[str, str]) -> ssl.SSLContext:
    """Return what chooses among the certificates by the name that is asked for."""
    known = {name: _own_context(pem) for name, pem in certificates.items()}

    def choose(connection: Any, name: str | None, _context: ssl.SSLContext) -> int | None:
        if name is None or name.lower() not in known:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = known[name.lower()]
        return None

    context = _plain_context()
    context.sni_callback = choose
    return context


def _own_context(pem: str) -> ssl.SSLContext:
    context = _plain_context()
    # Python takes keys from files only. In a directory that is for this user alone, for as long as that takes.
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "challenge.pem")
        with open(path, "w", encoding="ascii", opener=_private) as file:
            file.write(pem)
        context.load_cert_chain(path)
    return context


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _plain_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([PROTOCOL])
    return context


def _listening(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family, backlog=_MOST_AT_ONCE)


def _become_nobody() -> None:
    # The port is open and the keys are read: what strangers talk to needs no rights.
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _let_go() -> None:
    """Say that all is well to whoever started this, who then need not wait for its end."""
    sys.stdout.write(READY)
    sys.stdout.flush()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _serve(sockets: Sequence[socket.socket], context: ssl.SSLContext, end: float) -> None:
    under_way = threading.BoundedSemaphore(_MOST_AT_ONCE)
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            one.setblocking(False)
            selector.register(one, selectors.EVENT_READ)
        while time.monotonic() < end:
            for key, _events in selector.select(max(0.0, end - time.monotonic())):
                with contextlib.suppress(OSError):
                    connection = key.fileobj.accept()[0]  # type: ignore[union-attr]
                    under_way.acquire()
                    threading.Thread(target=_shake_hands, args=(connection, context, under_way), daemon=True).start()


def _shake_hands(connection: socket.socket, context: ssl.SSLContext, under_way: threading.BoundedSemaphore) -> None:
    # RFC 8737 section 3: once the handshake is done, the connection is closed.
    try:
        with contextlib.suppress(OSError, ValueError), connection:
            connection.settimeout(_HANDSHAKE_SECONDS)
            context.wrap_socket(connection, server_side=True).close()
    finally:
        under_way.release()


if __name__ == "__main__":
    main()
