# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Booted hosts as a fleet: given sites, named in the DNS, run over by playbooks, and looked at from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from tests.lab.commands import run
from tests.lab.host import Host
from tests.lab.lab import Lab
from tests.lab.options import PebbleOptions
from tests.lab.pebble import Pebble

from . import playbook, sites
from .looking import Seen, look
from .playbook import Run

#: Variables of one host.
Variables = Mapping[str, Any]

_SERVICES = {"nginx": "nginx", "apache": "apache2"}
# The sites that come with the packages would answer on port 80 before those of a test.
_CLEAN = """
rm -rf /etc/webpki /var/www/* /etc/nginx/conf.d/* /etc/nginx/sites-enabled/* /etc/apache2/sites-enabled/*
rm -f /etc/apache2/mods-enabled/ssl.* /etc/apache2/mods-enabled/socache_shmcb.* /etc/apache2/mods-enabled/rewrite.*
mkdir -p %s
systemctl restart %s
"""
_USE = {"nginx": "nginx -t && systemctl restart nginx", "apache": "a2enmod -q ssl && systemctl restart apache2"}
# Times of change tell of every write, even of one that was taken back.
_FILES = "find /etc /var/www /opt /srv /home -printf '%p %y %m %u:%g %s %T@ %C@ %l\\n'"


def certificate(name: str, *identifiers: str, **more: Any) -> dict[str, Any]:
    """An entry of acme_certificates, for NAME.example.test unless told otherwise."""
    return {
        "name": name,
        "identifiers": list(identifiers) or [f"{name}.example.test"],
        "webroot": sites.WEBROOT,
        **more,
    }


class Fleet:
    """A lab with the means to run playbooks over its hosts; DIRECTORY takes what a run writes on the controller."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab = lab
        self.directory = directory
        given = yaml.safe_load(lab.inventory.read_text())["all"]["vars"]
        #: The variables by which Ansible reaches the hosts.
        self.connection = {name: value for name, value in given.items() if name.startswith("ansible_")}
        self._runs = 0
        directory.mkdir(parents=True)

    @property
    def acme(self) -> dict[str, Any]:
        """The variables that lead to the lab's CA; the first run makes the account."""
        return {
            "acme_ca": self.lab.ca.directory_url,
            "acme_ca_bundle": str(self.lab.ca.ca_bundle),
            "acme_account_key_file": str(self.directory / "account.pem"),
            "acme_account_contact": ["mailto:admin@example.test"],
            "acme_terms_agreed": True,
        }

    def host(self, name: str) -> Host:
        """The booted host of this name."""
        return self.lab.hosts[name]

    def key(self, name: str, passphrase: str = "") -> Path:
        """A new private key for an account, in a file of this name on the controller."""
        path = self.directory / name
        options = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        options += ["-aes256", "-pass", f"pass:{passphrase}"] if passphrase else []
        run(["openssl", "genpkey", *options, "-out", str(path)])
        return path

    def clean(self, names: Iterable[str] = ()) -> None:
        """Make hosts (all without NAMES) as if no playbook had been run over them, and quickly."""
        hosts = [self.host(name) for name in names] or list(self.lab.hosts.values())
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._clean, hosts))

    def files(self) -> dict[str, str]:
        """Host -> a list of its files that differs after whatever has been written, changed or removed."""
        return {name: host.ssh(_FILES) for name, host in self.lab.hosts.items()}

    def serve(self, name: str, certificates: Sequence[Mapping[str, Any]] = ()) -> None:
        """Give a host, by a configuration that the collection does not know, port 80 and a TLS site for each entry."""
        host = self.host(name)
        server = host.spec.server
        path = host.root / sites.PATHS[server].lstrip("/")
        path.write_text(sites.configuration(server, certificates))
        host.ssh(_USE[server])

    def point(self, hosts: Mapping[str, Variables]) -> None:
        """Let the names of all certificates lead to the hosts that list them."""
        places: dict[str, list[str]] = {}
        for host, variables in hosts.items():
            for entry in variables.get("acme_certificates", []):
                for name in entry["identifiers"]:
                    places.setdefault(name, []).append(self._address(host, variables))
        for name, addresses in places.items():
            self.lab.dns.add_a(name, *addresses)

    def run(
        self,
        hosts: Mapping[str, Variables],
        *arguments: str,
        playbook_: str | Sequence[Mapping[str, Any]] = playbook.RENEW,
        environment: Mapping[str, str] | None = None,
        acme: Variables | None = None,
        **variables: Any,
    ) -> Run:
        """Run a playbook (by name, or its plays) over HOSTS, all of them in the group web.

        A host that is not booted under its name says where it is by ansible_host or ansible_connection.
        VARIABLES are those of all hosts, beside ACME, which is :attr:`acme` unless given.
        """
        self._runs += 1
        directory = self.directory / f"run-{self._runs:03}"
        directory.mkdir()
        inventory = directory / "inventory.json"
        inventory.write_text(
            json.dumps(self._inventory(hosts, {**(self.acme if acme is None else acme), **variables}), indent=1)
        )
        if not isinstance(playbook_, str):
            path = directory / "playbook.json"
            path.write_text(json.dumps(playbook_, indent=1))
            playbook_ = str(path)
        return playbook.run(playbook_, inventory, directory, *arguments, environment=environment)

    def look(self, host: str, name: str, roots: Path | None = None) -> Seen:
        """What a visitor of NAME gets from a host."""
        return look(self.host(host).address, name, roots or self.lab.ca.roots_file)

    def ca(self, name: str, **options: Any) -> Pebble:
        """One more CA beside the lab's own, not started yet: it asks the same name server, and validates on the hosts."""
        address = self.lab.ca.options.address
        return Pebble(self.directory / name, PebbleOptions(address=address, **options), self.lab.dns)

    def requests(self, ca: Pebble | None = None) -> int:
        """How often the lab's CA, or another one, was talked to by an account so far; what it says of renewal needs none."""
        log = (ca or self.lab.ca).directory / "pebble.log"
        return len(re.findall(r" (?:HEAD|POST) [^ ]* -> calling handler", log.read_text()))

    @staticmethod
    def _clean(host: Host) -> None:
        host.ssh(_CLEAN % (sites.WEBROOT, _SERVICES[host.spec.server]))

    def _inventory(self, hosts: Mapping[str, Variables], variables: Variables) -> dict[str, Any]:
        common = {**self.connection, **variables}
        listed = {name: {"ansible_host": self._address(name, own), **own} for name, own in hosts.items()}
        return {"all": {"vars": common, "children": {"web": {"hosts": listed}}}}

    def _address(self, name: str, variables: Variables) -> str:
        return str(variables.get("ansible_host") or self.host(name).address)
