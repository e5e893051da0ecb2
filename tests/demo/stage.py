# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the demonstration takes place: on booted hosts, or on loopback where hosts cannot be booted."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.dns import Dns
from tests.lab.host import HostSpec
from tests.lab.lab import Lab
from tests.lab.loopback import LoopbackLab
from tests.lab.paths import REPOSITORY

from . import ansible
from .table import Endpoint

HERE = Path(__file__).parent
HOSTS = HERE / "hosts.yml"
STATE = REPOSITORY / ".build" / "demo"
SPECS = [HostSpec("web1", "nginx"), HostSpec("web2", "nginx"), HostSpec("web3", "apache")]


@dataclass(frozen=True)
class Stage:
    """The inventories of the play, what its hosts are to serve, and the roots to verify that with."""

    inventories: list[Path]
    endpoints: list[Endpoint]
    roots: Path


def booted(stack: ExitStack) -> Stage:
    """Three booted hosts; they go down with the stack."""
    lab = stack.enter_context(Lab("demo", SPECS))
    inventories = [lab.inventory, HOSTS]
    ports = {host.name: (host.address, 443) for host in lab.hosts.values()}
    return _named(Stage(inventories, _endpoints(ansible.hostvars(inventories), ports), lab.ca.roots_file), lab.dns)


def on_loopback(stack: ExitStack) -> Stage:
    """Three nginx of their own; they go down with the stack."""
    lab = stack.enter_context(LoopbackLab(STATE / "loopback", [spec.name for spec in SPECS]))
    own = STATE / "hosts.yml"
    own.write_text(json.dumps(_for_loopback(yaml.safe_load(HOSTS.read_text()))))
    inventories = [lab.inventory, own]
    variables = ansible.hostvars(inventories)
    for name, host in lab.hosts.items():
        for certificate in variables[name]["acme_certificates"]:
            host.add_site(certificate["name"], certificate["identifiers"])
    # These servers have a configuration of their own, which names certificates: they do not start without.
    ansible.playbook(inventories, str(HERE / "placeholders.yml"))
    lab.start_hosts()
    ports = {host.name: (host.address, host.https_port) for host in lab.hosts.values()}
    return _named(Stage(inventories, _endpoints(variables, ports), lab.ca.roots_file), lab.dns)


def _for_loopback(inventory: dict[str, Any]) -> dict[str, Any]:
    """The same hosts and names, on servers that the role webserver has nothing to do with."""
    inventory["web"]["vars"]["acme_account_key_file"] = str(STATE / "account.pem")
    for host in inventory["web"]["hosts"].values():
        del host["acme_webserver"]
        for certificate in host["acme_certificates"]:
            certificate["webroot"] = "{{ lab_webroot }}"
            certificate["reload"] = ["{{ lab_reload }}"]
            certificate["validate"] = "{{ lab_validate }}"
            certificate["served_on"] = "{{ lab_address }}:{{ lab_https_port }}"
    return inventory


def _endpoints(variables: dict[str, dict[str, Any]], ports: dict[str, tuple[str, int]]) -> list[Endpoint]:
    """Every name of every certificate, on each host that lists it."""
    return [
        Endpoint(host, *ports[host], name)
        for host in sorted(ports)
        for certificate in variables[host]["acme_certificates"]
        for name in certificate["identifiers"]
    ]


def _named(stage: Stage, dns: Dns) -> Stage:
    for name in {endpoint.name for endpoint in stage.endpoints}:
        dns.add_a(name, *[endpoint.address for endpoint in stage.endpoints if endpoint.name == name])
    return stage
