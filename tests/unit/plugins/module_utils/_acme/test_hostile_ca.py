# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA that means harm: URLs that lead elsewhere, redirects, tokens that are paths, names that were not asked for, and words."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme
from ansible_collections.webpki.acme.plugins.module_utils._acme import (
    account,
    authorization,
    certificate,
    challenge,
    order,
    revocation,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.authorization import Authorization
from ansible_collections.webpki.acme.plugins.module_utils._acme.challenge_material import is_token
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.identifier import Identifier
from ansible_collections.webpki.acme.plugins.module_utils._acme.order import Order, OrderRequest
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import MAX_BODY, Response
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.scripted_ca import Reply, ScriptedCA, reply

NAME = {"type": "dns", "value": "a.example"}
REQUEST = OrderRequest((Identifier("dns", "a.example"),))
#: Hostile words, as they could stand in any text of a CA's. What steers a terminal, and what forges lines of a log.
WORDS = {
    "clears the screen": "\x1b[2J\x1b[H",
    "sets the window's title": "\x1b]0;owned\x07",
    "hides what follows": "\x1b[8m",
    "a line of its own": "\nok: [web1] => all is well",
    "a line that is written over": "failed\rchanged",
    "goes back": "\b" * 20,
    "the other escape": "\x9b31m",
    "deletes": "\x7f",
    "ends the text": "\0",
    "next line": "\x85",
    "a line for JavaScript": "\u2028",
    "from right to left": "\u202etxt.exe",
    "an island": "\u2066\u2069",
    "no width": "a\u200bb\ufeff",
    "half a character": "\ud800",
    "tabs": "\t\v\f",
}
#: What no URL of a CA's may be.
URLS = {
    "http": "http://localhost/acme/x",
    "http in capitals": "HTTP://LOCALHOST/acme/x",
    "a file": "file:///etc/shadow",
    "ftp": "ftp://localhost/x",
    "gopher": "gopher://localhost:11211/_stats",
    "a script": "javascript:alert(1)",
    "data": "data:application/json,{}",
    "a Unix socket": "http+unix://%2Frun%2Fdocker.sock/x",
    "a path": "/etc/passwd",
    "no host": "https:///x",
    "a header in it": "https://localhost/x\r\nX-Injected: 1",
    "a NUL in it": "https://localhost/\0",
    "a blank in it": "https://localhost/x HTTP/1.1",
    "a bad address": "https://[::1/",
    "a megabyte": "https://localhost/" + "x" * 900_000,
    "a list": ["https://localhost/x"],
    "a number": 1,
}


def made(ca: ScriptedCA, **more: Any) -> Reply:
    """The CA's reply with an order; Location is its own URL unless given."""
    location = more.pop("Location", ca.url("/order/1"))
    document = {
        "status": "pending",
        "identifiers": [NAME],
        "authorizations": [ca.url("/authz/1")],
        "finalize": ca.url("/finalize/1"),
        **more,
    }
    return reply(document, **({"Location": location} if location else {}))


def proof(ca: ScriptedCA, **more: Any) -> Reply:
    """Its reply with an authorization; challenge: what its challenge has besides."""
    own = {"type": "http-01", "url": ca.url("/challenge/1"), "status": "pending", "token": "a-token"}
    own.update(more.pop("challenge", {}))
    return reply({"status": "pending", "identifier": NAME, "challenges": [own], **more})


def header(value: object) -> str:
    """What can be sent as a header: neither line breaks nor more than a server would send."""
    return str(value).replace("\r\n", "").replace("\0", "\x01")[:60_000]


def new_order(ca: ScriptedCA, client: Client, answer: Reply) -> object:
    ca.on("/new-order", answer)
    return order.create(client, REQUEST)


def new_directory(ca: ScriptedCA, client: Client, **names: Any) -> object:
    ca.on("/directory", reply({**ca.directory(), **names}))
    return order.create(client, REQUEST)


def new_authorization(ca: ScriptedCA, client: Client, answer: Reply) -> object:
    ca.on("/authz/1", answer)
    return authorization.fetch(client, ca.url("/authz/1"))


def new_account(ca: ScriptedCA, client: Client, answer: Reply) -> object:
    ca.on("/new-account", answer)
    return account.create(client, [], terms_agreed=True)


def listed(ca: ScriptedCA, client: Client, url: Any) -> object:
    ca.on("/orders", reply({"orders": [url]}))
    return order.open_orders(client, ca.url("/orders"))


def finalized(ca: ScriptedCA, client: Client, **more: Any) -> object:
    ca.on("/finalize/1", made(ca, **more))
    return order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"csr")


def revoked(ca: ScriptedCA, client: Client, url: Any) -> object:
    ca.on("/directory", reply({**ca.directory(), "revokeCert": url}))
    return revocation.revoke(client, b"der", None, None)


