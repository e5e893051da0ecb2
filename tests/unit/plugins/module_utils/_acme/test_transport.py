# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests over real connections, and what can become of them."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.deadline import Clock
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import (
    AcmeError,
    ConnectionLost,
    DeadlineExceeded,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import (
    CHUNK,
    MAX_BODY,
    Response,
    Transport,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.url import is_https_url
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.scripted_ca import Fault, Reply, ScriptedCA, fault, reply

HERE = "https://ca.example/acme/order/1"
DOING = "try"


def response(**headers: str) -> Response:
    """Return a reply without a body; header names with _ for -."""
    return Response(HERE, 200, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def transport(connect: Callable[..., Transport]) -> Transport:
    """A transport with a minute's time."""
    return connect()


@pytest.fixture
def peer() -> Iterator[Callable[[bytes], str]]:
    """Make a server without TLS that answers each connection with some bytes, or never: `peer(b"...")` is its URL."""
    sockets = []

    def serve(listener: socket.socket, answer: bytes) -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            sockets.append(connection)
            if answer:
                connection.recv(1000)
                connection.sendall(answer)
                connection.close()

    def make(answer: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        return f"https://localhost:{listener.getsockname()[1]}/"

    yield make
    for one in sockets:
        # Closing alone would not wake the thread that waits in accept().
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# Requests as they go out


def test_request(ca: ScriptedCA, transport: Transport) -> None:
    """A request names the client, asks for no compression, and carries what it was given and nothing else."""
    ca.on("/x", reply(b"body", 201, X_Other="1"))
    answer = transport.send("GET", ca.url("/x"), doing=DOING, accept="text/plain")
    assert (answer.url, answer.status, answer.body, answer.headers["x-other"]) == (ca.url("/x"), 201, b"body", "1")
    sent = ca.requests[0].headers
    assert sent["User-Agent"].startswith("webpki.acme/")
    assert (sent["Accept"], sent["Accept-Encoding"]) == ("text/plain", "identity")
    assert not {"Authorization", "Cookie", "Content-Type"} & set(sent)


def test_connections_are_kept(ca: ScriptedCA, transport: Transport) -> None:
    """Requests that follow one another use the same connection, whatever their method."""
    ca.on("/x", reply(b"body"), reply(b"", 204), reply(b"no", 404))
    for method, path in [("GET", "/x"), ("HEAD", "/new-nonce"), ("GET", "/x"), ("GET", "/x"), ("HEAD", "/new-nonce")]:
        transport.send(method, ca.url(path), doing=DOING)
    assert ca.connections == 1


def test_round_trip(ca: ScriptedCA, connect: Callable[..., Transport]) -> None:
    """The quickest request tells how far away the CA is."""
    ca.on("/x", Reply(delay=0.3), Reply(delay=0.1), Reply(delay=0.3))
    transport = connect(clock=Clock())
    for _request in range(3):
        transport.send("GET", ca.url("/x"), doing=DOING)
    assert 0.1 <= transport.round_trip < 0.3


def test_threads_share_connections(ca: ScriptedCA, transport: Transport) -> None:
    """However many threads there are, there are no more connections than were allowed, and closing ends them all."""
    ca.on("/x", Reply(b"body", delay=0.01))
    with ThreadPoolExecutor(8) as threads:
        replies = threads.map(lambda _number: transport.send("GET", ca.url("/x"), doing=DOING).status, range(24))
        assert list(replies) == [200] * 24
    assert ca.connections == ca.open_connections() == 4
    transport.close()
    for _attempt in range(200):
        if not ca.open_connections():
            return
        time.sleep(0.01)
    pytest.fail("connections stay open")


@pytest.mark.parametrize("place", ["netrc", "url"])
def test_no_passwords(
    ca: ScriptedCA, transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    """A password for the host, be it in ~/.netrc or in the URL, is not sent: requests are signed."""
    (tmp_path / "netrc").write_text("machine localhost login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ca.on("/x", reply())
    url = ca.url("/x")
    transport.send("GET", url if place == "netrc" else url.replace("//", "//somebody:secret@"), doing=DOING)
    assert "Authorization" not in ca.requests[0].headers


def test_bundle_before_environment(
    ca: ScriptedCA, transport: Transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The bundle that was asked for is used even where REQUESTS_CA_BUNDLE names another."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    assert transport.send("HEAD", ca.url("/new-nonce"), doing=DOING).status == 200


def test_bundle_from_environment(
    ca: ScriptedCA, connect: Callable[..., Transport], monkeypatch: pytest.MonkeyPatch, bundle: str
) -> None:
    """Where none is asked for, REQUESTS_CA_BUNDLE says whom to trust."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    assert connect(verify=True).send("HEAD", ca.url("/new-nonce"), doing=DOING).status == 200


def test_without_verification(ca: ScriptedCA, connect: Callable[..., Transport]) -> None:
    """With verify=False any certificate will do, without a warning."""
    assert connect(verify=False).send("HEAD", ca.url("/new-nonce"), doing=DOING).status == 200


def test_proxy_of_the_environment(ca: ScriptedCA, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is used; that it cannot be reached is said at once."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(AcmeError, match="Connection refused") as caught:
        transport.send("GET", "https://ca.example/", doing=DOING)
    assert (type(caught.value), caught.value.problem.type) == (AcmeError, ErrorType.UNREACHABLE)


# Replies that do not come as they should


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (fault(Fault.RESET), "reset|closed"),
        (fault(Fault.CLOSE), "closed|reset"),
        (fault(Fault.CUT, reply(b"x" * 1000)), "500"),
        (Reply(delay=10), "timed out"),
        (reply(b"zz\r\n", Transfer_Encoding="chunked"), "(?i)chunk"),
        (reply(b"not gzip", Content_Encoding="gzip"), "decompress"),
    ],
    ids=["reset", "closed", "cut", "slow", "broken chunk", "broken compression"],
)
def test_lost_reply(ca: ScriptedCA, connect: Callable[..., Transport], answer: Reply, text: str) -> None:
    """A reply that is lost on its way is told from a request that never went out, as the CA may have acted on it."""
    ca.on("/x", answer)
    with pytest.raises(ConnectionLost, match=text) as caught:
        connect(request_timeout=0.3).send("GET", ca.url("/x"), doing=DOING)
    assert (caught.value.problem.type, caught.value.url) == (ErrorType.UNREACHABLE, ca.url("/x"))


def test_compressed_all_the_same(ca: ScriptedCA, transport: Transport) -> None:
    """A server that compresses although it was asked not to is understood."""
    packed = gzip.compress(b"x" * 1000)
    ca.on("/x", reply(packed, Content_Encoding="gzip"))
    assert transport.send("GET", ca.url("/x"), doing=DOING).body == b"x" * 1000


@pytest.mark.parametrize(
    "content", [b"x" * (MAX_BODY + 1), gzip.compress(b"x" * (MAX_BODY + 1))], ids=["plain", "bomb"]
)
def test_oversized(ca: ScriptedCA, connect: Callable[..., Transport], content: bytes) -> None:
    """A reply that is too large is refused, compressed or not, and the connections stay usable."""
    more = {"Content_Encoding": "gzip"} if content[:1] != b"x" else {}
    ca.on("/x", reply(content, **more))
    ca.on("/largest", reply(b"x" * MAX_BODY))
    transport = connect()
    for _connection in range(6):
        with pytest.raises(AcmeError, match="larger than") as caught:
            transport.send("GET", ca.url("/x"), doing=DOING)
        assert caught.value.problem.type == ErrorType.BAD_RESPONSE
    assert len(transport.send("GET", ca.url("/largest"), doing=DOING).body) == MAX_BODY


def test_endless(ca: ScriptedCA, transport: Transport) -> None:
    """A reply that claims to go on for ever is given up as soon as it is too large."""
    ca.on("/x", reply(b"x" * (MAX_BODY + 2 * CHUNK), Content_Length="1000000000000"))
    with pytest.raises(AcmeError, match="larger than"):
        transport.send("GET", ca.url("/x"), doing=DOING)


def test_trickle(ca: ScriptedCA, connect: Callable[..., Transport]) -> None:
    """A reply that trickles in without ever pausing for long is given up when the deadline comes."""
    ca.on("/x", fault(Fault.TRICKLE, reply(b"x" * 1000), delay=0.05))
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        connect(seconds=0.4, clock=Clock()).send("GET", ca.url("/x"), doing=DOING)
    assert time.monotonic() - began < 2


def test_trickle_before_the_deadline(
    ca: ScriptedCA, connect: Callable[..., Transport], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single request has an end too: the time to connect and the time-out together."""
    monkeypatch.setattr("ansible_collections.webpki.acme.plugins.module_utils._acme.transport.CONNECT_TIMEOUT", 0.2)
    ca.on("/x", fault(Fault.TRICKLE, reply(b"x" * 1000), delay=0.05))
    with pytest.raises(AcmeError, match=r"no complete reply within 0\.4 seconds") as caught:
        connect(request_timeout=0.2).send("GET", ca.url("/x"), doing=DOING)
    assert (type(caught.value), caught.value.problem.type) == (AcmeError, ErrorType.UNREACHABLE)


def test_trickle_after_a_post(ca: ScriptedCA, sign_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """A POST whose reply never ends may have done its work, so that the resource has to be looked at; not past the deadline."""
    monkeypatch.setattr("ansible_collections.webpki.acme.plugins.module_utils._acme.transport.CONNECT_TIMEOUT", 0.2)
    ca.on("/x", fault(Fault.TRICKLE, reply(b"x" * 1000), delay=0.05))
    with pytest.raises(ConnectionLost, match=r"no complete reply within 0\.4 seconds"):
        sign_in(request_timeout=0.2).post(ca.url("/x"), {}, doing=DOING)
    with pytest.raises(DeadlineExceeded):
        sign_in(seconds=0.5, clock=Clock()).post_as_get(ca.url("/x"), doing=DOING)
    assert len(ca.asked("/x")) == 2


def test_redirect(ca: ScriptedCA, transport: Transport) -> None:
    """A redirect is a reply like any other: it is not followed."""
    ca.on("/x", reply(b"", 302, Location=ca.url("/elsewhere")))
    ca.on("/elsewhere", reply(b"internal"))
    assert transport.send("GET", ca.url("/x"), doing=DOING).status == 302
    assert [request.path for request in ca.requests] == ["/x"]


def test_past_deadline(ca: ScriptedCA, connect: Callable[..., Transport]) -> None:
    """When the deadline has passed nothing is sent any more."""
    with pytest.raises(DeadlineExceeded, match="could not try"):
        connect(seconds=0).send("GET", ca.url("/directory"), doing=DOING)
    assert ca.requests == []


# Servers that cannot be talked to


def test_refused(transport: Transport) -> None:
    """A refused connection is reported at once, and not as one whose reply was lost."""
    began = time.monotonic()
    with pytest.raises(AcmeError, match="Connection refused") as caught:
        transport.send("POST", f"https://localhost:{closed_port()}/", doing=DOING, body=b"")
    assert (type(caught.value), caught.value.problem.type) == (AcmeError, ErrorType.UNREACHABLE)
    assert time.monotonic() - began < 2


def test_unknown_host(transport: Transport) -> None:
    """A host that does not exist is reported as unreachable, not as one whose reply was lost."""
    with pytest.raises(AcmeError, match="name|resol") as caught:
        transport.send("GET", "https://no-such-host.invalid/", doing=DOING)
    assert (type(caught.value), caught.value.problem.type) == (AcmeError, ErrorType.UNREACHABLE)


def test_no_connection(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that never answers is given up after the time to connect, and the request counts as never sent."""
    monkeypatch.setattr("ansible_collections.webpki.acme.plugins.module_utils._acme.transport.CONNECT_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        # Linux takes one connection more than the backlog says, and then leaves those that come to wait.
        with socket.create_connection(("127.0.0.1", port)), pytest.raises(AcmeError, match="timed out") as caught:
            transport.send("GET", f"https://127.0.0.1:{port}/", doing=DOING)
    assert not isinstance(caught.value, ConnectionLost)


def test_untrusted(ca: ScriptedCA, connect: Callable[..., Transport]) -> None:
    """A certificate of a CA that is not trusted is told from a server that is not there, and says what to set."""
    with pytest.raises(AcmeError, match="ca_bundle") as caught:
        connect(verify=True).send("GET", ca.url("/directory"), doing=DOING)
    assert (type(caught.value), caught.value.problem.type) == (AcmeError, ErrorType.UNTRUSTED)
    assert ca.requests == []


def test_other_name(ca: ScriptedCA, transport: Transport) -> None:
    """A certificate for another name is not trusted."""
    with pytest.raises(AcmeError) as caught:
        transport.send("GET", ca.url("/directory").replace("localhost", "127.0.0.1"), doing=DOING)
    assert caught.value.problem.type == ErrorType.UNTRUSTED


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x28"], ids=["http", "alert"]
)
def test_no_tls(peer: Callable[[bytes], str], transport: Transport, answer: bytes) -> None:
    """A port that does not speak TLS is unreachable; trust is not what is missing."""
    with pytest.raises(AcmeError, match="SSL") as caught:
        transport.send("GET", peer(answer), doing=DOING)
    assert caught.value.problem.type == ErrorType.UNREACHABLE


def test_silent_peer(peer: Callable[[bytes], str], connect: Callable[..., Transport]) -> None:
    """A server that never answers the handshake is given up after the time-out."""
    with pytest.raises(AcmeError, match="timed out") as caught:
        connect(request_timeout=0.2).send("GET", peer(b""), doing=DOING)
    assert caught.value.problem.type == ErrorType.UNREACHABLE


@pytest.mark.parametrize("content", [None, b"", b"no certificate"], ids=["missing", "empty", "other"])
def test_unusable_bundle(
    ca: ScriptedCA, connect: Callable[..., Transport], tmp_path: Path, content: bytes | None
) -> None:
    """A bundle that holds no certificates is the user's to mend, so the message names the option."""
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AcmeError, match="ca_bundle") as caught:
        connect(verify=str(path)).send("GET", ca.url("/directory"), doing=DOING)
    assert caught.value.problem.type == ErrorType.INVALID_INPUT


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "file:///etc/passwd",
        "https://",
        "https://a..b/",
        f"https://{'a' * 64}.example/",
        "https://localhost:99999/",
        "https://[::1/",
        "",
    ],
)
def test_impossible_url(transport: Transport, url: str) -> None:
    """What cannot be asked over https is refused before anything is sent."""
    with pytest.raises(AcmeError) as caught:
        transport.send("GET", url, doing=DOING)
    assert (type(caught.value), caught.value.problem.type) == (AcmeError, ErrorType.INVALID_INPUT)


# Headers of replies


@pytest.mark.parametrize(
    ("value", "expected"),
    [("abc_-1", "abc_-1"), ("", None), ("a b", None), ("a,b", None), ("a=", None), ("ä", None), ("a\n", None)],
)
def test_nonce(value: str, expected: str | None) -> None:
    """A nonce is base64url or there is none (RFC 8555 section 6.5.1)."""
    assert response(Replay_Nonce=value).nonce == expected
    assert response().nonce is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Application/JSON; charset=utf-8", "application/json"), (" text/html ", "text/html"), ("", "")],
)
def test_content_type(value: str, expected: str) -> None:
    """The media type is compared in lower case and without parameters."""
    assert response(Content_Type=value).content_type == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://other.example/1", "https://other.example/1"),
        ("/acme/order/2", "https://ca.example/acme/order/2"),
        ("2", "https://ca.example/acme/order/2"),
        ("//other.example/2", "https://other.example/2"),
    ],
)
def test_location(target: str, expected: str) -> None:
    """The Location of a resource may be absolute or relative."""
    assert response(Location=target).location(DOING) == expected


@pytest.mark.parametrize("target", [None, "", "http://ca.example/1", "file:///etc/passwd", "https://[::1/", "//["])
def test_location_refused(target: str | None) -> None:
    """A reply without a usable Location is an error that says so."""
    with pytest.raises(AcmeError) as caught:
        response(**({} if target is None else {"Location": target})).location(DOING)
    assert caught.value.problem.type == ErrorType.BAD_RESPONSE


LINKS = [
    ('<https://ca.example/1>;rel="alternate"', ["https://ca.example/1"]),
    ("<https://ca.example/1>; rel=alternate", ["https://ca.example/1"]),
    ('<https://ca.example/1> ; title="a, b; c" ; rel = "alternate"', ["https://ca.example/1"]),
    ('<https://ca.example/1>;rel="up alternate"', ["https://ca.example/1"]),
    ('<https://ca.example/1>;REL="Alternate"', ["https://ca.example/1"]),
    ("<https://ca.example/1>;crossorigin;rel=alternate", ["https://ca.example/1"]),
    ('<https://ca.example/1>;rel="index", <https://ca.example/2>;rel="alternate"', ["https://ca.example/2"]),
    ("</1>;rel=alternate,</2>;rel=alternate", ["https://ca.example/1", "https://ca.example/2"]),
    ("<1>;rel=alternate", ["https://ca.example/acme/order/1"]),
    ("<?cursor=2>;rel=alternate", ["https://ca.example/acme/order/1?cursor=2"]),
    ('<https://ca.example/a,b;c>;rel="alternate"', ["https://ca.example/a,b;c"]),
    ('<https://ca.example/1>;rel="up";rel="alternate"', []),
    ('<https://ca.example/1>;title="; rel=alternate";rel="up"', []),
    ('<https://ca.example/1>;rel="alternates"', []),
    ("<https://ca.example/1>", []),
    ("https://ca.example/1;rel=alternate", []),
    ("<http://ca.example/1>;rel=alternate", []),
    ("<//[>;rel=alternate", []),
    ("", []),
]


@pytest.mark.parametrize(("header", "expected"), LINKS)
def test_links(header: str, expected: list[str]) -> None:
    """Links are found in every form that RFC 8288 allows, made absolute, and left out when they are not https."""
    assert response(Link=header).links("alternate") == expected


def test_links_in_several_headers(ca: ScriptedCA, transport: Transport) -> None:
    """Links may come in one header or in several."""
    ca.on("/x", Reply(headers=(("Link", "</1>;rel=alternate"), ("link", "</i>;rel=index, </2>;rel=alternate"))))
    answer = transport.send("GET", ca.url("/x"), doing=DOING)
    assert answer.links("alternate") == [ca.url("/1"), ca.url("/2")]


@given(st.text(alphabet=st.sampled_from('<>;,="[]/:?#@%\\ \t\n\0aRrel1'), max_size=60))
def test_any_header(text: str) -> None:
    """Whatever stands in a header, reading it returns https URLs or raises AcmeError."""
    reply = response(Link=text, Location=text, Replay_Nonce=text, Content_Type=text)
    assert all(is_https_url(url) for url in reply.links("alternate"))
    assert reply.nonce is None or reply.nonce.isascii()
    with contextlib.suppress(AcmeError):
        assert is_https_url(reply.location(DOING))


@pytest.mark.parametrize("text", ["<" * 60000, "<a>" + ";a" * 30000, "<a>" + "; " * 30000, "<a>;rel=" + '"' * 60000])
def test_long_header(text: str) -> None:
    """A header made to be slow to read is not."""
    began = time.monotonic()
    response(Link=text).links("alternate")
    assert time.monotonic() - began < 1


RELATIONS = st.sampled_from(["alternate", "up", "index", "next"])
#: The forms in which the same is said (RFC 8288 section 3).
FORMS = st.sampled_from(
    [
        '<{url}>;rel="{relation}"',
        "<{url}>; rel={relation}",
        '<{url}> ; title="a, <b>; rel=none" ; REL = "{relation}"',
        '<{url}>;rel="{relation} other";rel="{other}"',
    ]
)


@given(
    st.lists(
        st.tuples(st.integers(0, 9).map("https://ca.example/a,b;c={}".format), RELATIONS, RELATIONS, FORMS), max_size=5
    ),
    RELATIONS,
)
def test_any_links(links: list[tuple[str, str, str, str]], wanted: str) -> None:
    """However many links a header has, and however they are written, those of a relation are found in their sequence."""
    written = [form.format(url=url, relation=relation, other=other) for url, relation, other, form in links]
    expected = [url for url, relation, _other, _form in links if relation == wanted]
    assert response(Link=", ".join(written)).links(wanted) == expected
