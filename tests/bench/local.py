# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host: this machine, with the CA, its name server and a web server on loopback."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path

from tests.lab.dns import Dns
from tests.lab.loopback import LoopbackHost
from tests.lab.pebble import Pebble, fetch
from tests.lab.ports import free_ports

from .ca import OPTIONS
from .counter import Counter
from .line import Line
from .process import run
from .row import Row, Start
from .tools.tool import Tool
from .work import Site, Work, certificates

_WEB = "127.0.0.11"


class Local:
    """The ground of one host, between `with` and the end of the block; DIRECTORY is emptied first."""

    counter: Counter

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stack = contextlib.ExitStack()
        #: Homes of tools that have all certificates of a row, by CA, tool and work.
        self._issued: dict[tuple[str, str, Work], Path] = {}

    def __enter__(self) -> Local:
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True)
        # The name server, which starts before the CA, comes with it.
        fetch()
        with contextlib.ExitStack() as stack:
            http_port, https_port = free_ports(2, "0.0.0.0")
            web = LoopbackHost("web", _WEB, self._directory / "web", http_port, https_port)
            stack.callback(web.stop)
            web.start()
            dns = stack.enter_context(Dns(self._directory / "dns", default_ipv4=_WEB))
            ca = stack.enter_context(Pebble(self._directory / "pebble", replace(OPTIONS, http_port=http_port), dns))
            self.counter = stack.enter_context(Counter(self._directory / "counter", ca))
            # With no round-trip time there is nothing in between.
            self._ports = {0.0: self.counter.port}
            self._bundle, self._webroot = ca.ca_bundle, web.webroot
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def site(self, round_trip: float = 0.0) -> Site:
        """Where to work, with the CA this many seconds away and back."""
        if round_trip not in self._ports:
            directory = self._directory / f"line-{round_trip * 1000:g}"
            directory.mkdir()
            line = self._stack.enter_context(Line(directory, self.counter.address, self.counter.port, round_trip))
            self._ports[round_trip] = line.port
        return Site(f"https://{self.counter.address}:{self._ports[round_trip]}/dir", self._bundle, self._webroot)

    def home(self, row: Row, tool: Tool, number: int) -> Path:
        """A new one with what the row starts from; for a row that starts with certificates always the same."""
        home = self._directory / row.key / f"{tool.name}-{number + 1}"
        if row.start is Start.NOTHING and number == 0:
            # What was never run before is not in the machine's memory yet.
            self._issue(home.with_name(f"{tool.name}-0"), row, tool, certificates(1))
        if row.start is Start.ACCOUNT:
            self._issue(home, row, tool, certificates(1, prefix="first"))
        if row.start is Start.CERTIFICATES:
            known = self._key(row, tool)
            if known not in self._issued:
                self._issue(home, row, tool, row.work)
                self._issued[known] = home
            home = self._issued[known]
        return home

    def done(self, row: Row, tool: Tool, home: Path) -> None:
        """Remember who has which certificates; the tools' own exit codes say that they have them."""
        self._issued.setdefault(self._key(row, tool), home)

    def _issue(self, home: Path, row: Row, tool: Tool, work: Work) -> None:
        for command in tool.issue(home, self.site(row.round_trip), work):
            run(command)

    def _key(self, row: Row, tool: Tool) -> tuple[str, str, Work]:
        return self.site(row.round_trip).ca, tool.name, row.work
