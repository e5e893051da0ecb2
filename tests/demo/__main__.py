# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: three hosts get certificates from a test CA, and what they then serve is shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.host import HostSpec
from tests.lab.lab import Lab
from tests.lab.paths import REPOSITORY

from .table import Endpoint, show

HERE = Path(__file__).parent
STATE = REPOSITORY / ".build" / "demo"
HOSTS = [HostSpec("web1", "nginx"), HostSpec("web2", "nginx"), HostSpec("web3", "apache")]


def main() -> int:
    """Run the demonstration; returns the exit code."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(parents=True)
    try:
        _say(
            "starting Pebble (a test CA) with its DNS, and booting three hosts: web1 and web2 with nginx, web3 with Apache"
        )
        with Lab("demo", HOSTS) as lab:
            return _demonstrate(lab)
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _demonstrate(lab: Lab) -> int:
    inventories = [lab.inventory, HERE / "hosts.yml"]
    endpoints = _endpoints(inventories, {host.name: host.address for host in lab.hosts.values()})
    for endpoint in endpoints:
        lab.dns.add_a(endpoint.name, *[other.address for other in endpoints if other.name == endpoint.name])
    _say("ansible-playbook webpki.acme.renew: from names in the inventory to served certificates")
    _renew(inventories)
    _say("what each host serves, asked for from outside and verified against the CA's root")
    verified = show(endpoints, lab.ca.roots_file)
    _say("the same playbook once more: nothing is due, so nothing changes and the CA is not asked")
    changed = _renew(inventories)
    _say("nothing changed" if not changed else f"unexpected: {changed} changes in the second run")
    return 0 if verified and not changed else 1


def _endpoints(inventories: list[Path], addresses: dict[str, str]) -> list[Endpoint]:
    """What each host is to serve: every name of every certificate in the inventory."""
    arguments = [part for inventory in inventories for part in ("-i", str(inventory))]
    output = subprocess.run(
        ["ansible-inventory", *arguments, "--list"], check=True, capture_output=True, text=True
    ).stdout
    variables = json.loads(output)["_meta"]["hostvars"]
    return [
        Endpoint(host, addresses[host], 443, name)
        for host in sorted(addresses)
        for certificate in variables[host]["acme_certificates"]
        for name in certificate["identifiers"]
    ]


def _renew(inventories: list[Path]) -> int:
    """Run the playbook, on the screen as a user sees it; returns how much it changed. LabError when it failed."""
    arguments = [part for inventory in inventories for part in ("-i", str(inventory))]
    environment = {**os.environ, "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false", "ANSIBLE_FORKS": "10"}
    command = ["ansible-playbook", *arguments, "webpki.acme.renew"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as playbook:
        changed = 0
        for line in playbook.stdout or ():
            print(line, end="", flush=True)
            recap = re.search(r"\bchanged=(\d+)\s+unreachable=", line)
            changed += int(recap[1]) if recap else 0
    if playbook.returncode:
        raise LabError("the playbook failed; see above")
    return changed


def _say(text: str) -> None:
    print(f"\ndemo: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
