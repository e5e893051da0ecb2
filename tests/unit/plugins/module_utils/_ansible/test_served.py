# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a TLS port serves."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible import served
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer, pem
from tests.unit.tls_port import Server


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def server(tmp_path: Path, issuer: Issuer) -> Iterator[Server]:
    running = Server(tmp_path, issuer)
    yield running
    running.socket.close()


@pytest.fixture
def bundle(tmp_path: Path, issuer: Issuer) -> str:
    path = tmp_path / "roots.pem"
    path.write_text(pem(issuer.root))
    return str(path)


def ask(server: Server, name: str, expected: str | None = None, bundle: str | None = None) -> served.Answer:
    endpoint = served.Endpoint("127.0.0.1", server.number, name, expected)
    (answer,) = served.ask_all([endpoint], 5, 10, bundle)
    return answer


def test_by_name(server: Server) -> None:
    """The certificate for the name that was asked for comes back, without an opinion on it."""
    first, second = server.use("a.example"), server.use("b.example")
    assert ask(server, "a.example").fingerprint == first
    assert ask(server, "b.example").fingerprint == second
    assert ask(server, "127.0.0.1").fingerprint == first
    assert ask(server, "a.example").verified is None


def test_verified(server: Server, bundle: str) -> None:
    """With a bundle, chain, name and time are verified, and the certificate comes back also when that fails."""
    good, old = server.use("a.example"), server.use("b.example", left=-1)
    answer = ask(server, "a.example", bundle=bundle)
    assert (answer.fingerprint, answer.verified, answer.verify_error) == (good, True, None)
    answer = ask(server, "b.example", bundle=bundle)
    assert (answer.fingerprint, answer.verified, answer.verify_error) == (old, False, "certificate has expired")
    answer = ask(server, "c.example", bundle=bundle)
    assert (answer.fingerprint, answer.verified) == (good, False)
    assert "c.example" in (answer.verify_error or "")


def test_other_roots(server: Server, tmp_path: Path) -> None:
    """A chain from another root is not verified."""
    server.use("a.example")
    path = tmp_path / "other.pem"
    path.write_text(pem(Issuer().root))
    assert ask(server, "a.example", bundle=str(path)).verified is False


@pytest.mark.parametrize("content", [None, "", "garbage"])
def test_unusable_bundle(server: Server, tmp_path: Path, content: str | None) -> None:
    """A bundle that cannot be used is an error, and no verdict on the server."""
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(StoreError, match=str(path)):
        ask(server, "a.example", bundle=str(path))


def test_waiting_for_a_reload(server: Server) -> None:
    """A server that reloads a moment later is waited for."""
    server.use("a.example")

    context = dict(server.contexts)
    new = server.use("a.example")
    replacement, server.contexts = server.contexts, context
    threading.Timer(0.5, lambda: server.contexts.update(replacement)).start()
    start = time.monotonic()
    assert ask(server, "a.example", expected=new).fingerprint == new
    assert 0.4 < time.monotonic() - start < 5


def test_waiting_ends(server: Server) -> None:
    """Where the expected certificate never comes, the waiting ends at the deadline with what is there."""
    served_now = server.use("a.example")
    endpoint = served.Endpoint("127.0.0.1", server.number, "a.example", "00" * 32)
    start = time.monotonic()
    (answer,) = served.ask_all([endpoint], 5, 1, None)
    assert answer.fingerprint == served_now
    assert time.monotonic() - start < 2


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_nobody_there() -> None:
    """Without an expectation, a port where nobody listens is asked once."""
    start = time.monotonic()
    (answer,) = served.ask_all([served.Endpoint("127.0.0.1", closed_port(), "a.example")], 5, 10, None)
    assert (answer.certificate, answer.problem) == (None, "Connection refused")
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("said", "problem"), [(b"", "no answer within 0.5 s"), (b"HTTP/1.1 400 Bad\r\n\r\n", "no TLS there")]
)
def test_no_tls_there(said: bytes, problem: str) -> None:
    """A port that is silent, or speaks another protocol, is told apart, in bounded time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = served.Endpoint("127.0.0.1", listener.getsockname()[1], "a.example")

        def answer_in_plain() -> None:
            connection, _address = listener.accept()
            connection.sendall(said)
            time.sleep(2)
            connection.close()

        threading.Thread(target=answer_in_plain, daemon=True).start()
        start = time.monotonic()
        (answer,) = served.ask_all([endpoint], 0.5, 10, None)
    assert problem in answer.problem
    assert time.monotonic() - start < 2


def test_unknown_host() -> None:
    """A host name that cannot be resolved is said to be that."""
    (answer,) = served.ask_all([served.Endpoint("no-such-host.invalid", 443, "a.example")], 5, 10, None)
    assert "no-such-host.invalid cannot be resolved" in answer.problem


def test_many_at_once() -> None:
    """Endpoints that do not answer are waited for together."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoints = [served.Endpoint("127.0.0.1", listener.getsockname()[1], "a.example")] * 20
        start = time.monotonic()
        answers = served.ask_all(endpoints, 1, 10, None)
    assert [answer.problem for answer in answers] == ["no answer within 1 s"] * 20
    assert time.monotonic() - start < 5


def test_nothing_to_ask() -> None:
    """Nothing to ask is no error."""
    assert served.ask_all([], 1, 1, None) == []
