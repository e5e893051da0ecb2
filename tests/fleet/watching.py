# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What another user of the machine sees, who looks all the time: processes, temporary directories, and a socket."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from .secrecy import Place

#: Seconds between two looks.
_PAUSE = 0.01
_NOBODY = 65534


class Watch:
    """Looks at what starts and appears until the end of the block.

    :param temporary: directories in which Ansible makes those for its temporary files, here or on a booted host.
    """

    def __init__(self, temporary: Sequence[Path]) -> None:
        self._temporary = temporary
        #: Command lines and environments of all processes that were started.
        self.processes: set[bytes] = set()
        #: The permissions of each temporary directory, by its path.
        self.modes: dict[str, int] = {}
        #: What came of connecting to the socket of the process that talks to the CA: user -> error number, 0 for none.
        self.connected: dict[int, int] = {}
        self._before = set(_processes())
        self._known: dict[str, bytes] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_always)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def places(self) -> Iterator[Place]:
        """All that was seen of processes, to be searched."""
        for data in self.processes:
            yield f"process {data[:80]!r}", data

    def _look_always(self) -> None:
        while not self._ended.wait(_PAUSE):
            for process in _processes():
                if process not in self._before:
                    with contextlib.suppress(OSError):
                        self._look_at(process)
            for parent in self._temporary:
                with contextlib.suppress(FileNotFoundError):
                    self._look_into(parent)

    def _look_at(self, process: str) -> None:
        command = Path("/proc", process, "cmdline").read_bytes()
        # It may have become another program.
        if self._known.get(process) != command:
            self._known[process] = command
            self.processes |= {command, Path("/proc", process, "environ").read_bytes()}

    def _look_into(self, parent: Path) -> None:
        for entry in list(os.scandir(parent)):
            if entry.path not in self.modes:
                self.modes[entry.path] = stat.S_IMODE(entry.stat().st_mode)
            if not self.connected and os.path.exists(f"{entry.path}/ca"):
                self.connected = {user: connect(parent, f"{entry.name}/ca", user) for user in (_NOBODY, 0)}


def connect(directory: Path, name: str, user: int) -> int:
    """Connect to a socket below DIRECTORY as another user, who may not need to be let into DIRECTORY itself.

    Returns the error number, 0 when it went well.
    """
    child = os.fork()
    if child == 0:
        code = 255
        try:
            os.chdir(directory)
            if user:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)
            with socket.socket(socket.AF_UNIX) as client:
                code = client.connect_ex(name)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]
