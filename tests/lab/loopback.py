# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Web servers on loopback addresses, in the place of hosts, for a machine that cannot boot any.

Each "host" is an nginx of its own at 127.0.0.x, with a directory that holds its configuration,
document root and store.  Ansible reaches it by its local connection.  Needs no root.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .commands import run
from .dns import Dns
from .errors import LabError
from .options import DEFAULTS, PebbleOptions
from .paths import BUILD
from .pebble import Pebble
from .ports import free_ports, wait_for_port
from .service import Service

# Its workers are not made another user: they could not read a checkout in somebody's home.
_MAIN = """\
{user}daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ }}
http {{
    access_log {directory}/access.log;
    client_body_temp_path {directory}/temporary;
    proxy_temp_path {directory}/temporary;
    fastcgi_temp_path {directory}/temporary;
    uwsgi_temp_path {directory}/temporary;
    scgi_temp_path {directory}/temporary;
    server {{
        listen {address}:{http_port} default_server;
        root {webroot};
    }}
    include {directory}/sites/*.conf;
}}
"""
_SITE = """\
server {{
    listen {address}:{https_port} ssl;
    server_name {names};
    ssl_certificate {certificate}/fullchain.pem;
    ssl_certificate_key {certificate}/privkey.pem;
    root {webroot};
}}
"""


class LoopbackHost:
    """One nginx, made but not started. Challenges go to `webroot`, certificates to `store`."""

    def __init__(self, name: str, address: str, directory: Path, http_port: int, https_port: int) -> None:
        self.name = name
        self.address = address
        self.directory = directory
        self.http_port = http_port
        self.https_port = https_port
        self.webroot = directory / "webroot"
        self.store = directory / "store"
        self._argv = [str(nginx()), "-p", str(directory), "-c", str(directory / "nginx.conf"), "-e", "stderr"]
        self._service = Service(self._argv, directory / "nginx.log", mark=directory)
        for part in (self.webroot, self.store, directory / "sites"):
            part.mkdir(parents=True)
        (directory / "nginx.conf").write_text(
            _MAIN.format(**vars(self), user="user root;\n" if os.geteuid() == 0 else "")
        )

    def add_site(self, certificate: str, names: Sequence[str]) -> None:
        """Serve NAMES over TLS with what the store has under CERTIFICATE: there before the start."""
        current = self.store / certificate / "current"
        site = _SITE.format(**vars(self) | {"names": " ".join(names), "certificate": current})
        (self.directory / "sites" / f"{certificate}.conf").write_text(site)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._service.start()
        wait_for_port(self.address, self.http_port, self._service.check)

    def stop(self) -> None:
        """End the server."""
        self._service.stop()

    def variables(self) -> Mapping[str, object]:
        """The host's part of the inventory; the commands are for `reload` and `validate`."""
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "acme_store": str(self.store),
            "lab_address": self.address,
            "lab_https_port": self.https_port,
            "lab_webroot": str(self.webroot),
            "lab_reload": " ".join([*self._argv, "-s", "reload"]),
            "lab_validate": " ".join([*self._argv, "-t"]),
        }


class LoopbackLab:
    """A CA, its name server, and hosts on loopback; the hosts are up after :meth:`start_hosts`.

    :param directory: emptied first.
    """

    def __init__(self, directory: Path, names: Sequence[str], options: PebbleOptions = DEFAULTS) -> None:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        http_port, https_port = free_ports(2, "0.0.0.0")
        self.dns = Dns(directory / "dns")
        self.ca = Pebble(directory / "pebble", replace(options, http_port=http_port), self.dns)
        self.hosts = {
            name: LoopbackHost(name, f"127.0.0.{number}", directory / "hosts" / name, http_port, https_port)
            for number, name in enumerate(names, start=11)
        }
        self.inventory = directory / "inventory.yml"
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> LoopbackLab:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.dns)
            stack.enter_context(self.ca)
            for host in self.hosts.values():
                self.dns.add_a(f"{host.name}.example.test", host.address)
                stack.callback(host.stop)
            self.inventory.write_text(self._inventory())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def start_hosts(self) -> None:
        """Start the web servers. The certificates that their sites name must be there, be it placeholders."""
        for host in self.hosts.values():
            host.start()

    def _inventory(self) -> str:
        # JSON is YAML.
        group = {
            "hosts": {host.name: host.variables() for host in self.hosts.values()},
            "vars": {
                "acme_ca": self.ca.directory_url,
                "acme_ca_bundle": str(self.ca.ca_bundle),
                "lab_roots": str(self.ca.roots_file),
            },
        }
        return json.dumps({"web": group}, indent=2) + "\n"


def nginx() -> Path:
    """An nginx: that of the machine, or one taken out of its package without installing it."""
    installed = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    unpacked = BUILD / "nginx" / "usr/sbin/nginx"
    if installed:
        return Path(installed)
    if not unpacked.exists():
        folder = BUILD / "nginx.new"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _unpack("nginx", folder)
        folder.rename(BUILD / "nginx")
    return unpacked


def stream_module() -> Path:
    """What nginx has to load to hand on connections as they are; it is always taken out of its package."""
    module = BUILD / "nginx-stream" / "usr/lib/nginx/modules/ngx_stream_module.so"
    if not module.exists():
        folder = BUILD / "nginx-stream.new"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _unpack("libnginx-mod-stream", folder)
        shutil.rmtree(BUILD / "nginx-stream", ignore_errors=True)
        folder.rename(BUILD / "nginx-stream")
    return module


def _unpack(package: str, folder: Path) -> None:
    print(f"lab: fetching {package}", flush=True)
    try:
        run(["sh", "-ec", 'cd "$1"; apt-get -qq download "$2"; dpkg-deb -x "$2"_*.deb .', "sh", str(folder), package])
    except LabError as error:
        raise LabError(f"{package} is missing, and cannot be fetched: please install it ({error})") from error
