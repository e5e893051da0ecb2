# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTPS server in this process that can end connections as a test wants it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class TlsServer(ThreadingHTTPServer):
    """A thread for each connection; `connections` are those that are open."""

    # Waiting for the threads at the end keeps a test from leaving sockets to the next one.
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, address: str, context: ssl.SSLContext, handler: type[TlsHandler]) -> None:
        super().__init__((address, 0), handler)
        self.connections: set[socket.socket] = set()
        self._context = context

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Serve, until `shutdown`."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        """Wrap a connection; the handshake is for its own thread."""
        connection, address = super().get_request()
        wrapped = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self.connections.add(wrapped)
        return wrapped, address

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        self.connections.discard(request)
        # No FIN before it: a socket that was told not to linger must end with a reset.
        self.close_request(request)

    def server_close(self) -> None:
        """End all connections, and wait for their threads."""
        # Clients keep connections alive: their threads end when the connection does.
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is part of many tests."""


class TlsHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    #: Seconds.
    patience = 10

    def setup(self) -> None:
        """Shake hands."""
        self.request.settimeout(self.patience)
        self.request.do_handshake()
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def reset(self) -> None:
        """End the connection with a reset in place of a reply."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
