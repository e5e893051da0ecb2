# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which labs there are on this machine, whoever started them.

Bridges, namespaces and addresses belong to the machine and not to a checkout, so labs are
registered there.  An entry is written before the first thing of its lab is made, and removed after
the last is gone: what a killed run leaves behind is always registered.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .network import SLOTS

_HOME = Path("/run/webpki-lab")


@dataclass(frozen=True)
class Entry:
    """One lab: its number among the labs, its directory, and the process that it lives and dies with.

    The owner is None for a lab that stays up until it is taken down.
    """

    name: str
    slot: int
    directory: Path
    owner: str | None

    @property
    def home(self) -> Path:
        """A directory with a short name, since the name of a socket must be short."""
        return _HOME / self.name

    @property
    def abandoned(self) -> bool:
        """Whether the owner has ended without taking the lab down."""
        return self.owner is not None and _identity(int(self.owner.split(":")[0])) != self.owner


def register(name: str, directory: Path) -> Entry:
    """Enter a new lab, owned by this process; for the holder of :func:`locked`.

    LabError when there is one of that name.
    """
    if not re.fullmatch("[a-z0-9]{1,8}", name):
        raise LabError(f"the name of a lab is 1 to 8 lower-case letters and digits, not {name!r}")
    others = entries()
    if any(other.name == name for other in others):
        raise LabError(f"there is a lab named {name} already")
    used = {other.slot for other in others}
    # The first slot is kept for the developer's lab, whose addresses are in the documentation.
    slot = 0 if name == "lab" else next((slot for slot in SLOTS[1:] if slot not in used), -1)
    if slot < 0:
        raise LabError(f"there are {len(used)} labs on this machine; take one down first")
    entry = Entry(name, slot, directory, _identity(os.getpid()))
    _write(entry)
    return entry


def disown(entry: Entry) -> Entry:
    """Let the lab outlive this process."""
    kept = Entry(entry.name, entry.slot, entry.directory, None)
    _write(kept)
    return kept


def remove(entry: Entry) -> None:
    """Forget a lab of which nothing is left."""
    shutil.rmtree(entry.home, ignore_errors=True)


def entries() -> list[Entry]:
    """All labs of this machine, by name."""
    found = []
    for path in sorted(_HOME.glob("*/lab.json")):
        fields = json.loads(path.read_text())
        found.append(Entry(path.parent.name, fields["slot"], Path(fields["directory"]), fields["owner"]))
    return found


def _write(entry: Entry) -> None:
    entry.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    fields = {"slot": entry.slot, "directory": str(entry.directory), "owner": entry.owner}
    half = entry.home / "lab.json.new"
    half.write_text(json.dumps(fields))
    half.replace(entry.home / "lab.json")


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the register: nobody else on this machine enters a lab, or clears up after one, meanwhile."""
    with contextlib.ExitStack() as stack:
        try:
            _HOME.mkdir(mode=0o700, exist_ok=True)
            lock = stack.enter_context((_HOME / "lock").open("w"))
        except OSError as error:
            raise LabError(f"booting hosts needs Linux and root ({error})") from error
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _identity(pid: int) -> str:
    """PID:START, which names a process even after its pid is used again; "" when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The second field, the command, may hold spaces and parentheses; the start time is the 22nd.
    return f"{pid}:{stat.rpartition(')')[2].split()[19]}"
