# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.lab.paths import REPOSITORY

from ..process import Command
from .tool import environment

#: Where the Ansible of this collection's own environment finds it.
COLLECTIONS = {"ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".build" / "collections")}

#: How many hosts Ansible works on at a time; more than that only get in each other's way on a small machine.
FORKS = 20

#: By host, its variables.
Hosts = Mapping[str, Mapping[str, Any]]


def local(variables: Mapping[str, Any]) -> Hosts:
    """This machine alone, by Ansible's local connection."""
    connection = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return {"web1": {**connection, **variables}}


def playbook(python: Path, home: Path, plays: str, hosts: Hosts, **settings: str) -> Sequence[Command]:
    """The command that runs PLAYS (a path, or a name) over HOSTS with the Ansible beside PYTHON."""
    home.mkdir(parents=True, exist_ok=True)
    inventory = home / "inventory.json"
    # JSON is YAML.
    inventory.write_text(json.dumps({"web": {"hosts": hosts}}, indent=1))
    argv = [str(python / "ansible-playbook"), "-i", str(inventory), f"--forks={FORKS}", plays]
    return [Command(argv, home, environment(home, ANSIBLE_NOCOLOR="1", **settings))]
