# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of a lab: Pebble, the Let's Encrypt project's own test CA, with its knobs."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from .commands import run
from .dns import Dns
from .errors import LabError
from .options import DEFAULTS, PebbleOptions
from .paths import PEBBLE, SCRIPTS
from .ports import free_ports, wait_for_port
from .service import Service

#: What it says of a certificate that an order replaces, when it does not find which order it is from.
NO_ORDER = "could not find an order for the given certificate"


def cannot_be_replaced(certificate_id: str) -> bool:
    """Whether Pebble wrongly answers NO_ORDER for this certificate, as it does for one of 256.

    It knows orders by the serial number's bytes, and looks for the contents of the DER INTEGER, which RFC 9773 section 4.1 asks
    for: these begin with a byte of zeros where the first bit of the number is set (letsencrypt/pebble issue 550).
    """
    serial = certificate_id.partition(".")[2]
    return base64.urlsafe_b64decode(serial + "=" * (-len(serial) % 4)).startswith(b"\0")


def window(start: float, end: float, **more: Any) -> str:
    """Renewal information with a window, in days from now."""
    edges = [datetime.now(timezone.utc) + timedelta(days=days) for days in (start, end)]
    first, last = (edge.strftime("%Y-%m-%dT%H:%M:%SZ") for edge in edges)
    return json.dumps({"suggestedWindow": {"start": first, "end": last}, **more})


def fetch() -> None:
    """Put Pebble and its name server in their place; costs nothing when they are there."""
    print(run([str(SCRIPTS / "fetch-pebble"), str(PEBBLE)], seconds=300), end="", flush=True)


class Pebble:
    """A running CA.

    :param directory: its configuration, certificates and log; also the mark of its process.
    :param dns: the name server that it asks. None: one of its own, with all names at 127.0.0.1.
    """

    def __init__(
        self,
        directory: Path,
        options: PebbleOptions = DEFAULTS,
        dns: Dns | None = None,
        detached: bool = False,
    ) -> None:
        self.directory = directory
        self.options = options
        self._own_dns = dns is None
        self.dns = dns or Dns(directory, options.address, default_ipv4="127.0.0.1", detached=detached)
        free = free_ports(2, options.address)
        self.port = options.port or free[0]
        self.management_port = options.management_port or free[1]
        self._service = Service(
            [
                str(PEBBLE / "pebble"),
                "-config",
                str(directory / "pebble.json"),
                "-dnsserver",
                self.dns.server,
                *(["-strict"] if options.strict else []),
            ],
            log=directory / "pebble.log",
            mark=directory,
            env=options.environment(),
            detached=detached,
        )

    @property
    def directory_url(self) -> str:
        """The URL to give to clients as `ca`."""
        return f"https://{self.options.address}:{self.port}/dir"

    @property
    def ca_bundle(self) -> Path:
        """What the API's own certificate is verified with. Not the CA's root: see :meth:`roots`."""
        return self.directory / "api" / "ca.pem"

    @property
    def roots_file(self) -> Path:
        """All roots of the certificates that this CA issues, in one PEM file; new at each start."""
        return self.directory / "roots.pem"

    def start(self) -> None:
        """Start the CA (and its own name server) and wait until it answers."""
        fetch()
        self.directory.mkdir(parents=True, exist_ok=True)
        names = dict.fromkeys(["localhost", "127.0.0.1", self.options.address, *self.options.api_names])
        run([str(SCRIPTS / "api-certificate"), str(self.directory / "api"), *names])
        configuration = self.options.configuration(self.directory / "api", self.port, self.management_port)
        (self.directory / "pebble.json").write_text(json.dumps(configuration, indent=2))
        try:
            if self._own_dns:
                self.dns.start()
            self._start_service()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the CA. Its accounts, orders and roots are gone."""
        self._service.stop()
        if self._own_dns:
            self.dns.stop()

    def restart(self) -> None:
        """Lose all state, and come back at the same address with new roots."""
        self._service.stop()
        self._start_service()

    def __enter__(self) -> Pebble:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def roots(self) -> list[str]:
        """The CA's roots as PEM, first the default one, then that of each alternate chain."""
        return [self._managed(f"roots/{number}").decode() for number in range(self.options.alternate_roots + 1)]

    def intermediates(self) -> list[str]:
        """The issuing certificates as PEM, in the order of the roots."""
        return [self._managed(f"intermediates/{number}").decode() for number in range(self.options.alternate_roots + 1)]

    def certificate_status(self, serial: str) -> dict[str, Any]:
        """What the CA holds about the certificate with this serial (hexadecimal): Status, Reason, ..."""
        status: dict[str, Any] = json.loads(self._managed(f"cert-status-by-serial/{serial}"))
        return status

    def set_renewal_info(self, certificate: str, response: str) -> None:
        """Answer the renewal information of CERTIFICATE (PEM) with RESPONSE, well-formed or not."""
        body = json.dumps({"Certificate": certificate, "ARIResponse": response})
        self._managed("set-renewal-info/", body.encode())

    def _start_service(self) -> None:
        self._service.start()
        for port in (self.management_port, self.port):
            wait_for_port(self.options.address, port, self._service.check)
        self.roots_file.write_text("".join(self.roots()))

    def _managed(self, path: str, body: bytes | None = None) -> bytes:
        url = f"https://{self.options.address}:{self.management_port}/{path}"
        context = ssl.create_default_context(cafile=str(self.ca_bundle))
        try:
            with urllib.request.urlopen(url, body, timeout=5, context=context) as reply:
                answer: bytes = reply.read()
        except urllib.error.HTTPError as error:
            raise LabError(f"Pebble refused {url}: {error} {error.read()[:200]!r}") from error
        except OSError as error:
            raise LabError(f"Pebble did not answer {url}: {error}") from error
        return answer
