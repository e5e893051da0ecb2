# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole lab: a CA, its name server, and booted hosts on a network of their own."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import inventory, network, registry, tree
from .clear import clear, clear_abandoned, clear_named
from .commands import run
from .dns import Dns
from .errors import LabError
from .host import Host, HostSpec
from .options import DEFAULTS, PebbleOptions
from .paths import RUN
from .pebble import Pebble, fetch

#: Each booted host takes several; the usual 128 end at about the twentieth.
_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_INOTIFY_WANTED = 8192
_DNS_PORTS = (53, 8055)


class Lab:
    """A lab that is up between `with` and the end of the block.

    :param name: 1 to 8 lower-case letters and digits; labs of different names do not meet.
    :param options: the CA's; its address and ports are the lab's own.
    :param keep: whether it stays up when the block or the process ends, until :meth:`down`.
    :param directory: what it keeps goes there; emptied first.
    """

    def __init__(
        self,
        name: str,
        hosts: Sequence[HostSpec],
        options: PebbleOptions = DEFAULTS,
        keep: bool = False,
        directory: Path | None = None,
    ) -> None:
        self.name = name
        self.directory = directory or RUN / name
        self.inventory = self.directory / "inventory.yml"
        self.hosts: dict[str, Host] = {}
        self.ca: Pebble
        self.dns: Dns
        self._specs = list(hosts)
        self._options = options
        self._keep = keep
        self._entry: registry.Entry | None = None
        # What was started here is also waited for here.
        self._processes = contextlib.ExitStack()

    def up(self) -> None:
        """Bring everything up, and take everything down again when that fails or is interrupted."""
        reason = hindrance()
        if reason:
            raise LabError(reason)
        fetch()
        tree.base()
        with registry.locked():
            clear_abandoned()
            clear_named(self.name)
            self._entry = registry.register(self.name, self.directory)
        try:
            self._bring_up(self._entry)
        except BaseException:
            self.down()
            raise
        if self._keep:
            self._entry = registry.disown(self._entry)

    def down(self) -> None:
        """Take everything down; the logs stay in :attr:`directory`."""
        if self._entry is not None:
            # All at once, where the parts themselves would end one after the other.
            clear(self._entry)
            self._entry = None
        self._processes.close()

    def __enter__(self) -> Lab:
        self.up()
        return self

    def __exit__(self, *error: object) -> None:
        if not self._keep:
            self.down()

    def _bring_up(self, entry: registry.Entry) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        if int(_INOTIFY.read_text()) < _INOTIFY_WANTED:
            _INOTIFY.write_text(str(_INOTIFY_WANTED))
        network.make_bridge(entry.name, entry.slot)
        self._start_ca(network.gateway(entry.slot))
        self._boot(entry)
        for host in self.hosts.values():
            self.dns.add_a(f"{host.name}.example.test", host.address)

    def _start_ca(self, address: str) -> None:
        # The usual ports: the address is the lab's own, and the hosts ask port 53 for names.
        self.dns = Dns(self.directory / "dns", address, *_DNS_PORTS, detached=self._keep)
        self._processes.callback(self.dns.stop)
        self.dns.start()
        options = replace(self._options, address=address, port=14000, management_port=15000)
        self.ca = Pebble(self.directory / "pebble", options, self.dns, detached=self._keep)
        self._processes.callback(self.ca.stop)
        self.ca.start()

    def _boot(self, entry: registry.Entry) -> None:
        key = self.directory / "ssh_key"
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"lab {self.name}", "-f", str(key)])
        public_key = key.with_suffix(".pub").read_text()
        options = _ssh_options(entry.home)
        for number, spec in enumerate(self._specs):
            host = Host(spec, number, entry, detached=self._keep)
            self.hosts[spec.name] = host
            host.make(public_key, [*options, "-i", str(key)])
            self._processes.callback(host.kill)
            host.boot()
        hosts = list(self.hosts.values())
        variables = {"acme_ca": self.ca.directory_url, "acme_ca_bundle": str(self.ca.ca_bundle)}
        variables["lab_roots"] = str(self.ca.roots_file)
        self.inventory.write_text(inventory.write(hosts, options, str(key), variables))
        deadline = time.monotonic() + 60 + len(hosts)
        for host in hosts:
            host.wait(deadline - time.monotonic())


def hindrance() -> str:
    """Why hosts cannot be booted on this machine, in a line; empty when they can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "booting hosts needs Linux and root"
    missing = [command for command in ("ip", "mmdebstrap", "ssh", "systemd-nspawn") if shutil.which(command) is None]
    if missing:
        return f"booting hosts needs {', '.join(missing)}: tests/lab/install-packages installs them on Debian"
    try:
        # A container is root without being allowed to do this.
        run(["unshare", "--net", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
    except LabError as error:
        return f"booting hosts needs network namespaces and mounts ({error})"
    return ""


def name_server(entry: registry.Entry) -> Dns:
    """The name server of a lab that another process has brought up, to tell it names."""
    return Dns(entry.directory / "dns", network.gateway(entry.slot), *_DNS_PORTS)


def _ssh_options(home: Path) -> list[str]:
    options = {
        # The host keys are those of the tree, the same everywhere.
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": "/dev/null",
        "LogLevel": "ERROR",
        "IdentitiesOnly": "yes",
        "ConnectTimeout": "10",
        "ControlMaster": "auto",
        "ControlPersist": "60s",
        "ControlPath": f"{home}/%C",
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
