# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One booted host: Debian with systemd and sshd, over the common tree."""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import network, tree
from .commands import run
from .errors import LabError
from .ports import wait_for_port
from .registry import Entry
from .service import Service, kill

#: What a host can serve with, and the unit that is started at boot for it.
SERVERS = {"nginx": "nginx.service", "apache": "apache2.service", "haproxy": "haproxy.service", "none": ""}
_LISTENING = ("nginx", "apache")


@dataclass(frozen=True)
class HostSpec:
    """What a host should be: its name, its web server, and whether it lacks python3-cryptography."""

    name: str
    server: str = "nginx"
    bare: bool = False

    @classmethod
    def parse(cls, text: str) -> HostSpec:
        """NAME[:SERVER][+bare], for instance `web1:nginx` or `web3:apache+bare`."""
        match = re.fullmatch(r"([a-z][a-z0-9-]{0,30})(?::([a-z]+))?(\+bare)?", text)
        if match is None or (match[2] or "nginx") not in SERVERS:
            raise LabError(f"a host is NAME[:SERVER][+bare] with a server of {', '.join(SERVERS)}, not {text!r}")
        return cls(match[1], match[2] or "nginx", bool(match[3]))


class Host:
    """A host of a lab; :meth:`make` lays it out, :meth:`boot` switches it on.

    :param detached: whether it stays on when this process ends.
    """

    def __init__(self, spec: HostSpec, number: int, lab: Entry, detached: bool = False) -> None:
        self.spec = spec
        self.name = spec.name
        self.number = number
        self.address = network.host_address(lab.slot, number)
        self._lab = lab
        self._directory = lab.directory / "hosts" / spec.name
        self._namespace = network.namespace(lab.name, spec.name)
        self._public_key = ""
        self._ssh_options: list[str] = []
        self._service = Service(
            [
                "systemd-nspawn",
                "--quiet",
                "--boot",
                f"--directory={self.root}",
                f"--machine={self._namespace}",
                f"--hostname={spec.name}",
                f"--network-namespace-path={network.NAMESPACES / self._namespace}",
                # There is no system bus to register at, nor a unit of its own to make.
                "--register=no",
                "--keep-unit",
                "--link-journal=no",
                "--resolv-conf=off",
                "--timezone=off",
            ],
            log=self._directory / "console.log",
            mark=lab.directory,
            detached=detached,
        )

    @property
    def root(self) -> Path:
        """The host's file system, seen from here."""
        return self._directory / "root"

    def make(self, public_key: str, ssh_options: Sequence[str]) -> None:
        """Lay out disk and network. PUBLIC_KEY is let in as root."""
        self._public_key = public_key
        self._ssh_options = list(ssh_options)
        self._lay_out_disk()
        network.make_namespace(self._lab.name, self.name, self._lab.slot, self.number)

    def boot(self) -> None:
        """Switch the host on; returns at once, see :meth:`wait`."""
        self._service.start()

    def wait(self, seconds: float = 60.0) -> None:
        """Return when sshd, and the web server if there is one, answer."""
        deadline = time.monotonic() + seconds
        ports = [22, 80] if self.spec.server in _LISTENING else [22]
        for port in ports:
            wait_for_port(self.address, port, self._service.check, max(1.0, deadline - time.monotonic()))
        with socket.create_connection((self.address, 22), timeout=10) as connection:
            if not connection.recv(4).startswith(b"SSH-"):
                raise LabError(f"{self.name}: what listens on port 22 is not sshd")

    def kill(self) -> None:
        """Switch the host off, and leave what may still run in its network."""
        self._service.kill()

    def power_off(self) -> None:
        """Switch the host off at once, as a power cut does; :meth:`boot` switches it on again."""
        self.kill()
        kill(network.runs_in([self._namespace]))
        # It would lead the next command to a host that is gone.
        self.disconnect()

    def disconnect(self) -> None:
        """End the connection that ssh keeps for later, if there is one."""
        with contextlib.suppress(LabError):
            run(["ssh", *self._ssh_options, "-O", "exit", f"root@{self.address}"])

    def reinstall(self) -> None:
        """Make the host new, as if nothing had ever happened on it, and wait until it is up."""
        self.power_off()
        run(["umount", str(self.root)])
        self._lay_out_disk()
        self.boot()
        self.wait()

    def ssh(self, command: str, seconds: float = 60.0) -> str:
        """Run a shell COMMAND on the host, as root, and return what it printed."""
        return run(["ssh", *self._ssh_options, f"root@{self.address}", command], seconds=seconds)

    def inside(self, *argv: str) -> str:
        """Run a command of this machine in the host's network, to see what the host sees."""
        return run(["ip", "netns", "exec", self._namespace, *argv])

    def _lay_out_disk(self) -> None:
        upper, work = self._directory / "upper", self._directory / "work"
        for directory in (upper, work, self.root):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
        self._personalise(upper)
        lower = f"{tree.bare()}:{tree.base()}" if self.spec.bare else str(tree.base())
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        run(["mount", "-t", "overlay", f"webpki-lab-{self.name}", "-o", options, str(self.root)])

    def _personalise(self, upper: Path) -> None:
        files = {
            "etc/hostname": f"{self.name}\n",
            "etc/hosts": f"127.0.0.1 localhost\n::1 localhost\n{self.address} {self.name}\n",
            "etc/resolv.conf": f"nameserver {network.gateway(self._lab.slot)}\n",
            # Without one systemd takes this for the first boot ever, and enables every service.
            "etc/machine-id": hashlib.sha256(f"{self._namespace}".encode()).hexdigest()[:32] + "\n",
            "root/.ssh/authorized_keys": self._public_key,
        }
        for name, text in files.items():
            path = upper / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for private in ("root", "root/.ssh"):
            (upper / private).chmod(0o700)
        unit = SERVERS[self.spec.server]
        if unit:
            wanted = upper / "etc/systemd/system/multi-user.target.wants" / unit
            wanted.parent.mkdir(parents=True)
            wanted.symlink_to(f"/lib/systemd/system/{unit}")
