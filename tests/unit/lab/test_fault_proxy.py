# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest
import trustme

from tests.lab.fault_proxy import Asked, End, FaultProxy, Reply, Rule, Step, refused
from tests.unit.scripted_ca import ScriptedCA, reply

Start = Callable[..., FaultProxy]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the API, as a Pebble of the lab has it."""
    directory = tmp_path_factory.mktemp("api")
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    authority.cert_pem.write_to_path(directory / "ca.pem")
    server = authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA)
    server.cert_chain_pems[0].write_to_path(directory / "server.pem")
    server.private_key_pem.write_to_path(directory / "server-key.pem")
    return directory


@pytest.fixture
def ca(api: Path) -> Iterator[ScriptedCA]:
    """What stands behind the proxy."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(api / "server.pem", api / "server-key.pem")
    server = ScriptedCA(context)
    server.on("/dir", lambda request: reply({"newOrder": f"https://{request.headers['Host']}/order-plz"}))
    server.on("/order-plz", reply({"status": "pending"}, 201, Location="https://ca.example/my-order/1"))
    server.on("/my-order/1", *(reply(f"order {number}") for number in range(9)))
    yield server
    server.stop()


@pytest.fixture
def start(ca: ScriptedCA, api: Path) -> Iterator[Start]:
    """`start(Rule(...))` is a proxy in front of it."""
    with contextlib.ExitStack() as stack:
        yield lambda *script: stack.enter_context(FaultProxy("127.0.0.1", ca.port, api, *script))


def ask(proxy: FaultProxy, method: str = "GET", path: str = "/my-order/1") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a reply."""
    connection = http.client.HTTPSConnection(proxy.address, proxy.port, context=proxy.trust, timeout=5)
    with contextlib.closing(connection):
        connection.request(method, path)
        got = connection.getresponse()
        return got.status, dict(got.getheaders()), got.read()


def instead(answer: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: answer


@pytest.mark.parametrize("step", list(Step))
def test_a_step_is_known_by_its_path(step: Step) -> None:
    """Each path of Pebble's belongs to one step, whatever follows."""
    assert Step.of(f"{step.value}1") is step


def test_the_urls_of_the_ca_lead_back_through_the_proxy(start: Start) -> None:
    """The CA hears the name that the client used, so what is signed for that URL is right."""
    proxy = start()
    _status, _headers, body = ask(proxy, path="/dir")
    assert json.loads(body) == {"newOrder": f"https://127.0.0.1:{proxy.port}/order-plz"}
    assert proxy.directory_url == f"https://127.0.0.1:{proxy.port}/dir"


@pytest.mark.parametrize(
    ("first", "times", "faulty"), [(1, 1, [1]), (2, 1, [2]), (2, 2, [2, 3]), (3, None, [3, 4, 5]), (1, 0, [])]
)
def test_a_rule_says_which_requests(start: Start, first: int, times: int | None, faulty: list[int]) -> None:
    """The requests of a step are counted, those of others are not, and those that meet no fault are passed through."""
    proxy = start(Rule(Step.ORDER, instead(Reply(503)), first, times))
    statuses = []
    for _number in range(5):
        statuses.append(ask(proxy)[0])
        assert ask(proxy, path="/dir")[0] == 200
    assert [number for number, status in enumerate(statuses, 1) if status == 503] == faulty
    assert (len(proxy.met()), len(proxy.requests)) == (len(faulty), 10)


def test_another_script(start: Start) -> None:
    """It takes the place of the first and counts anew; without one everything is passed through."""
    proxy = start(Rule(Step.ORDER, instead(Reply(500)), times=None))
    assert ask(proxy)[0] == 500
    proxy.follow(Rule(Step.ORDER, instead(Reply(429)), first=2))
    assert [ask(proxy)[0] for _time in range(3)] == [200, 429, 200]
    proxy.follow()
    assert ask(proxy)[0] == 200


