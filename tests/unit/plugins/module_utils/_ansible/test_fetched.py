# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies at the URLs that certificates name, as a real web server has it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from ansible_collections.webpki.acme.plugins.module_utils._ansible import fetched
from ansible_collections.webpki.acme.plugins.module_utils._ansible.fetched import fetch
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.status_server import StatusServer


@pytest.fixture
def server() -> Iterator[StatusServer]:
    running = StatusServer()
    yield running
    running.stop()


def test_fetch(server: StatusServer) -> None:
    """What is there is fetched; with a body it is posted."""
    server.answers["/1.crl"] = b"a list"
    server.answers["/ocsp"] = lambda body: b"answer to " + body
    assert fetch(server.url("/1.crl"), 5) == b"a list"
    assert fetch(server.url("/ocsp"), 5, b"question", "application/ocsp-request") == b"answer to question"
    assert [method for method, _path, _body in server.asked] == ["GET", "POST"]


def test_refused(server: StatusServer) -> None:
    """A status other than success is told."""
    with pytest.raises(StoreError, match=r"/none was refused \(HTTP status 404\)"):
        fetch(server.url("/none"), 5)


def test_not_elsewhere(server: StatusServer) -> None:
    """A redirect is not followed: it could lead to where only this host may go."""
    server.answers["/secret"] = b"of this network"
    server.elsewhere["/1.crl"] = server.url("/secret")
    with pytest.raises(StoreError, match="leads to another place"):
        fetch(server.url("/1.crl"), 5)
    assert [path for _method, path, _body in server.asked] == ["/1.crl"]


def test_too_large(server: StatusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply has an end, in size."""
    monkeypatch.setattr(fetched, "MOST", 1024 * 1024)
    server.answers["/1.crl"] = b"x" * (1024 * 1024 + 1)
    with pytest.raises(StoreError, match="gave more than 1 MB"):
        fetch(server.url("/1.crl"), 5)


def test_too_slow(server: StatusServer) -> None:
    """A reply has an end, in time, also one of which each byte comes soon."""
    server.answers["/1.crl"] = b"x" * 100
    server.slow = 0.1
    began = time.monotonic()
    with pytest.raises(StoreError, match="no complete answer within 0.5 s"):
        fetch(server.url("/1.crl"), 0.5)
    assert time.monotonic() - began < 3


def test_nobody_there() -> None:
    """Where nobody listens it is told why."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    with pytest.raises(StoreError, match="cannot be asked: .*refused"):
        fetch(f"http://127.0.0.1:{number}/", 5)


def test_no_web_server() -> None:
    """What speaks no HTTP is told as such."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]

        def speak() -> None:
            connection, _address = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        threading.Thread(target=speak, daemon=True).start()
        with pytest.raises(StoreError, match="cannot be asked"):
            fetch(f"http://127.0.0.1:{number}/", 5)


@pytest.mark.parametrize(
    "url",
    [
        "ldap://ca.example/x",
        "file:///etc/passwd",
        "ftp://ca.example/x",
        "http:///x",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1/\r\nHost: other",
        "http://127.0.0.1/a b",
        "http://b\u00fccher.example/",
        "http://[::1/",
        "http://127.0.0.1/" + "x" * 3000,
        "",
    ],
)
def test_not_asked(url: str) -> None:
    """Only plain http and https URLs are asked, as whoever made the certificate could name others."""
    with pytest.raises(StoreError, match="is not asked: it is no plain http or https URL"):
        fetch(url, 5)


def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An https server is asked only where the host trusts it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "roots.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = StatusServer(context)
    server.answers["/1.crl"] = b"a list"
    try:
        with pytest.raises(StoreError, match=r"cannot be asked: certificate verify failed: [a-z -]+$"):
            fetch(server.url("/1.crl"), 5)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
        assert fetch(server.url("/1.crl"), 5) == b"a list"
    finally:
        server.stop()
