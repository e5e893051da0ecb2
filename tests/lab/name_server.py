# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real name servers, which take dynamic updates: BIND and Knot, fetched and not installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .commands import run
from .paths import BUILD
from .ports import free_ports, wait_for_port
from .service import Service

_HOME = BUILD / "name-servers"
#: The key that may change every zone of these servers: its name and its secret.
KEY_NAME = "acme-key"
KEY_SECRET = "cHl0aG9uIG5ldmVyIGZvcmdldHMgYSBzZWNyZXQga2V5Lg=="


@dataclass(frozen=True)
class Zone:
    """A zone of a name server: its records as lines of a zone file, or where it is fetched from or asked for.

    :param primary: HOST:PORT of the primary server, of which this one is a secondary.
    :param elsewhere: HOST:PORT of the server that questions for it are handed on to.
    :param stated: whether the OWN configuration of its server tells of it.
    :param refresh: seconds after which a secondary asks for changes; nobody is told of these.
    """

    name: str
    records: Sequence[str] = field(default=())
    primary: str = ""
    elsewhere: str = ""
    refresh: int = 2
    stated: bool = False

    def text(self) -> str:
        """The zone file; the first server is called ns1 unless RECORDS has others."""
        lines = ["$TTL 60", f"@ SOA ns1.{self.name}. admin.{self.name}. 1 {self.refresh} 1 3600 1", *self.records]
        return "\n".join(lines) + "\n"


class _NameServer:
    """A running name server.

    :param directory: configuration, zones and log; also the mark of its process.
    :param within: a command that runs the server in surroundings of its own, such as a network namespace.
    :param own: further lines of its configuration.
    """

    _PROGRAM: str

    def __init__(
        self,
        directory: Path,
        zones: Sequence[Zone],
        address: str = "127.0.0.1",
        port: int = 0,
        within: Sequence[str] = (),
        own: str = "",
    ) -> None:
        self.directory = directory
        self.zones = zones
        self._own = own
        self.address = address
        self.port = port or free_ports(1, address)[0]
        run([str(Path(__file__).with_name("fetch-name-servers")), str(_HOME)], seconds=300)
        libraries = ":".join(str(path) for path in sorted((_HOME / "usr/lib").glob("*-linux-gnu")))
        self._service = Service(
            [*within, "env", f"LD_LIBRARY_PATH={libraries}", str(_HOME / self._PROGRAM), *self._arguments()],
            log=directory / "log",
            mark=directory,
        )

    @property
    def server(self) -> str:
        """HOST:PORT to ask."""
        return f"{self.address}:{self.port}"

    @property
    def pid(self) -> int:
        """The id of the running server."""
        return self._service.pid

    def start(self) -> None:
        """Start the server and wait until it listens."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for zone in self.zones:
            if zone.records:
                (self.directory / f"{zone.name}.zone").write_text(zone.text())
        # What it has not been told of it does not find: nobody listens there.
        (self.directory / "root.hints").write_text(". NS nowhere.\nnowhere. A 127.0.0.254\n")
        (self.directory / "configuration").write_text(self._configuration())
        self._service.start()
        self._wait()

    def stop(self) -> None:
        """End the server."""
        self._service.stop()

    def __enter__(self) -> _NameServer:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _wait(self) -> None:
        wait_for_port(self.address, self.port, self._service.check)

    def _arguments(self) -> Sequence[str]:
        raise NotImplementedError

    def _configuration(self) -> str:
        raise NotImplementedError


class Bind(_NameServer):
    """BIND, which also looks up for others what it has been told of."""

    _PROGRAM = "usr/sbin/named"

    def _arguments(self) -> Sequence[str]:
        return ["-g", "-n", "1", "-c", str(self.directory / "configuration")]

    def _configuration(self) -> str:
        here = self.directory
        lines = [
            f'options {{ directory "{here}"; pid-file "{here}/pid"; session-keyfile "{here}/session"; lock-file none;',
            f"listen-on port {self.port} {{ {self.address}; }}; listen-on-v6 {{ none; }};",
            "recursion yes; allow-query { any; }; allow-transfer { any; }; notify no; dnssec-validation no;",
            "empty-zones-enable no; max-ncache-ttl 0; };",
            "controls { };",
            'zone "." { type hint; file "root.hints"; };',
            f'key "{KEY_NAME}" {{ algorithm hmac-sha256; secret "{KEY_SECRET}"; }};',
            *(self._zone(zone) for zone in self.zones if not zone.stated),
            self._own,
        ]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _zone(zone: Zone) -> str:
        def place(server: str) -> str:
            address, _colon, port = server.rpartition(":")
            return f"{address} port {port};"

        if zone.elsewhere:
            return f'zone "{zone.name}" {{ type forward; forward only; forwarders {{ {place(zone.elsewhere)} }}; }};'
        if zone.primary:
            return f'zone "{zone.name}" {{ type secondary; primaries {{ {place(zone.primary)} }}; }};'
        return f'zone "{zone.name}" {{ type primary; file "{zone.name}.zone"; allow-update {{ key "{KEY_NAME}"; }}; }};'


class Knot(_NameServer):
    """Knot."""

    _PROGRAM = "usr/sbin/knotd"

    def _arguments(self) -> Sequence[str]:
        return ["-c", str(self.directory / "configuration")]

    def _configuration(self) -> str:
        address, _colon, _port = self.server.rpartition(":")
        primaries = dict.fromkeys(zone.primary for zone in self.zones if zone.primary)
        return "\n".join(
            [
                "server:",
                f"    rundir: {self.directory}",
                f"    listen: {address}@{self.port}",
                "    udp-workers: 1",
                "    tcp-workers: 1",
                "    background-workers: 1",
                "log:",
                "  - target: stderr",
                "    any: info",
                "database:",
                f"    storage: {self.directory}",
                "    journal-db-max-size: 20M",
                "key:",
                f"  - id: {KEY_NAME}",
                "    algorithm: hmac-sha256",
                f"    secret: {KEY_SECRET}",
                "acl:",
                "  - id: change",
                f"    key: {KEY_NAME}",
                "    action: update",
                "  - id: transfer",
                "    address: 0.0.0.0/0",
                "    action: transfer",
                *(["remote:"] if primaries else []),
                *(
                    f"  - id: remote-{primary.replace(':', '-')}\n    address: {primary.replace(':', '@')}"
                    for primary in primaries
                ),
                "zone:",
                *(self._zone(zone) for zone in self.zones if not zone.stated),
                self._own,
                "",
            ]
        )

    def _zone(self, zone: Zone) -> str:
        told = f"  - domain: {zone.name}\n    storage: {self.directory}\n    file: {zone.name}.zone\n"
        how = f"master: remote-{zone.primary.replace(':', '-')}" if zone.primary else "acl: [change, transfer]"
        return f"{told}    {how}"
