# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes between a client and the CA, counted: an nginx that ends TLS, with a log of every request.

It has the certificate of the CA's own API, so clients trust it as they trust the CA.  Pebble makes
its URLs from the Host header, so all of them lead back through here.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.loopback import nginx
from tests.lab.pebble import Pebble
from tests.lab.ports import free_ports, wait_for_port
from tests.lab.service import Service

# Keeps connections as Pebble itself does: without an end, and to clients that know HTTP/2 with that.
_CONFIGURATION = """\
daemon off;
pid {directory}/counter.pid;
events {{ worker_connections 4096; }}
http {{
    log_format counted '$msec $connection $request_method $uri $status';
    access_log {log} counted;
    client_body_temp_path {directory}/temporary;
    proxy_temp_path {directory}/temporary;
    fastcgi_temp_path {directory}/temporary;
    uwsgi_temp_path {directory}/temporary;
    scgi_temp_path {directory}/temporary;
    upstream ca {{
        server {address}:{ca_port};
        keepalive 64;
        keepalive_requests 1000000;
    }}
    server {{
        listen {address}:{port} ssl http2;
        ssl_certificate {api}/server.pem;
        ssl_certificate_key {api}/server-key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        keepalive_requests 1000000;
        http2_max_requests 1000000;
        location = {looked} {{
            access_log off;
            return 204;
        }}
        location / {{
            proxy_pass https://ca;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
        }}
    }}
}}
"""

#: Asked for when somebody looks, and counted by nobody.
_LOOKED = "/counted"


@dataclass(frozen=True)
class Traffic:
    """Requests by kind, and connections that carried any; `seconds` from the first reply to the last."""

    signed: int = 0
    nonces: int = 0
    others: int = 0
    refused: int = 0
    connections: int = 0
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        """All of them."""
        return self.signed + self.nonces + self.others


class Counter:
    """The counting server in front of a running CA.

    :param directory: its configuration and log; also the mark of its process.
    """

    def __init__(self, directory: Path, ca: Pebble) -> None:
        self.address = ca.options.address
        self.port = free_ports(1, self.address)[0]
        self._log = directory / "requests.log"
        directory.mkdir(parents=True, exist_ok=True)
        configuration = directory / "counter.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                directory=directory,
                log=self._log,
                looked=_LOOKED,
                address=self.address,
                port=self.port,
                ca_port=ca.port,
                api=ca.ca_bundle.parent,
            )
        )
        argv = [str(nginx()), "-p", str(directory), "-c", str(configuration), "-e", "stderr"]
        self._service = Service(argv, directory / "counter.log", mark=directory)
        self._trust = ssl.create_default_context(cafile=str(ca.ca_bundle))
        self._read = 0

    def __enter__(self) -> Counter:
        self._service.start()
        wait_for_port(self.address, self.port, self._service.check)
        return self

    def __exit__(self, *error: object) -> None:
        self._service.stop()

    def taken(self) -> Traffic:
        """What was counted since this was asked last."""
        self._settle()
        with self._log.open() as log:
            log.seek(self._read)
            lines = log.readlines()
            self._read = log.tell()
        return count(lines)

    def _settle(self) -> None:
        """Wait until all that was answered is in the log: the one worker writes a line after it has sent the reply."""
        connection = http.client.HTTPSConnection(self.address, self.port, context=self._trust)
        with contextlib.closing(connection):
            connection.request("GET", _LOOKED)
            connection.getresponse().read()


def count(lines: Sequence[str]) -> Traffic:
    """The traffic of these lines of the log."""
    fields = [line.split() for line in lines]
    if not fields:
        return Traffic()
    times = [float(moment) for moment, *_rest in fields]
    methods = [method for _moment, _connection, method, *_rest in fields]
    return Traffic(
        signed=methods.count("POST"),
        nonces=methods.count("HEAD"),
        others=len(fields) - methods.count("POST") - methods.count("HEAD"),
        refused=sum(status.startswith(("4", "5")) for *_rest, status in fields),
        connections=len({connection for _moment, connection, *_rest in fields}),
        seconds=max(times) - min(times),
    )
