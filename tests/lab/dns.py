# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name server of a lab: pebble-challtestsrv, which is told its answers over HTTP."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import LabError
from .paths import PEBBLE
from .ports import free_ports, wait_for_port
from .service import Service


class Dns:
    """A running name server.

    :param directory: where its log goes; also the mark of its process.
    :param address: where it listens; :param port: 0 takes a free one.
    :param default_ipv4: the answer for every name that was not added; empty: no such name.
    """

    def __init__(
        self,
        directory: Path,
        address: str = "127.0.0.1",
        port: int = 0,
        management_port: int = 0,
        default_ipv4: str = "",
        detached: bool = False,
    ) -> None:
        free = free_ports(2, address)
        self.address = address
        self.port = port or free[0]
        self.management_port = management_port or free[1]
        directory.mkdir(parents=True, exist_ok=True)
        self._service = Service(
            [
                str(PEBBLE / "pebble-challtestsrv"),
                f"-dnsserver={address}:{self.port}",
                f"-management={address}:{self.management_port}",
                f"-defaultIPv4={default_ipv4}",
                "-defaultIPv6=",
                # Its own web servers for challenges stay off: challenges are served by real ones.
                "-doh=",
                "-http01=",
                "-https01=",
                "-tlsalpn01=",
            ],
            log=directory / "dns.log",
            mark=directory,
            detached=detached,
        )

    @property
    def server(self) -> str:
        """HOST:PORT to ask."""
        return f"{self.address}:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it listens."""
        self._service.start()
        for port in (self.management_port, self.port):
            wait_for_port(self.address, port, self._service.check)

    def stop(self) -> None:
        """End the server; what it was told is forgotten."""
        self._service.stop()

    def __enter__(self) -> Dns:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def add_a(self, host: str, *addresses: str) -> None:
        """Answer A queries for HOST with ADDRESSES, instead of what was there."""
        self.clear_a(host)
        self._tell("add-a", host=host, addresses=list(addresses))

    def clear_a(self, host: str) -> None:
        """Forget the addresses of HOST."""
        self._tell("clear-a", host=host)

    def set_txt(self, host: str, value: str) -> None:
        """Add one TXT value to HOST, beside those that are there."""
        self._tell("set-txt", host=_qualified(host), value=value)

    def clear_txt(self, host: str) -> None:
        """Forget all TXT values of HOST."""
        self._tell("clear-txt", host=_qualified(host))

    def set_cname(self, host: str, target: str) -> None:
        """Make HOST an alias of TARGET."""
        self._tell("set-cname", host=host, target=target)

    def clear_cname(self, host: str) -> None:
        """Make HOST an alias no more."""
        self._tell("clear-cname", host=host)

    def add_caa(self, host: str, **values: str) -> None:
        """Answer CAA queries for HOST with a record for each tag."""
        self._tell("add-caa", host=host, policies=[{"tag": tag, "value": value} for tag, value in values.items()])

    def set_servfail(self, host: str) -> None:
        """Fail every query for HOST."""
        self._tell("set-servfail", host=host)

    def clear_servfail(self, host: str) -> None:
        """Stop failing the queries for HOST."""
        self._tell("clear-servfail", host=host)

    def queries(self, host: str) -> Sequence[Any]:
        """The questions asked about HOST so far, as the server describes them."""
        answer: Sequence[Any] = json.loads(self._tell("dns-request-history", host=host) or b"null") or []
        return answer

    def _tell(self, verb: str, **body: object) -> bytes:
        url = f"http://{self.address}:{self.management_port}/{verb}"
        try:
            with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=5) as reply:
                answer: bytes = reply.read()
        except OSError as error:
            raise LabError(f"the name server refused {verb} {body}: {error}") from error
        return answer


def _qualified(host: str) -> str:
    return host if host.endswith(".") else f"{host}."