def rolled_over(ca: ScriptedCA, client: Client, url: Any) -> object:
    ca.on("/directory", reply({**ca.directory(), "keyChange": url}))
    return account.rollover(client, client.key)


#: Where a CA names a URL that is then asked, or handed on.
PLACES: dict[str, Callable[[ScriptedCA, Client, Any], object]] = {
    "newNonce": lambda ca, client, url: new_directory(ca, client, newNonce=url),
    "newAccount": lambda ca, client, url: new_directory(ca, client, newAccount=url),
    "newOrder": lambda ca, client, url: new_directory(ca, client, newOrder=url),
    "revokeCert": revoked,
    "keyChange": rolled_over,
    "order": listed,
    "authorization": lambda ca, client, url: new_order(ca, client, made(ca, authorizations=[url])),
    "finalize": lambda ca, client, url: new_order(ca, client, made(ca, finalize=url)),
    "finalize, later": lambda ca, client, url: finalized(ca, client, finalize=url),
    "certificate": lambda ca, client, url: finalized(ca, client, certificate=url, status="valid"),
    "challenge": lambda ca, client, url: new_authorization(ca, client, proof(ca, challenge={"url": url})),
}


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("place", PLACES)
def test_url(ca: ScriptedCA, client: Client, place: str, url: str) -> None:
    """What is no https URL is refused where it stands: nothing is asked there, and the message is one short line."""
    with pytest.raises(AcmeError) as caught:
        PLACES[place](ca, client, URLS[url])
    assert caught.value.problem.type == ErrorType.BAD_RESPONSE
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
    paths = ["/directory", "/new-nonce", "/new-account", "/new-order", "/orders", "/authz/1", "/finalize/1"]
    assert {request.path for request in ca.requests} <= set(paths)


HEADERS: dict[str, Callable[[ScriptedCA, Client, str], object]] = {
    "Location of the order": lambda ca, client, url: new_order(ca, client, made(ca, Location=url)),
    "Location of the account": lambda ca, client, url: new_account(ca, client, reply({}, 201, Location=url)),
}


# Relative URLs are allowed there (RFC 9110 section 10.2.2), and so is what is left of these without line breaks.
@pytest.mark.parametrize(
    "url", sorted(URLS.keys() - {"a path", "a header in it", "a list", "a number", "no host", "a NUL in it"})
)
@pytest.mark.parametrize("place", HEADERS)
def test_location(ca: ScriptedCA, client: Client, place: str, url: str) -> None:
    """The same goes for Location."""
    with pytest.raises(AcmeError) as caught:
        HEADERS[place](ca, client, header(URLS[url]))
    assert caught.value.problem.type in (ErrorType.BAD_RESPONSE, ErrorType.UNREACHABLE)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("url", ["http", "a file", "gopher", "a Unix socket", "a bad address", "a script"])
@pytest.mark.parametrize("relation", ["alternate", "next"])
def test_link(ca: ScriptedCA, client: Client, relation: str, url: str) -> None:
    """A Link that leads to no https URL is as good as none."""
    ca.on("/x", reply({"orders": [ca.url("/order/1")]}, Link=f'<{URLS[url]}>;rel="{relation}"'))
    assert client.post_as_get(ca.url("/x"), doing="try").links(relation) == []
    assert order.open_orders(client, ca.url("/x")) == [ca.url("/order/1")]


@pytest.mark.parametrize("url", ["http://localhost/orders", "file:///etc/passwd", "/orders", "x" * 5000, 1, None])
def test_list_of_orders(ca: ScriptedCA, client: Client, url: Any) -> None:
    """An account whose list of orders cannot be asked for is one without such a list."""
    ca.on("/new-account", reply({"status": "valid", "orders": url}, Location=ca.url("/account/1")))
    found = account.find(client)
    assert found is not None
    assert found.orders is None


# Redirects and other hosts


