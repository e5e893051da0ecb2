# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a name server is."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass

from .errors import DnsError

PORT = 53


@dataclass(frozen=True)
class Server:
    """A name server; `name` is empty where only its address is known."""

    address: str
    port: int = PORT
    name: str = ""

    def __str__(self) -> str:
        place = self.address if self.port == PORT else f"{self.address} port {self.port}"
        return f"{self.name} ({place})" if self.name else place


def parse(text: str) -> Server:
    """Return the server that ADDRESS, ADDRESS:PORT or [IPV6]:PORT stands for; DnsError otherwise."""
    host, port = _split(text)
    try:
        return Server(ipaddress.ip_address(host).compressed, port)
    except ValueError:
        raise DnsError(
            f"{text!r} is not the address of a name server", "Give it as 192.0.2.53 or 192.0.2.53:5353."
        ) from None


def find(text: str) -> list[Server]:
    """Return the servers that NAME, NAME:PORT or what `parse` understands stands for: one for each address."""
    host, port = _split(text)
    try:
        return [Server(ipaddress.ip_address(host).compressed, port)]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DnsError(f"the name server {text!r} has no address: {reason}", "Give its address.") from None
    addresses = dict.fromkeys(str(place[0]) for *_kinds, place in found)
    return [Server(address, port, host) for address in addresses]


def _split(text: str) -> tuple[str, int]:
    match = re.fullmatch(
        r"\[(?P<bracketed>[0-9a-fA-F:.]+)\](?::(?P<one>\d{1,5}))?|(?P<host>[^:]+):(?P<two>\d{1,5})", text
    )
    if not match:
        return text, PORT
    port = int(match["one"] or match["two"] or PORT)
    if not 0 < port < 65536:
        raise DnsError(f"{text!r} has no port from 1 to 65535")
    return match["bracketed"] or match["host"], port
