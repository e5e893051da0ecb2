# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A web server on loopback, over TLS if wanted, that serves a CA's lists and answers, and does what web servers do otherwise."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StatusServer:
    """`answers[path]` is what is served there, or what is made of the body of a POST; `asked` are the requests so far."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, bytes | Callable[[bytes], bytes]] = {}
        self.asked: list[tuple[str, str, bytes]] = []
        #: Path -> where it leads to.
        self.elsewhere: dict[str, str] = {}
        #: Seconds between one byte and the next.
        self.slow = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._scheme = "https" if context else "http"
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path: str) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{path}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes) -> None:
                server.asked.append((self.command, self.path, body))
                found = server.answers.get(self.path)
                where = server.elsewhere.get(self.path)
                self.send_response(302 if where else 200 if found is not None else 404)
                if where:
                    self.send_header("Location", where)
                reply = found(body) if callable(found) else found or b""
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                if not server.slow:
                    self.wfile.write(reply)
                    return
                for byte in reply:
                    self.wfile.write(bytes([byte]))
                    time.sleep(server.slow)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

            def handle_one_request(self) -> None:
                # A client that goes away in the middle is part of the tests.
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

        return Handler