@pytest.fixture
def inside(ca: ScriptedCA) -> Iterator[ScriptedCA]:
    """Another host, such as one of the internal network, whose certificate is not from the CA that the API is trusted by."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert("localhost", key_type=trustme.KeyType.ECDSA).configure_cert(
        context
    )
    server = ScriptedCA(context)
    yield server
    server.stop()


STEPS: dict[str, tuple[str, Callable[[ScriptedCA, Client], object]]] = {
    "directory": ("/directory", lambda ca, client: client.directory),
    "nonce": ("/new-nonce", lambda ca, client: order.fetch(client, ca.url("/order/1"))),
    "account": ("/new-account", lambda ca, client: account.find(client)),
    "order": ("/new-order", lambda ca, client: order.create(client, REQUEST)),
    "looking at the order": ("/order/1", lambda ca, client: order.fetch(client, ca.url("/order/1"))),
    "authorization": ("/authz/1", lambda ca, client: authorization.fetch(client, ca.url("/authz/1"))),
    "challenge": ("/challenge/1", lambda ca, client: challenge.answer(client, "http-01", ca.url("/challenge/1"), "a")),
    "finalize": (
        "/finalize/1",
        lambda ca, client: order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"csr"),
    ),
    "download": ("/cert/1", lambda ca, client: certificate.download(client, ca.url("/cert/1"), alternates=True)),
    "revocation": ("/revoke-cert", lambda ca, client: revocation.revoke(client, b"der", None, None)),
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("step", STEPS)
def test_redirect(ca: ScriptedCA, client: Client, inside: ScriptedCA, step: str, status: int) -> None:
    """No redirect is followed, at no step: nobody even connects to where it leads, and it is told as what it is."""
    path, work = STEPS[step]
    ca.on(path, reply(b"", status, Location=inside.url("/admin/delete-all")))
    with pytest.raises(AcmeError, match=str(status)):
        work(ca, client)
    assert inside.connections == 0


@pytest.mark.parametrize("place", PLACES)
def test_elsewhere(ca: ScriptedCA, client: Client, inside: ScriptedCA, place: str) -> None:
    """A URL of a host that the CA's bundle does not vouch for gets no request: it is asked to prove itself first."""
    url = inside.url("/internal")
    try:
        found = PLACES[place](ca, client, url)
    except AcmeError:
        found = None
    if found is not None:
        with pytest.raises(AcmeError) as caught:
            client.post_as_get(url, doing="try")
        assert caught.value.problem.type == ErrorType.UNTRUSTED
    assert inside.requests == []


# Tokens and names


TOKENS = [
    "../../etc/cron.d/x",
    "/etc/cron.d/x",
    "..",
    ".",
    "",
    "a/b",
    "a\\b",
    "a\0b",
    "a\nb",
    "a b",
    "a%2fb",
    "a.b",
    "~root",
    "$(id)",
    "{{ lookup('pipe', 'id') }}",
    "\u0430",
    "a" * 201,
    "a" * 900_000,
    "a=",
    "\x1b[2J",
    1,
    None,
    ["a"],
    {"a": "b"},
    True,
]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: repr(token)[:24])
def test_token(ca: ScriptedCA, client: Client, token: Any) -> None:
    """A token that is not base64url becomes neither a path nor a record."""
    found = new_authorization(ca, client, proof(ca, challenge={"token": token}))
    assert isinstance(found, Authorization)
    if token is None:
        assert found.material(client.key) == {}
        return
    with pytest.raises(AcmeError, match="is not base64url") as caught:
        found.material(client.key)
    assert len(str(caught.value)) < 500


@given(st.text(max_size=30) | st.from_regex(r"[A-Za-z0-9_-]{1,20}"))
def test_any_token(token: str) -> None:
    """Whatever the token is, it is refused or names a file in the one folder for challenges."""
    if is_token(token):
        assert "/" not in token
        assert token.isascii() and token.isprintable()
        assert token not in (".", "..", "")


ASKED = (Identifier("dns", "www.a.example"), Identifier("dns", "*.b.example"), Identifier("ip", "192.0.2.1"))


def authorized(value: str, kind: str = "dns", wildcard: bool = False) -> Authorization:
    return Authorization("https://ca.example/authz/1", Identifier(kind, value), "pending", wildcard, None, ())


@pytest.mark.parametrize(
    ("value", "kind", "wildcard"),
    [
        ("www.a.example", "dns", False),
        ("b.example", "dns", True),
        ("192.0.2.1", "ip", False),
        ("a.example", "dns", False),
        ("b.example", "dns", False),
    ],
)
def test_names_asked_for(value: str, kind: str, wildcard: bool) -> None:
    """Authorizations are for the names of the order, or for a domain above one (RFC 9444)."""
    found = [authorized(value, kind, wildcard)]
    assert authorization.asked_for(found, ASKED, "https://ca.example/order/1") == found


@pytest.mark.parametrize(
    ("value", "kind", "wildcard"),
    [
        ("victim.example", "dns", False),
        ("x.www.a.example", "dns", False),
        ("xa.example", "dns", False),
        ("ww.a.example", "dns", False),
        ("www.a.example", "dns", True),
        ("a.example", "dns", True),
        ("www.a.example", "ip", False),
        ("192.0.2.1", "dns", False),
        ("2.1", "ip", False),
        ("192.0.2.2", "ip", False),
        ("", "dns", False),
        (".example", "dns", False),
        ("www.a.example.", "dns", False),
        ("www.a.example\n", "dns", False),
        ("../../etc", "dns", False),
        ("www.a.example", "email", False),
        ("none", "None", False),
    ],
)
def test_names_not_asked_for(value: str, kind: str, wildcard: bool) -> None:
    """An authorization for another name is refused: what proves a name would be placed for somebody else's."""
    with pytest.raises(AcmeError, match="wants a proof for .*, which the order is not for") as caught:
        authorization.asked_for([authorized(value, kind, wildcard)], ASKED, "https://ca.example/order/1")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("names", [[], [NAME, NAME, {"type": "dns", "value": "b.example"}], [{"type": "ip"}], [{}]])
