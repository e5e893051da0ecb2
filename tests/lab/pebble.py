# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of a lab: Pebble, the Let's Encrypt project's own test CA, with its knobs."""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Type

from .commands import run
from .dns import Dns
from .errors import LabError
from .paths import PEBBLE, SCRIPTS
from .ports import free_ports, wait_for_port
from .service import Service


@dataclass(frozen=True)
class Profile:
    """One of the kinds of certificate that the CA offers; the validity is in seconds."""

    description: str = "The only profile of this CA"
    validity_period: int = 90 * 86400
    promote_common_name: bool = True


@dataclass(frozen=True)
class PebbleOptions:
    """How a CA behaves. The defaults are those that most tests want: strict and without delays."""

    address: str = "127.0.0.1"
    #: 0 takes a free port, here and for the management interface.
    port: int = 0
    management_port: int = 0
    #: The ports on which the CA looks for http-01 and tls-alpn-01 challenges.
    http_port: int = 80
    tls_port: int = 443
    strict: bool = True
    #: How many of 100 good nonces are refused.
    nonce_reject: int = 20
    #: How many of 100 valid authorizations are used again by a new order.
    authz_reuse: int = 0
    #: Seconds before each validation.
    validation_sleep: int = 0
    #: Skip validation, and call every challenge answered.
    always_valid: bool = False
    #: Key identifier -> base64url key. Not empty: new accounts must bind to one of them.
    eab_keys: Mapping[str, str] = field(default_factory=dict)
    #: Pebble picks one at random when an order names none, so there is only one unless asked for.
    profiles: Mapping[str, Profile] = field(default_factory=lambda: {"default": Profile()})
    #: Further roots, each with a chain of its own, offered as alternates.
    alternate_roots: int = 0
    #: Intermediate certificates between a root and a leaf.
    chain_length: int = 1
    domain_blocklist: Sequence[str] = ("blocked-domain.example",)
    key_algorithm: str = "ecdsa"
    #: Retry-After, in seconds, on authorizations and orders that are being worked on.
    retry_after: Tuple[int, int] = (1, 1)
    #: Further names and addresses for the certificate of the API.
    api_names: Sequence[str] = ()


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
        options: PebbleOptions = PebbleOptions(),
        dns: Optional[Dns] = None,
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
            env=_environment(options),
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
        (self.directory / "pebble.json").write_text(json.dumps({"pebble": self._configuration()}, indent=2))
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

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def roots(self) -> List[str]:
        """The CA's roots as PEM, first the default one, then that of each alternate chain."""
        return [self._managed(f"roots/{number}").decode() for number in range(self.options.alternate_roots + 1)]

    def intermediates(self) -> List[str]:
        """The issuing certificates as PEM, in the order of the roots."""
        return [self._managed(f"intermediates/{number}").decode() for number in range(self.options.alternate_roots + 1)]

    def certificate_status(self, serial: str) -> Dict[str, Any]:
        """What the CA holds about the certificate with this serial (hexadecimal): Status, Reason, ..."""
        status: Dict[str, Any] = json.loads(self._managed(f"cert-status-by-serial/{serial}"))
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

    def _managed(self, path: str, body: Optional[bytes] = None) -> bytes:
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

    def _configuration(self) -> Dict[str, Any]:
        options = self.options
        return {
            "listenAddress": f"{options.address}:{self.port}",
            "managementListenAddress": f"{options.address}:{self.management_port}",
            "certificate": str(self.directory / "api" / "server.pem"),
            "privateKey": str(self.directory / "api" / "server-key.pem"),
            "httpPort": options.http_port,
            "tlsPort": options.tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": bool(options.eab_keys),
            "externalAccountMACKeys": dict(options.eab_keys),
            "domainBlocklist": list(options.domain_blocklist),
            "keyAlgorithm": options.key_algorithm,
            "retryAfter": dict(zip(("authz", "order"), options.retry_after)),
            "profiles": {name: _camel_case(asdict(profile)) for name, profile in options.profiles.items()},
        }


def _environment(options: PebbleOptions) -> Dict[str, str]:
    # Inherited settings would make two runs of a test differ.
    env = {name: "" for name in os.environ if name.startswith("PEBBLE_")}
    env.update(
        PEBBLE_WFE_NONCEREJECT=str(options.nonce_reject),
        PEBBLE_AUTHZREUSE=str(options.authz_reuse),
        PEBBLE_VA_ALWAYS_VALID=str(int(options.always_valid)),
        PEBBLE_ALTERNATE_ROOTS=str(options.alternate_roots),
        PEBBLE_CHAIN_LENGTH=str(options.chain_length),
    )
    if options.validation_sleep:
        env["PEBBLE_VA_SLEEPTIME"] = str(options.validation_sleep)
    else:
        env["PEBBLE_VA_NOSLEEP"] = "1"
    return env


def _camel_case(names: Mapping[str, Any]) -> Dict[str, Any]:
    return {_camel(name): value for name, value in names.items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
