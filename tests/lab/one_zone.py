# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone around the name server of a lab, which knows names but no zones."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading

from .dns import Dns

_SOA, _IN = 6, 1
# A response, by an authority, of a server that recurses too.
_FLAGS = 0x8580


class OneZone:
    """Makes DOMAIN a zone: says so to who asks, and hands all other questions on to DNS. Ask it at :attr:`server`."""

    def __init__(self, domain: str, dns: Dns) -> None:
        self.domain = domain
        self.upstream = (dns.address, dns.port)
        zone = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                question, reply_to = self.request
                reply_to.sendto(zone.answer(question), self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)

    @property
    def server(self) -> str:
        """HOST:PORT to ask."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def __enter__(self) -> OneZone:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, query: bytes) -> bytes:
        """The reply to a query."""
        labels, end = _name(query)
        kind = struct.unpack_from("!H", query, end)[0]
        if kind != _SOA:
            return self._asked(query)
        data = b"\0\0" + struct.pack("!5I", 1, 60, 60, 60, 0)
        # The name of the record is that of the question.
        record = struct.pack("!HHHIH", 0xC00C, _SOA, _IN, 0, len(data)) + data
        found = [record] if ".".join(labels) == self.domain else []
        return b"".join([query[:2], struct.pack("!5H", _FLAGS, 1, len(found), 0, 0), query[12 : end + 4], *found])

    def _asked(self, query: bytes) -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream:
            upstream.settimeout(5)
            upstream.sendto(query, self.upstream)
            return upstream.recv(65535)


def _name(query: bytes) -> tuple[list[str], int]:
    """The labels of the name that is asked for, in lower case, and where it ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii").lower())
        at += 1 + query[at]
    return labels, at + 1
