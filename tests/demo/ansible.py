# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's commands, as a user calls them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.lab.errors import LabError


def playbook(inventories: Sequence[Path], name: str) -> str:
    """Run a playbook with its output on the screen, and return that. LabError when it failed."""
    environment = {**os.environ, "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"}
    command = ["ansible-playbook", *_options(inventories), name]
    screen = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            screen.append(line)
    if running.returncode:
        raise LabError("the playbook failed; see above")
    return "".join(screen)


def hostvars(inventories: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Host -> its variables, as Ansible sees them."""
    command = ["ansible-inventory", *_options(inventories), "--list"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, dict[str, Any]] = json.loads(output)["_meta"]["hostvars"]
    return found


def _options(inventories: Sequence[Path]) -> list[str]:
    return [part for inventory in inventories for part in ("-i", str(inventory))]
