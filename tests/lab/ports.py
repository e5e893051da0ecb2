# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Free TCP ports, and waiting until something listens on one."""

from __future__ import annotations

import random
import socket
import time
from typing import Callable

from .errors import LabError

# Below the range that the kernel takes the ports of outgoing connections from: a port found free
# here is not lost to one of those before the program that it is meant for listens.
_RANGE = range(20000, 32000)


def free_ports(count: int, address: str = "127.0.0.1") -> list[int]:
    """COUNT different ports at ADDRESS that nobody listens on now."""
    found: dict[int, socket.socket] = {}
    try:
        while len(found) < count:
            port = random.choice(_RANGE)
            try:
                found.setdefault(port, socket.create_server((address, port)))
            except OSError:
                continue
        return list(found)
    finally:
        for each in found.values():
            each.close()


def wait_for_port(address: str, port: int, check: Callable[[], None], seconds: float = 10.0) -> None:
    """Return when something accepts connections at ADDRESS:PORT.

    :param check: called between the tries; raises when waiting is of no use any more.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError as error:
            check()
            if time.monotonic() > deadline:
                raise LabError(f"nothing listens at {address}:{port} after {seconds:g} s ({error})") from error
            time.sleep(0.02)
