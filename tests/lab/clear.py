# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a lab down, whoever brought it up, and however far that had come."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Callable

from . import network, registry
from .commands import run
from .errors import LabError
from .service import is_marked, kill


def clear(lab: registry.Entry) -> None:
    """Leave nothing of LAB on this machine but its directory with the logs."""
    kill(is_marked(lab.directory))
    kill(network.runs_in(network.namespaces(lab.name)))
    kill(_holds_connection(lab.home))
    for mount in _mounts_below(lab.directory):
        run(["umount", mount])
    network.remove(lab.name)
    for host in lab.directory.glob("hosts/*"):
        for layer in ("upper", "work", "root"):
            shutil.rmtree(host / layer, ignore_errors=True)
    registry.remove(lab)


def clear_abandoned() -> None:
    """Clear every lab whose owner was killed; for the holder of the register's lock."""
    for lab in registry.entries():
        if lab.abandoned:
            print(f"lab: clearing what a killed run left of {lab.name}", flush=True)
            clear(lab)


def clear_named(name: str) -> bool:
    """Clear the lab NAME; returns whether there was one. LabError when a running process has it."""
    for lab in registry.entries():
        if lab.name == name:
            if lab.owner is not None and not lab.abandoned:
                raise LabError(f"the lab {name} is in use by process {lab.owner.split(':')[0]}")
            clear(lab)
            return True
    return False


def _holds_connection(home: Path) -> Callable[[Path], bool]:
    # The ssh that Ansible leaves waiting for its next task names its socket as its title.
    title = f"ssh: {home}/".encode()

    def belongs(process: Path) -> bool:
        return (process / "cmdline").read_bytes().startswith(title)

    return belongs


def _mounts_below(directory: Path) -> list[str]:
    """Innermost first. The kernel writes a space in a path as \\040."""
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    plain = [re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point) for point in points]
    return [point for point in reversed(plain) if point.startswith(f"{directory}/")]