def test_order_for_other_names(ca: ScriptedCA, client: Client, names: list[Any]) -> None:
    """An order for other names than were asked for is refused."""
    with pytest.raises(AcmeError, match="for other names"):
        new_order(ca, client, made(ca, identifiers=names))


# Words


def document(word: str) -> dict[str, Any]:
    """A problem document with a word in each text."""
    named = {"type": "dns", "value": word}
    one = {"type": word, "title": word, "detail": f"so {word} it is", "instance": word, "identifier": named}
    return {**one, "subproblems": [one]}


def response(ca: ScriptedCA, **more: Any) -> Response:
    return Response("https://ca.example/o", 200, {}, made(ca, **more).body)


def refused(found: Order) -> object:
    raise AcmeError(Problem(ErrorType.ORDER_NOT_READY.value, f"the order is {found.status}"), doing="try")


def offered(ca: ScriptedCA, client: Client, **more: Any) -> object:
    found = new_authorization(ca, client, proof(ca, **more))
    assert isinstance(found, Authorization)
    return found.challenge("dns-01")


def troubled(ca: ScriptedCA, client: Client, word: str) -> object:
    found = new_authorization(ca, client, proof(ca, status="invalid", challenge={"error": document(word)}))
    assert isinstance(found, Authorization)
    problem = found.problem()
    assert problem is not None
    raise AcmeError(problem, doing="wait")


def terms(ca: ScriptedCA, client: Client, word: str) -> object:
    ca.meta["termsOfService"] = word
    return account.create(client, [], terms_agreed=False)


def profiles(ca: ScriptedCA, client: Client, word: str) -> object:
    ca.meta["profiles"] = {f"{word}{number}": word for number in range(100)}
    return order.create(client, OrderRequest(REQUEST.identifiers, ("none",)))


#: Where a text of the CA's becomes a part of a message: what is answered, and what is then done.
SPOKEN: dict[str, Callable[[ScriptedCA, Client, str], object]] = {
    "problem document": lambda ca, client, word: new_order(ca, client, reply(document(word), 400)),
    "status of the order": lambda ca, client, word: refused(
        Order.from_response("https://ca.example/o", response(ca, status=word), "try")
    ),
    "names of the order": lambda ca, client, word: new_order(
        ca, client, made(ca, identifiers=[{"type": "dns", "value": word}])
    ),
    "types of challenges": lambda ca, client, word: offered(ca, client, challenge={"type": word}),
    "name of the authorization": lambda ca, client, word: offered(
        ca, client, identifier={"type": "dns", "value": word}
    ),
    "error of a challenge": troubled,
    "terms of service": terms,
    "profiles": profiles,
}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("place", SPOKEN)
def test_words(ca: ScriptedCA, client: Client, place: str, word: str) -> None:
    """Whatever a CA says, the message is one line without anything that steers a terminal, and it is shown what was sent."""
    with pytest.raises(AcmeError) as caught:
        SPOKEN[place](ca, client, WORDS[word])
    assert str(caught.value).isprintable()
    texts = json.dumps([vars(one) for one in (caught.value.problem, *caught.value.problem.subproblems)], default=str)
    assert "\\u001b" not in texts.replace("\\\\u001b", "")
    assert str(caught.value.problem).isprintable()


@pytest.mark.parametrize("place", SPOKEN)
def test_many_words(ca: ScriptedCA, client: Client, place: str) -> None:
    """A megabyte of them makes no message that nobody can read."""
    with pytest.raises(AcmeError) as caught:
        SPOKEN[place](ca, client, "x" * (MAX_BODY // 300 if place == "profiles" else MAX_BODY // 20))
    assert len(str(caught.value)) < 13_000


@pytest.mark.parametrize("value", ["text/\x1b[2Jhtml", "text/html\r\n folded\x07", "x" * 60_000])
def test_content_type(ca: ScriptedCA, client: Client, value: str) -> None:
    """What a CA says of its content is no better than other words."""
    ca.on("/order/1", reply(b"<html>", 400, **{"Content-Type": value}))
    with pytest.raises(AcmeError) as caught:
        order.fetch(client, ca.url("/order/1"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
