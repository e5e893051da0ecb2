# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small real web server over a directory, for tests that need no booted host."""

from __future__ import annotations

import functools
import http.server
import socket
import threading
from pathlib import Path
from typing import Any


class Webroot:
    """Serves DIRECTORY over HTTP.

    :param port: 0 takes a free one; give it to the CA as `http_port`.
    """

    def __init__(self, directory: Path, address: str = "127.0.0.1", port: int = 0) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        #: METHOD PATH of each request, oldest first.
        self.requests: list[str] = []
        handler = functools.partial(_Handler, directory=str(directory), requests=self.requests)
        kind = _ServerByIPv6 if ":" in address else _Server
        self._server = kind((address, port), handler)
        self.port = int(self._server.server_address[1])

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """End the server and free its port."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Webroot:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


class _Server(http.server.ThreadingHTTPServer):
    # A CA looks from several places at hundreds of names at once.
    request_queue_size = 1024


class _ServerByIPv6(_Server):
    address_family = socket.AF_INET6


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, requests: list[str], **kwargs: Any) -> None:
        self._requests = requests
        super().__init__(*args, **kwargs)

    def log_message(self, format: str, *args: Any) -> None:
        """Remember the request; the test's own output stays readable."""
        self._requests.append(f"{self.command} {self.path}")
