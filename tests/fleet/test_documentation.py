# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the README and of the roles' READMEs, run as they stand.

Where they speak of the world, the lab answers: the hosts are booted ones, and the CA is the lab's, given on the command
line, where it wins over what the example says.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.paths import REPOSITORY

from . import playbook
from .documents import examples
from .fleet import Fleet
from .playbook import Run

README = REPOSITORY / "README.md"


class Reader:
    """Somebody who does what a document says, on hosts of a lab."""

    def __init__(self, fleet: Fleet, directory: Path, hosts: Mapping[str, str]) -> None:
        self._lab = fleet.lab
        self._directory = directory
        self._runs = 0
        variables = yaml.safe_load(fleet.lab.inventory.read_text())["all"]["vars"]
        self._ca = {name: variables.pop(name) for name in ("acme_ca", "acme_ca_bundle")}
        listed = {name: {"ansible_host": fleet.host(host).address, **variables} for name, host in hosts.items()}
        self._reached = directory / "reached.json"
        self._reached.write_text(json.dumps({"web": {"hosts": listed}}))

    def play(self, playbook_: str, *arguments: str, inventory: Path | None = None, **variables: Any) -> Run:
        """Run a playbook over the hosts, and over an inventory of the document's own."""
        self._runs += 1
        home = self._directory / "home"
        more = ["-i", str(self._reached), "-e", json.dumps({**self._ca, **variables}), *arguments]
        # One home for all runs: the account key that the first one makes is there for the others.
        done = playbook.run(playbook_, inventory or self._reached, home, *more)
        (self._directory / f"screen-{self._runs}").write_text(done.screen)
        return done

    def file(self, name: str, text: str) -> Path:
        """Save an example as the document says."""
        path = self._directory / name
        path.write_text(text)
        return path


@pytest.mark.hosts
def test_first_play(fleet: Fleet, tmp_path: Path) -> None:
    """The README's first play predicts, gives each host its own certificate, and then has nothing left to do."""
    reader = Reader(fleet, tmp_path, {"web1.example.com": "web1", "web2.example.com": "web2"})
    inventory_text, own_play = examples(README, "yaml")
    inventory = reader.file("inventory.yml", inventory_text)
    commands = [line for block in examples(README, "console") for line in block.splitlines()]
    runs = [shlex.split(line) for line in commands if line.startswith("ansible-playbook")]
    for host, name in (("web1", "web1.example.com"), ("web2", "web2.example.com")):
        fleet.lab.dns.add_a(name, fleet.host(host).address)

    done = []
    for _program, _option, _inventory, name, *arguments in runs:
        done.append(reader.play(name, *arguments, inventory=inventory).good())
    foretold, first, second = done
    assert foretold.count("changed") and first.count("changed")
    assert second.count("changed") == {}
    for host, name in (("web1", "web1.example.com"), ("web2", "web2.example.com")):
        assert fleet.look(host, name).error == ""

    own = reader.file("own.yml", own_play)
    changed = reader.play(str(own), inventory=inventory, acme_force=["www"]).good()
    assert "web1.example.com has a new certificate" in changed.screen


@pytest.mark.hosts
@pytest.mark.parametrize("role", ["ca_account", "webserver", "certificates", "revocation"])
def test_role(fleet: Fleet, tmp_path: Path, role: str) -> None:
    """The play in a role's README runs as it stands, and a second time without a change."""
    fleet.clean(["web1"])
    reader = Reader(fleet, tmp_path, {"web1": "web1"})
    for name in ("www.example.com", "example.com"):
        fleet.lab.dns.add_a(name, fleet.host("web1").address)
    if role == "certificates":
        # What the example takes for granted: a web server that serves the document root, and then the files of the store.
        fleet.host("web1").ssh("mkdir -p /var/www/html")
        webserver = reader.file("webserver.yml", examples(REPOSITORY / "roles" / "webserver" / "README.md", "yaml")[0])
        reader.play(str(webserver)).good()
        fleet.host("web1").ssh("rm -r /etc/webpki/www/current")
    if role == "revocation":
        # Something to revoke.
        webserver = reader.file("webserver.yml", examples(REPOSITORY / "roles" / "webserver" / "README.md", "yaml")[0])
        reader.play(str(webserver)).good()
    play = reader.file("play.yml", examples(REPOSITORY / "roles" / role / "README.md", "yaml")[0])
    assert reader.play(str(play)).good().changes()
    assert reader.play(str(play)).good().changes() == []
