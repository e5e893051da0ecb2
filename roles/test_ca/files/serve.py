# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs Pebble and its name server together: `python3 serve.py DIRECTORY`.

Both keep everything in memory, so at each start the name server is told its names, and the new
roots of the CA are written down. After SIGHUP the names are read again, and the CA goes on.
Says when it is ready in the way that systemd and start-stop-daemon understand.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, NoReturn


class TestCa:
    """The two programs, and what they are told; DIRECTORY is laid out by the role."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.settings: dict[str, Any] = json.loads((directory / "test-ca.json").read_text())
        self.told: set[str] = set()
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both, and return when both answer."""
        dns, commands = self.settings["dns"], self.directory / "bin"
        environment = {**os.environ, **self.settings["environment"]}
        name_server = [str(commands / "pebble-challtestsrv"), "-dnsserver", dns["server"]]
        name_server += ["-management", dns["management"], "-defaultIPv4", dns["default"], "-defaultIPv6", ""]
        # Challenges are answered by real web servers, so its own stay off.
        name_server += ["-doh", "", "-http01", "", "-https01", "", "-tlsalpn01", ""]
        ca = [str(commands / "pebble"), "-config", str(self.directory / "test-ca.json")]
        ca += ["-dnsserver", dns["server"], "-strict"]
        for argv in (name_server, ca):
            # Without this one they must not stay behind: the ports would be taken.
            tied = ["setpriv", "--pdeathsig", "KILL", "--", *argv]
            self.running.append(subprocess.Popen(tied, env=environment, stdin=subprocess.DEVNULL))
        self.tell_names()
        self.write_roots()

    def tell_names(self) -> None:
        """Make the name server know what is in names.json, and nothing else."""
        names: dict[str, list[str]] = json.loads((self.directory / "names.json").read_text())
        for name in sorted(self.told | set(names)):
            self._ask("clear-a", {"host": name})
        for name, addresses in names.items():
            self._ask("add-a", {"host": name, "addresses": addresses})
        self.told = set(names)

    def write_roots(self) -> None:
        """Write the root of the certificates that the CA issues since this start."""
        address = self.settings["pebble"]["managementListenAddress"]
        context = ssl.create_default_context(cafile=str(self.directory / "api" / "ca.pem"))
        root = self._patiently(f"https://{address}/roots/0", None, context)
        new = self.directory / "roots.pem.new"
        new.write_bytes(root)
        new.replace(self.directory / "roots.pem")

    def stop(self) -> None:
        """End both."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait()

    def ended(self) -> bool:
        """Whether one of the two has ended by itself."""
        return any(process.poll() is not None for process in self.running)

    def _ask(self, verb: str, body: dict[str, Any]) -> None:
        self._patiently(f"http://{self.settings['dns']['management']}/{verb}", json.dumps(body).encode(), None)

    def _patiently(self, url: str, body: bytes | None, context: ssl.SSLContext | None) -> bytes:
        deadline = time.monotonic() + 10
        while True:
            try:
                with urllib.request.urlopen(url, body, timeout=5, context=context) as reply:
                    answer: bytes = reply.read()
                return answer
            except OSError as error:
                if self.ended() or time.monotonic() > deadline:
                    self.stop()
                    sys.exit(f"{url}: {error}")
                time.sleep(0.05)


def say(state: str) -> None:
    """Tell the service manager, if there is one, what is going on."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)


def main() -> NoReturn:
    """Serve until a signal says otherwise, or one of the two programs ends."""
    ca = TestCa(Path(sys.argv[1]))
    ca.start()
    expected = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
    # Waited for instead of handled, so that none comes at a bad moment. Not before the start: a
    # program inherits what is blocked, and would not hear that it should end.
    signal.pthread_sigmask(signal.SIG_BLOCK, expected)
    say("READY=1")
    while not ca.ended():
        received = signal.sigwait(expected)
        if received == signal.SIGHUP:
            ca.tell_names()
        elif received != signal.SIGCHLD:
            ca.stop()
            sys.exit(0)
    ca.stop()
    sys.exit("one of the two programs has ended")


if __name__ == "__main__":
    main()
