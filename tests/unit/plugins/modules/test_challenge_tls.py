# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""challenge_tls as a process, and the server that it starts."""

from __future__ import annotations

import fcntl
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible import responder
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography import x509

from tests.lab.ports import free_ports
from tests.unit.module_process import run_module, run_through_ansible

PROTOCOL = "acme-tls/1"


class Server:
    """What the module makes of a store, and a port."""

    def __init__(self, store: Path, port: int) -> None:
        self.store = store
        self.port = port
        self.common = {"store": str(store), "listen": f"127.0.0.1:{port}"}

    @property
    def number(self) -> int:
        """The number of the server's process."""
        return int((self.store / ".responder").read_text())

    def present(self, *names: str, **more: Any) -> dict[str, Any]:
        return run_module("challenge_tls", **self.common, challenges=[challenge(name) for name in names], **more)

    def absent(self, **more: Any) -> dict[str, Any]:
        return run_module("challenge_tls", store=str(self.store), state="absent", **more)

    def look(self, name: str, protocol: str = PROTOCOL) -> tuple[str | None, x509.Certificate]:
        """The protocol that is agreed on, and the certificate, as a CA sees them."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        plain = socket.create_connection(("127.0.0.1", self.port), 5)
        with plain, context.wrap_socket(plain, server_hostname=name) as connection:
            der = connection.getpeercert(binary_form=True)
            assert der
            return connection.selected_alpn_protocol(), x509.load_der_x509_certificate(der)

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "store", free_ports(1)[0])
    yield made
    made.absent()


def challenge(name: str, digest: str = "ab" * 32) -> dict[str, str]:
    """A challenge as webpki.acme.order tells of it."""
    return {"identifier": name, "server_name": name, "digest": digest}


def names(certificate: x509.Certificate) -> list[str]:
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in alternative]


def test_answers(server: Server) -> None:
    """Each name is answered with its own certificate, in the protocol of the challenge, until the server is ended."""
    told = server.present("a.example", "b.example")
    assert (told["changed"], [one["changed"] for one in told["challenges"]]) == (True, [True, True])
    for name in ("a.example", "b.example", "A.example"):
        protocol, certificate = server.look(name)
        assert (protocol, names(certificate)) == (PROTOCOL, [name.lower()])
    with pytest.raises(ssl.SSLError):
        server.look("c.example")
    assert server.absent()["changed"]
    assert not server.listens()
    assert not server.absent()["changed"]


def test_addresses(server: Server) -> None:
    """An address is asked for by its reverse name, and its certificate is for the address (RFC 8738 section 6)."""
    one = {"identifier": "192.0.2.1", "server_name": "1.2.0.192.in-addr.arpa", "digest": "ab" * 32}
    assert not run_module("challenge_tls", **server.common, challenges=[one]).get("failed")
    assert names(server.look("1.2.0.192.in-addr.arpa")[1]) == ["192.0.2.1"]


def test_in_the_place_of_another(server: Server) -> None:
    """A server that is left from another run is ended first, and one that is past its time has ended by itself."""
    server.present("a.example")
    before = server.number
    server.present("b.example", lifetime=4)
    assert names(server.look("b.example")[1]) == ["b.example"]
    with pytest.raises(ssl.SSLError):
        server.look("a.example")
    assert server.number != before
    end = time.monotonic() + 20
    while server.listens():
        assert time.monotonic() < end
        time.sleep(0.1)
    assert not server.absent()["changed"]


def test_no_file_and_no_rights(server: Server) -> None:
    """No key is left on the disk, and who listens to strangers is nobody, where it was started by root."""
    server.present("a.example")
    assert [path.name for path in server.store.iterdir()] == [".responder"]
    status = Path(f"/proc/{server.number}/status").read_text()
    uid = next(line.split()[1:] for line in status.splitlines() if line.startswith("Uid:"))
    assert set(uid) == {"65534" if os.geteuid() == 0 else str(os.geteuid())}
    assert b"PRIVATE KEY" not in Path(f"/proc/{server.number}/cmdline").read_bytes()


def test_number(server: Server) -> None:
    """Who listens to strangers cannot write whom to end, and a process that is not the server is not ended."""
    server.present("a.example")
    file, number = server.store / ".responder", server.number
    (held,) = [one for one in Path(f"/proc/{number}/fd").iterdir() if one.readlink() == file]
    lines = Path(f"/proc/{number}/fdinfo/{held.name}").read_text().splitlines()
    flags = next(int(line.split()[1], 8) for line in lines if line.startswith("flags:"))
    assert flags & os.O_ACCMODE == os.O_RDONLY

    with subprocess.Popen(["tail", "-f", file], stdout=subprocess.DEVNULL) as other:
        file.write_text(str(other.pid))
        threading.Timer(1, file.write_text, [str(number)]).start()
        ended = server.absent()["changed"]
        untouched = other.poll() is None
        other.kill()
    assert (ended, untouched) == (True, True)


def test_at_the_same_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two runs that start one at once the second is told of the other, and to run again."""
    port = free_ports(1)[0]
    with open(tmp_path / ".responder", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        # The other one comes between the look and the start.
        monkeypatch.setattr(responder, "stop", lambda _store: False)
        with pytest.raises(StoreError, match=r"begun to answer .* at the same moment.*Run again when that one is done"):
            responder.start(str(tmp_path), responder.place(f"127.0.0.1:{port}"), {}, 60)


def test_slow_strangers(server: Server) -> None:
    """Those who connect and say nothing, or something else, keep nobody from being answered."""
    server.present("a.example")
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _number in range(20)]
    silent[0].sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert names(server.look("a.example")[1]) == ["a.example"]
    for one in silent:
        one.close()


def test_port_in_use(server: Server) -> None:
    """Where something else has the port it is told what to do; nothing is left running."""
    with socket.create_server(("127.0.0.1", server.port)):
        told = server.present("a.example")
    assert (
        f"cannot answer tls-alpn-01 challenges on port {server.port}: Address already in use. Let what" in told["msg"]
    )
    assert [one["failed"] for one in told["challenges"]] == [True]
    assert not server.absent()["changed"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"listen": "443"}, "'443' is no place to listen at"),
        ({"listen": "*:0"}, "is no place to listen at"),
        ({"challenges": [challenge("*.a.example")]}, "is a wildcard"),
        ({"challenges": [challenge("a.example", "00")]}, "is no SHA-256"),
        ({"challenges": [challenge("a.example"), challenge("a.example", "cd" * 32)]}, "1 of 2 challenges failed"),
    ],
)
def test_refused(server: Server, options: dict[str, Any], told: str) -> None:
    """What cannot be answered is told."""
    result = run_module("challenge_tls", **{**server.common, **options})
    assert result["failed"]
    assert told in result["msg"]


def test_through_ansible(server: Server) -> None:
    """In check mode nothing is started or ended; otherwise it is, and the task does not wait for the server's end."""
    options: dict[str, Any] = {**server.common, "challenges": [challenge("a.example")]}
    foreseen, _printed = run_through_ansible("challenge_tls", "--check", **options)
    assert foreseen["changed"]
    assert not server.listens()
    done, printed = run_through_ansible("challenge_tls", **options)
    assert done["changed"]
    assert "PRIVATE KEY" not in printed
    assert names(server.look("a.example")[1]) == ["a.example"]
    foreseen, _printed = run_through_ansible("challenge_tls", "--check", store=str(server.store), state="absent")
    assert foreseen["changed"]
    assert server.listens()
