# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts: booted machines with nginx that serve placeholders, a CA, and what counts in front of it."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

import yaml

from tests.fleet.looking import look
from tests.lab.errors import LabError
from tests.lab.host import Host, HostSpec
from tests.lab.lab import Lab

from .ca import OPTIONS
from .counter import Counter
from .paths import HERE
from .process import run
from .row import Row, Start
from .tools.fleet import Connections, FleetFloor, FleetOurs
from .tools.tool import Tool
from .work import Site, Work

_WEBROOT = Path("/var/www/site")
_PREPARE = str(HERE / "playbooks" / "webserver.yml")
_KEEP = "cp -a /etc/webpki /root/kept"
_RESTORE = "rm -rf /etc/webpki && cp -a /root/kept /etc/webpki && systemctl reload nginx"


class Fleet:
    """The ground of many hosts, between `with` and the end of the block.

    :param work: a certificate for each of the hosts, which are called as the certificates are.
    """

    counter: Counter

    def __init__(self, directory: Path, work: Work) -> None:
        self._directory = directory
        self._work = work
        self._lab = Lab("bench", [HostSpec(each.name) for each in work], OPTIONS, directory=directory)
        self._stack = contextlib.ExitStack()
        #: What there is on all hosts; None when it is not the same everywhere.
        self._state: Start | None = None
        #: How Ansible reaches the hosts, filled when they are up.
        self.connections: Connections = {}

    def __enter__(self) -> Fleet:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._lab)
            common = yaml.safe_load(self._lab.inventory.read_text())["all"]["vars"]
            connection = {name: value for name, value in common.items() if name.startswith("ansible_")}
            addresses = {name: host.address for name, host in self._lab.hosts.items()}
            self.connections = {name: {**connection, "ansible_host": addresses[name]} for name in addresses}
            for each in self._work:
                for name in each.identifiers:
                    self._lab.dns.add_a(name, addresses[each.name])
            self.counter = stack.enter_context(Counter(self._directory / "counter", self._lab.ca))
            self._run(FleetOurs(self.connections, _PREPARE, acme_webserver="nginx"), self._directory / "prepared")
            self._everywhere(lambda host: host.ssh(_KEEP))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def site(self, round_trip: float = 0.0) -> Site:
        """Where to work; there is no line with a round-trip time here."""
        return Site(f"https://{self.counter.address}:{self.counter.port}/dir", self._lab.ca.ca_bundle, _WEBROOT)

    def home(self, row: Row, tool: Tool, number: int) -> Path:
        """A new one, after the hosts were made what the row starts from. As in a daily run no connection is open yet."""
        home = self._directory / "homes" / f"{row.key}-{tool.name}-{number + 1}"
        if isinstance(tool, FleetOurs) and row.start is not self._state:
            self._make(row.start, home.with_suffix(".before"))
            self._state = row.start
        self._everywhere(Host.disconnect)
        return home

    def done(self, row: Row, tool: Tool, home: Path) -> None:
        """Visit the hosts and look at the certificates that they serve."""
        if isinstance(tool, FleetFloor):
            return
        if row.start is not Start.CERTIFICATES:
            self._state = None
        for each in row.work:
            seen = look(self._lab.hosts[each.name].address, each.identifiers[0], self._lab.ca.roots_file)
            if seen.error:
                raise LabError(f"{each.name} does not serve what was issued: {seen.error}")

    def _make(self, start: Start, home: Path) -> None:
        self._everywhere(lambda host: host.ssh(_RESTORE))
        if start is Start.CERTIFICATES:
            self._run(FleetOurs(self.connections), home)

    def _run(self, tool: Tool, home: Path) -> None:
        for command in tool.issue(home, self.site(), self._work):
            run(command)

    def _everywhere(self, act: Callable[[Host], object]) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(act, self._lab.hosts.values()))
