# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Challenge files asked for as a CA does: at all addresses, through redirects, and never without an end."""

from __future__ import annotations

import contextlib
import http.server
import re
import socket
import socketserver
import threading
import time
from collections.abc import Iterator, Mapping

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible import reached
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks.check import CHALLENGE_CHECK

PATH = "/.well-known/acme-challenge/token"
CONTENT = "token.thumbprint"
Answer = tuple[int, Mapping[str, str], bytes]


class Web:
    """A web server on one address of this machine that gives an answer for each path."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        answers: dict[str, Answer] = {}
        hosts: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hosts.append(self.headers["Host"])
                status, headers, body = answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.answers, self.hosts = answers, hosts
        self._server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    running = Web()
    yield running
    running.close()


def seen(port: int, name: str = "127.0.0.1", timeout: float = 5, deadline: float = 10) -> list[reached.Seen]:
    (found,) = reached.ask_all([reached.Probe(name, PATH, CONTENT, port)], timeout, deadline)
    return found


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, {}, b"token.thumbprint"), ""),
        ((200, {}, b"token.thumbprint \r\n"), ""),
        ((301, {"Location": "/other"}, b""), ""),
        ((200, {}, b""), "an empty file"),
        ((200, {}, b"<html>\x1b[2J"), r"something else, which begins with '<html>"),
        ((404, {}, b"token.thumbprint"), "the status is 404 in place of 200"),
        ((301, {}, b""), "redirects more than 10 times"),
        ((302, {"Location": "ftp://a.example/x"}, b""), "where no CA follows"),
        ((302, {"Location": "http://127.0.0.1:1/x"}, b""), "keep to ports 80 and 443"),
        ((302, {"Location": "http://127.0.0.1:x/"}, b""), "no URL"),
        ((302, {"Location": "http://[a.invalid/x"}, b""), "no URL"),
        ((302, {"Location": "/\x1b[2J"}, b""), "control characters"),
        ((302, {"Location": "http://a.invalid/x"}, b""), "a name without an address"),
    ],
)
def test_answers(web: Web, answer: Answer, problem: str) -> None:
    """Only the file itself, with status 200 and behind redirects that a CA follows, is good; all else is told."""
    web.answers.update({PATH: answer, "/other": (200, {}, CONTENT.encode())})
    (one,) = seen(web.port)
    assert (one.problem + one.url).isprintable()
    assert re.search(problem, one.problem) if problem else (one.problem, one.status) == ("", 200)


@contextlib.contextmanager
def speaking(address: str, port: int, words: bytes) -> Iterator[None]:
    """A server that says the same to everybody."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            # All of it, as who closes with something unread takes back what he said.
            while self.rfile.readline().strip():
                pass
            self.wfile.write(words)

    with socketserver.ThreadingTCPServer((address, port), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nsecret", "it serves something else"),
        (b"HTTP/1.0 403 secret\r\n\r\nsecret", "the status is 403 in place of 200"),
        (b"secret\r\n\r\n", "it does not answer in HTTP"),
        (b"HTTP/secret 200 OK\r\n\r\n", "it does not answer in HTTP"),
        (b"HTTP/1.0 302 Found\r\nLocation: /secret\r\n\r\n", "it redirects more than 10 times"),
        (
            b"HTTP/1.0 302 Found\r\nLocation: ftp://a/secret\r\n\r\n",
            "it redirects to another place, where no CA follows",
        ),
        (b"HTTP/1.0 302 Found\r\nLocation: http://[secret\r\n\r\n", "it redirects to another place, which is no URL"),
        (
            b"HTTP/1.0 302 Found\r\nLocation: http://secret.invalid/\r\n\r\n",
            "it redirects to another place, a name without an address",
        ),
        (b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:%d/secret\r\n\r\n", "it serves something else"),
        (b"HTTP/1.0 200 OK\r\n\r\n" + CONTENT.encode(), ""),
    ],
)
def test_words_of_another_host(web: Web, words: bytes, problem: str) -> None:
    """Of what another host says, to which a name redirects, nothing is shown, and nothing of what it redirects to."""
    elsewhere = f"http://127.0.0.2:{web.port}/"
    web.answers.update({PATH: (302, {"Location": elsewhere}, b""), "/secret": (200, {}, b"secret")})
    with speaking("127.0.0.2", web.port, words % web.port if b"%d" in words else words):
        (one,) = seen(web.port)
    assert (one.problem, one.url) == (problem, elsewhere)


