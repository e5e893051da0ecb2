# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line with a round-trip time: a TCP forwarder that holds every byte back, as distance does.

Each direction takes half a round trip.  To connect takes a whole one on a real line, but the kernel
accepts at once here; so what the client says first is held back by that much longer, and the client
sees the first answer when it would see it over such a distance.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from tests.lab.ports import free_ports, wait_for_port
from tests.lab.service import Service

_CHUNK = 65536


class Line:
    """A forwarder in a process of its own, from a free port at ADDRESS to PORT there.

    :param round_trip: in seconds.
    """

    def __init__(self, directory: Path, address: str, port: int, round_trip: float) -> None:
        self.address = address
        self.port = free_ports(1, address)[0]
        argv = [sys.executable, "-m", __name__, address, str(self.port), str(port), str(round_trip)]
        self._service = Service(argv, directory / "line.log", mark=directory)

    def __enter__(self) -> Line:
        self._service.start()
        wait_for_port(self.address, self.port, self._service.check)
        return self

    def __exit__(self, *error: object) -> None:
        self._service.stop()


async def forward(address: str, listen: int, port: int, round_trip: float) -> None:
    """Forward all that comes to ADDRESS:LISTEN to ADDRESS:PORT, until cancelled."""

    async def connected(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        opened = asyncio.get_running_loop().time()
        try:
            server, to_server = await asyncio.open_connection(address, port)
        except OSError:
            to_client.close()
            return
        half = round_trip / 2
        try:
            await asyncio.gather(
                _carry(client, to_server, half, opened + round_trip),
                _carry(server, to_client, half, opened),
            )
        finally:
            to_server.close()
            to_client.close()

    server = await asyncio.start_server(connected, address, listen, backlog=1024)
    async with server:
        await server.serve_forever()


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, delay: float, not_before: float) -> None:
    """Pass on what SOURCE says DELAY seconds later; what it says before NOT_BEFORE counts as said then."""
    loop = asyncio.get_running_loop()
    # A queue, because a line carries the next bytes while the first are still on their way.
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                with contextlib.suppress(OSError):
                    target.write_eof()
                return
            target.write(data)
            with contextlib.suppress(OSError):
                await target.drain()

    delivery = asyncio.create_task(deliver())
    data = b"first"
    while data:
        try:
            data = await source.read(_CHUNK)
        except OSError:
            data = b""
        under_way.put_nowait((max(loop.time(), not_before) + delay, data))
    await delivery


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(forward(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
