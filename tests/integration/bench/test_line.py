# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that adds a round-trip time takes as long as a real one, and loses nothing."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.bench.line import Line

ROUND_TRIP = 0.2
#: A busy machine is late, never early.
LATE = 0.18


class Echo(socketserver.BaseRequestHandler):
    """Says what it hears, until it hears no more."""

    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        with Line(tmp_path_factory.mktemp("line"), "127.0.0.1", server.server_address[1], ROUND_TRIP) as line:
            yield line
        server.shutdown()


def heard(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count and (data := connection.recv(65536)):
        parts += data
    return bytes(parts)


def test_the_first_answer_takes_two_round_trips_and_each_further_one_takes_one(line: Line) -> None:
    """To connect takes a round trip, and so does a request with its reply."""
    started = time.monotonic()
    with socket.create_connection((line.address, line.port), timeout=5) as connection:
        for round_trips in (2, 3, 4):
            connection.sendall(b"again")
            assert heard(connection, 5) == b"again"
            assert 0 <= time.monotonic() - started - round_trips * ROUND_TRIP < LATE


def test_much_takes_no_longer_than_little(line: Line) -> None:
    """Bytes follow each other on the line: it has a length, not a width."""
    much = bytes(range(256)) * 4096
    started = time.monotonic()
    with socket.create_connection((line.address, line.port), timeout=5) as connection:
        threading.Thread(target=connection.sendall, args=(much,)).start()
        assert heard(connection, len(much)) == much
    assert 0 <= time.monotonic() - started - 2 * ROUND_TRIP < 2 * LATE


def test_what_was_said_before_the_end_still_arrives(line: Line) -> None:
    """An end is delayed as everything else, and comes last."""
    with socket.create_connection((line.address, line.port), timeout=5) as connection:
        connection.sendall(b"last words")
        connection.shutdown(socket.SHUT_WR)
        assert heard(connection, 10) == b"last words"
        assert connection.recv(1) == b""