def test_a_fault_may_pass_the_request_on(start: Start, ca: ScriptedCA) -> None:
    """What the CA did is known even where its reply does not come through; a request that it never saw made no order."""
    proxy = start(
        Rule(Step.NEW_ORDER, lambda asked: replace(asked.reply(), status=500)),
        Rule(Step.NEW_ORDER, instead(Reply(500)), 2),
    )
    assert [ask(proxy, "POST", "/order-plz")[0] for _time in range(2)] == [500, 500]
    assert (proxy.orders, len(ca.asked("/order-plz"))) == (["https://ca.example/my-order/1"], 1)


def test_a_reply_is_changed(start: Start) -> None:
    """Headers are replaced, in any case, or taken away."""
    proxy = start(Rule(Step.DIRECTORY, lambda asked: asked.reply().having(content_type="text/html", Server=None)))
    _status, headers, body = ask(proxy, path="/dir")
    assert (headers["content-type"], headers.get("Content-Type"), headers.get("Server")) == ("text/html", None, None)
    assert json.loads(body)


def test_a_nonce_for_the_reply(start: Start, ca: ScriptedCA) -> None:
    """A fault can have a nonce that the CA will take."""
    ca.on("/nonce-plz", reply(b"", 200, Replay_Nonce="fresh"))
    proxy = start(Rule(Step.ORDER, lambda asked: Reply(400).having(Replay_Nonce=asked.nonce())))
    assert ask(proxy)[1]["replay-nonce"] == "fresh"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("end", [End.CUT, End.RESET])
def test_a_reply_that_does_not_arrive(start: Start, method: str, end: End) -> None:
    """Half of a reply is less than was announced, and a reset is an error of the connection."""
    whole = Reply(body=b"x" * 1000, end=end).having(Replay_Nonce="a" * 50)
    proxy = start(Rule(Step.ORDER, instead(whole)))
    if end is End.CUT and method == "HEAD":
        with pytest.raises(http.client.BadStatusLine):
            ask(proxy, method)
    elif end is End.CUT:
        with pytest.raises(http.client.IncompleteRead, match=r"IncompleteRead\(500 bytes read, 500 more expected\)"):
            ask(proxy, method)
    else:
        with pytest.raises(OSError):
            ask(proxy, method)


def test_a_late_reply(start: Start) -> None:
    """It comes after its delay, and nobody waits for it when the proxy ends."""
    proxy = start(Rule(Step.ORDER, instead(Reply(delay=0.2))), Rule(Step.ORDER, instead(Reply(delay=60)), 2))
    began = time.monotonic()
    assert ask(proxy)[0] == 200
    assert time.monotonic() - began >= 0.2
    connection = http.client.HTTPSConnection(proxy.address, proxy.port, context=proxy.trust, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", "/my-order/1")


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_without_end(start: Start, stated: bool) -> None:
    """It is sent in parts, only as far as somebody takes it; its length is stated or not."""
    proxy = start(Rule(Step.ORDER, instead(Reply(body=b"x" * 65536, times=1600, stated=stated))))
    connection = http.client.HTTPSConnection(proxy.address, proxy.port, context=proxy.trust, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", "/my-order/1")
        with connection.getresponse() as got:
            assert got.length == (1600 * 65536 if stated else None)
            assert len(got.read(1 << 20)) == 1 << 20
    assert proxy.sent < 64 << 20


@pytest.mark.parametrize("step", [Step.NEW_ORDER, Step.DIRECTORY])
def test_nobody_listens(start: Start, step: Step) -> None:
    """The URL of a step can lead to a port that refuses connections, and without that leads back."""
    proxy = start(Rule(step, refused))

    def url() -> str:
        return proxy.directory_url if step is Step.DIRECTORY else json.loads(ask(proxy, path="/dir")[2])["newOrder"]

    port = int(url().split(":")[2].partition("/")[0])
    assert port != proxy.port
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPSConnection(proxy.address, port, timeout=5).connect()
    proxy.follow()
    assert url() == f"https://127.0.0.1:{proxy.port}{step.value}"