def test_words_that_are_no_http() -> None:
    """What the name itself says in place of HTTP is shown, in one line that steers no terminal."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with speaking("127.0.0.1", port, b"SSH-2.0\x1b[2J\r\n"):
        (one,) = seen(port)
    assert one.problem == "SSH-2.0\\x1b[2J"


def test_redirect_of_a_name_to_an_address(web: Web) -> None:
    """A name that redirects to an address is told: CAs do not follow that."""
    web.answers[PATH] = (302, {"Location": f"http://127.0.0.1:{web.port}/other"}, b"")
    assert {one.problem.partition(", ")[2] for one in seen(web.port, "localhost") if one.status} == {
        "where CAs do not follow: it is an address and no name"
    }


@pytest.mark.parametrize("name", ["a.invalid", "a" * 64 + ".example", "\u0000"])
def test_no_address(name: str) -> None:
    """A name that the resolver does not know has no addresses, whatever it looks like."""
    assert seen(1, name) == []


def test_each_address(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address of a name is asked, with that name as the host: one that serves nothing is named.

    What a resolver knows is given here, as the names of this machine are not the test's to change.
    """
    web.answers[PATH] = (200, {}, CONTENT.encode())
    monkeypatch.setattr(reached, "addresses", lambda name: ["127.0.0.1", "127.0.0.2", "::1"])
    first, second, third = seen(web.port, "www.example.com")
    assert (first.address, first.problem) == ("127.0.0.1", "")
    assert (second.address, third.address) == ("127.0.0.2", "::1")
    assert "refused" in second.problem
    assert third.problem
    assert web.hosts == [f"www.example.com:{web.port}"]


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.0 200 OK\r\nX: "])
def test_silence(drip: bytes) -> None:
    """A server that says nothing, or a little now and then, is not waited for longer than the times given."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _address = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(drip)
                for _number in range(40):
                    time.sleep(0.1)
                    connection.sendall(b"x" if drip else b"")

        threading.Thread(target=serve, daemon=True).start()
        began = time.monotonic()
        (one,) = seen(listener.getsockname()[1], timeout=0.5, deadline=1)
        assert one.problem
        assert time.monotonic() - began < 3


def test_task(web: Web) -> None:
    """It warns with the address, what was wrong there and what to do; where it is required it fails; in check mode it asks nothing."""
    challenge = {"identifier": "127.0.0.1", "token": "token", "content": CONTENT, "port": web.port}
    options = {"challenges": [challenge], "required": False, "timeout": 5, "deadline": 10}
    warned = CHALLENGE_CHECK.outcome(options, False)
    (text,) = warned["warnings"]
    for part in (
        "127.0.0.1 does not answer as a CA wants it",
        "the status is 404",
        "See that the web server serves http://",
    ):
        assert part in text
    assert (warned["challenges"][0]["reached"], warned["changed"], "failed" in warned) == (False, False, False)
    failed = CHALLENGE_CHECK.outcome({**options, "required": True}, False)
    assert failed["failed"]
    assert "1 of 1 challenges failed: " in failed["msg"]
    assert CHALLENGE_CHECK.outcome(options, True)["challenges"][0]["reached"] is None
    web.answers[PATH] = (200, {}, CONTENT.encode())
    good = CHALLENGE_CHECK.outcome({**options, "required": True}, False)
    assert (good["challenges"][0]["reached"], good["challenges"][0]["addresses"][0]["status"]) == (True, 200)


def test_name_without_address() -> None:
    """A name that has no address is told with what it needs."""
    challenge = {"identifier": "a.invalid", "token": "token", "content": CONTENT, "port": 80}
    options = {"challenges": [challenge], "required": False, "timeout": 5, "deadline": 10}
    assert (
        "a.invalid has no address here. Give it an A or AAAA record"
        in CHALLENGE_CHECK.outcome(options, False)["warnings"][0]
    )
