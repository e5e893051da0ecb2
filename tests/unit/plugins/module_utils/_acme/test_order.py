# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders at a scripted CA."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import order
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import (
    AcmeError,
    ConnectionLost,
    OrderNotReady,
    RateLimited,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.identifier import Identifier
from ansible_collections.webpki.acme.plugins.module_utils._acme.order import LOOKED_AT, Order, OrderRequest
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Response
from ansible_collections.webpki.acme.plugins.module_utils._acme.url import is_https_url
from hypothesis import given

from tests.unit import jose
from tests.unit.clock import FakeClock
from tests.unit.scripted_ca import Fault, Reply, ScriptedCA, fault, problem, reply
from tests.unit.strategies import json_objects

URL = "https://ca.example/order/1"
A, B = Identifier("dns", "a.example"), Identifier("dns", "b.example")
SMALLEST: dict[str, Any] = {
    "status": "pending",
    "identifiers": [A.to_json()],
    "authorizations": ["https://ca.example/authz/1"],
    "finalize": "https://ca.example/order/1/finalize",
}
NOT_READY = problem("orderNotReady", 403)
LOST = fault(Fault.RESET)
BROKEN = problem("serverInternal", 500)


def read(document: Any, **headers: str) -> Order:
    """Read an order."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Order.from_response(URL, Response(URL, 200, named, json.dumps(document).encode()), "try")


def shown(ca: ScriptedCA, status: str = "pending", code: int = 200, **more: Any) -> Reply:
    """Return the CA's reply with an order for a.example."""
    document = {**SMALLEST, "status": status, "finalize": ca.url("/finalize/1"), **more}
    return reply(document, code, Location=ca.url("/order/1"))


def at(ca: ScriptedCA, status: str) -> Order:
    """Return an order of this status at the CA."""
    return Order(ca.url("/order/1"), status, (A,), (), ca.url("/finalize/1"), None, None, None, None)


# Reading


def test_example_of_the_rfc() -> None:
    """The example of RFC 8555 section 7.1.3, with the members of later documents, is read whole."""
    document = {
        "status": "valid",
        "expires": "2016-01-20T14:09:07.99Z",
        "identifiers": [{"type": "dns", "value": "www.example.org"}, {"type": "dns", "value": "example.org"}],
        "notBefore": "2016-01-01T00:00:00Z",
        "notAfter": "2016-01-08T00:00:00Z",
        "authorizations": ["https://example.com/acme/authz/PAniVnsZcis", "https://example.com/acme/authz/r4HqLzrSrpI"],
        "finalize": "https://example.com/acme/order/TOlocE8rfgo/finalize",
        "certificate": "https://example.com/acme/cert/mAt3xBGaobw",
        "profile": "classic",
        "replaces": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
    }
    assert read(document, Retry_After="5") == Order(
        url=URL,
        status="valid",
        identifiers=(Identifier("dns", "www.example.org"), Identifier("dns", "example.org")),
        authorizations=(
            "https://example.com/acme/authz/PAniVnsZcis",
            "https://example.com/acme/authz/r4HqLzrSrpI",
        ),
        finalize="https://example.com/acme/order/TOlocE8rfgo/finalize",
        certificate="https://example.com/acme/cert/mAt3xBGaobw",
        expires="2016-01-20T14:09:07.99Z",
        profile="classic",
        error=None,
        retry_after=5.0,
        replaces="aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
    )


def test_smallest() -> None:
    """An order need not say when it expires, nor anything else that is optional."""
    found = read(SMALLEST)
    assert (found.certificate, found.expires, found.profile, found.error, found.retry_after) == (None,) * 5
    assert read({**SMALLEST, "expires": 1, "profile": [], "error": "x", "certificate": ""}) == found


@pytest.mark.parametrize("status", ["brand-new", "PENDING"])
def test_unknown_status(status: str) -> None:
    """A status that is unknown here is kept as it came."""
    assert read({**SMALLEST, "status": status}).status == status


def test_error() -> None:
    """The reason why an order failed is read."""
    assert read({**SMALLEST, "error": {"type": "t", "detail": "d"}}).error == Problem("t", "d")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identifiers", None),
        ("identifiers", {}),
        ("identifiers", ["a.example"]),
        ("authorizations", None),
        ("authorizations", [1]),
        ("authorizations", ["http://ca.example/authz/1"]),
        ("authorizations", ["https://ca.example/authz/1", "file:///etc/passwd"]),
        ("finalize", None),
        ("finalize", "http://ca.example/finalize"),
        ("certificate", "http://ca.example/certificate"),
        ("certificate", {"url": "https://ca.example/"}),
    ],
)
def test_refused(name: str, value: Any) -> None:
    """An order that lacks what it must have, or points elsewhere than to https, is refused."""
    with pytest.raises(AcmeError) as caught:
        read({**SMALLEST, name: value})
    assert (caught.value.problem.type, caught.value.url) == (ErrorType.BAD_RESPONSE, URL)


@given(json_objects)
def test_any_json(document: dict[str, Any]) -> None:
    """Whatever JSON a CA sends as an order, it is one or an AcmeError, and its URLs are https."""
    for content in (document, {**document, **SMALLEST}, {**SMALLEST, **document}):
        try:
            found = read(content)
        except AcmeError:
            continue
        assert all(is_https_url(url) for url in (*found.authorizations, found.finalize))
        assert found.certificate is None or is_https_url(found.certificate)


# What is asked for


def test_request() -> None:
    """An order asks for its identifiers, and for what else was given."""
    assert OrderRequest((A, B)).to_json() == {"identifiers": [A.to_json(), B.to_json()]}
    whole = OrderRequest((A,), ("classic", "short"), "ari-id", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    assert whole.to_json("classic") == {
        "identifiers": [{"type": "dns", "value": "a.example"}],
        "profile": "classic",
        "replaces": "ari-id",
        "notBefore": "2026-01-01T00:00:00Z",
        "notAfter": "2026-01-02T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("identifiers", "profiles", "expected"),
    [
        ((A, B), (), True),
        ((B, A), (), True),
        ((B, A), ("classic",), True),
        ((B, A), ("shortlived", "classic"), True),
        ((B, A), ("shortlived",), False),
        ((A,), (), False),
        ((A, B, Identifier("dns", "c.example")), (), False),
        ((A, Identifier("ip", "b.example")), (), False),
    ],
)
def test_fits(identifiers: tuple[Identifier, ...], profiles: tuple[str, ...], expected: bool) -> None:
    """An order fits when its names are the same in any sequence, and its profile is one of those asked for, if any was."""
    found = read({**SMALLEST, "identifiers": [A.to_json(), B.to_json()], "profile": "classic"})
    assert found.fits(OrderRequest(identifiers, profiles)) is expected


# Replacing


@pytest.mark.parametrize(
    ("asked", "has", "fits"),
    [(None, "an-id", True), ("an-id", "an-id", True), ("an-id", None, True), ("an-id", "other", False)],
)
def test_fits_what_it_replaces(asked: str | None, has: str | None, fits: bool) -> None:
    """An order that replaces another certificate than is to be replaced does not fit; one that replaces none does."""
    found = read({**SMALLEST, **({"replaces": has} if has else {})})
    assert found.fits(OrderRequest((A,), replaces=asked)) is fits


def test_replaces(ca: ScriptedCA, client: Client) -> None:
    """An order says what it replaces, as far as the CA says so too (RFC 9773 section 5)."""
    ca.on("/new-order", shown(ca, code=201, replaces="an-id"), shown(ca, code=201))
    made = [order.create(client, OrderRequest((A,), replaces="an-id")) for _time in range(2)]
    assert [(one.replaces, one.not_replaced) for one in made] == [("an-id", None), (None, None)]
    assert [request.payload["replaces"] for request in ca.asked("/new-order")] == ["an-id"] * 2


def test_replaces_without_renewal_information(ca: ScriptedCA, client: Client) -> None:
    """A CA without renewal information is not told of what it does not know."""
    ca.on("/directory", reply({name: url for name, url in ca.directory().items() if name != "renewalInfo"}))
    ca.on("/new-order", shown(ca, code=201))
    assert order.create(client, OrderRequest((A,), replaces="an-id")).not_replaced is None
    assert "replaces" not in ca.asked("/new-order")[0].payload


@pytest.mark.parametrize(
    "refusal",
    [
        problem("alreadyReplaced", 409),
        problem("notFound", 404),
        problem("malformed", 404),
        problem("unauthorized", 403),
        problem("malformed", 400),
        problem("serverInternal", 500),
    ],
    ids=lambda answer: str(answer.status) if isinstance(answer, Reply) else "",
)
@pytest.mark.parametrize("listed", [True, False])
def test_replaces_blocks_no_order(ca: ScriptedCA, client: Client, refusal: Reply, listed: bool) -> None:
    """What a CA does not take as a replacement is ordered without that, and the order says why."""
    if listed:
        lists(ca)
    ca.on("/new-order", refusal, shown(ca, code=201))
    made = order.create(client, OrderRequest((A,), replaces="an-id"))
    assert (made.url, made.replaces) == (ca.url("/order/1"), None)
    assert made.not_replaced and made.not_replaced.status == refusal.status
    assert [request.payload.get("replaces") for request in ca.asked("/new-order")] == ["an-id", None]


def test_replaces_was_made_all_the_same(ca: ScriptedCA, client: Client) -> None:
    """When the CA broke down over an order that it made, that is the one."""
    ca.on("/new-order", problem("serverInternal", 500))
    lists(ca, shown(ca, replaces="an-id"))
    assert order.create(client, OrderRequest((A,), replaces="an-id")).replaces == "an-id"
    assert len(ca.asked("/new-order")) == 1


@pytest.mark.parametrize(
    "refusal", [problem("rejectedIdentifier", 400), problem("rateLimited", 429), problem("caa", 403)]
)
def test_refused_for_another_reason(ca: ScriptedCA, client: Client, refusal: Reply) -> None:
    """What has nothing to do with the certificate before is not asked for twice."""
    ca.on("/new-order", refusal)
    with pytest.raises(AcmeError):
        order.create(client, OrderRequest((A,), replaces="an-id"))
    assert len(ca.asked("/new-order")) == 1


# Making


def test_create(ca: ScriptedCA, client: Client) -> None:
    """An order is made; one that the CA gives back in a later state is taken as it is."""
    ca.on("/new-order", shown(ca, code=201), shown(ca, "ready"), shown(ca, "processing"))
    statuses = [order.create(client, OrderRequest((A,))).status for _time in range(3)]
    assert statuses == ["pending", "ready", "processing"]
    assert ca.asked("/new-order")[0].payload == {"identifiers": [A.to_json()]}
    assert order.create(client, OrderRequest((A,))).url == ca.url("/order/1")


def test_create_case_and_sequence(ca: ScriptedCA, client: Client) -> None:
    """The CA may give the names back in another case and sequence."""
    ca.on("/new-order", shown(ca, identifiers=[{"type": "dns", "value": "B.Example"}, A.to_json()]))
    assert order.create(client, OrderRequest((A, B))).identifiers == (B, A)


@pytest.mark.parametrize("identifiers", [[], [B.to_json()], [A.to_json(), B.to_json()]])
def test_create_other_names(ca: ScriptedCA, client: Client, identifiers: list[Any]) -> None:
    """An order for other names than were asked for is not used."""
    ca.on("/new-order", shown(ca, identifiers=identifiers))
    with pytest.raises(AcmeError, match="other names than were asked for"):
        order.create(client, OrderRequest((A,)))


@pytest.mark.parametrize("answer", [LOST, BROKEN, reply("", 504)], ids=["lost", "500", "504"])
def test_create_once(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """When nobody knows whether the order was made, and the CA keeps no list, no second one is asked for."""
    ca.on("/new-order", answer, shown(ca))
    ca.on("/account/1", reply({"status": "valid"}))
    with pytest.raises(AcmeError, match="could not create the order"):
        order.create(client, OrderRequest((A,)))
    assert len(ca.asked("/new-order")) == 1


def lists(ca: ScriptedCA, *orders: Reply, more: int = 0) -> None:
    """Let the CA have a list of these orders, and of so many that are over."""
    ca.on("/account/1", reply({"status": "valid", "orders": ca.url("/orders")}))
    for number, one in enumerate([*orders, *[shown(ca, "invalid")] * more], 1):
        ca.on(f"/order/{number}", one)
    ca.on("/orders", page(ca, [ca.url(f"/order/{number}") for number in range(1, len(orders) + more + 1)]))


@pytest.mark.parametrize("answer", [LOST, BROKEN, reply("", 504)], ids=["lost", "500", "504"])
@pytest.mark.parametrize("status", ["pending", "ready"])
def test_create_made_all_the_same(ca: ScriptedCA, client: Client, answer: Reply, status: str) -> None:
    """An order that was made although the reply was lost is found in the account's list, and no second one is made."""
    ca.on("/new-order", answer)
    lists(ca, shown(ca, "valid"), shown(ca, "pending", identifiers=[B.to_json()]), shown(ca, status))
    made = order.create(client, OrderRequest((A,)))
    assert (made.url, made.status, len(ca.asked("/new-order"))) == (ca.url("/order/3"), status, 1)


@pytest.mark.parametrize(
    ("answer", "request_", "more", "again"),
    [
        (BROKEN, OrderRequest((A,)), 0, True),
        (reply("<html>", 500), OrderRequest((A,)), LOOKED_AT - 2, True),
        (LOST, OrderRequest((A,)), 0, False),
        (reply("", 504), OrderRequest((A,)), 0, False),
        (BROKEN, OrderRequest((A,)), LOOKED_AT, False),
        (BROKEN, OrderRequest((A,), replaces="an-id"), LOOKED_AT, True),
        (LOST, OrderRequest((A,), replaces="an-id"), 0, False),
        (BROKEN, OrderRequest((A,), not_after="2027-01-01T00:00:00Z"), 0, False),
    ],
    ids=["500", "page", "lost", "504", "long list", "replaces", "replaces lost", "not_after"],
)
def test_create_again(
    ca: ScriptedCA, client: Client, answer: Reply, request_: OrderRequest, more: int, again: bool
) -> None:
    """A second order is asked for only where the CA has ended the first request, and shows that it made none, or may have ended it
    for the certificate that is replaced.
    """
    ca.on("/new-order", answer, shown(ca, code=201))
    lists(ca, shown(ca, identifiers=[B.to_json()]), more=more)
    if again:
        assert order.create(client, request_).status == "pending"
    else:
        with pytest.raises(AcmeError, match="could not create the order"):
            order.create(client, request_)
    assert len(ca.asked("/new-order")) == 1 + again


def test_create_look_fails(ca: ScriptedCA, client: Client) -> None:
    """When the list cannot be seen it is told what happened to the order."""
    ca.on("/new-order", BROKEN, shown(ca))
    lists(ca, problem("unauthorized", 403))
    with pytest.raises(AcmeError, match="could not create the order at .*said the CA.*run it again later"):
        order.create(client, OrderRequest((A,)))
    assert len(ca.asked("/new-order")) == 1


def test_create_rate_limited(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """A rate limit that outlasts the deadline ends at once, with the time."""
    ca.on("/new-order", problem("rateLimited", 429, "too many certificates", Retry_After="7200"))
    with pytest.raises(RateLimited, match="too many certificates.*try again after"):
        order.create(client, OrderRequest((A,)))
    assert clock.slept == []


@pytest.mark.parametrize("profiles", [{}, {"classic": "The usual"}])
def test_profile_not_offered(ca: ScriptedCA, client: Client, profiles: dict[str, str]) -> None:
    """A profile that the CA does not offer is refused with those that it does, before anything is ordered."""
    ca.meta["profiles"] = profiles
    with pytest.raises(AcmeError, match=f"offered: {', '.join(profiles) or 'none'}") as caught:
        order.create(client, OrderRequest((A,), ("shortlived",)))
    assert (caught.value.problem.type, ca.asked("/new-order")) == (ErrorType.INVALID_PROFILE, [])


def test_profiles_not_offered(ca: ScriptedCA, client: Client) -> None:
    """When none of several profiles is offered the message tells of all."""
    ca.meta["profiles"] = {"classic": "The usual"}
    with pytest.raises(AcmeError, match=r"does not offer any of the profiles short, shorter \(offered: classic\)"):
        order.create(client, OrderRequest((A,), ("short", "shorter")))


@pytest.mark.parametrize("profiles", [("shortlived",), ("shortlived", "classic"), ("shorter", "shortlived")])
def test_profile_offered(ca: ScriptedCA, client: Client, profiles: tuple[str, ...]) -> None:
    """Of the profiles the first one that the CA offers is asked for."""
    ca.meta["profiles"] = {"classic": "The usual", "shortlived": "Six days"}
    ca.on("/new-order", shown(ca, profile="shortlived"))
    assert order.create(client, OrderRequest((A,), profiles)).profile == "shortlived"
    assert ca.asked("/new-order")[0].payload["profile"] == "shortlived"


def test_profile_not_told(ca: ScriptedCA, client: Client) -> None:
    """Where the CA does not say in the order which profile it is for, it is the one that was asked for."""
    ca.meta["profiles"] = {"shortlived": "Six days"}
    ca.on("/new-order", shown(ca))
    assert order.create(client, OrderRequest((A,), ("shorter", "shortlived"))).profile == "shortlived"


def test_profile_refused(ca: ScriptedCA, client: Client) -> None:
    """When the CA does not take a profile that it lists, its reason is told, and what to do."""
    ca.meta["profiles"] = {"shortlived": "Six days"}
    ca.on("/new-order", problem("invalidProfile", 400, "not for this account"))
    with pytest.raises(AcmeError, match="not for this account.*Choose one of the profiles") as caught:
        order.create(client, OrderRequest((A,), ("shortlived",)))
    assert caught.value.problem.type == ErrorType.INVALID_PROFILE


@pytest.mark.parametrize(
    ("offered", "profile", "expected"),
    [({}, "old", True), ({"new": ""}, None, True), ({"new": ""}, "new", True), ({"new": ""}, "old", False)],
)
def test_still_offered(
    ca: ScriptedCA, client: Client, offered: dict[str, str], profile: str | None, expected: bool
) -> None:
    """An order is worth going on with as long as the CA offers its profile, where it tells which ones it offers."""
    ca.meta["profiles"] = offered
    assert read({**SMALLEST, "identifiers": [A.to_json()], "profile": profile}).offered(client) is expected


def test_fetch(ca: ScriptedCA, client: Client) -> None:
    """An order is read by POST-as-GET; one of somebody else's is an error with the CA's reason."""
    ca.on("/order/1", shown(ca, "ready"), problem("unauthorized", 403, "not yours"))
    assert order.fetch(client, ca.url("/order/1")).status == "ready"
    assert ca.asked("/order/1")[0].payload is None
    with pytest.raises(AcmeError, match="could not read the order at .*not yours"):
        order.fetch(client, ca.url("/order/1"))


def test_fetch_nothing(ca: ScriptedCA, client: Client) -> None:
    """An order without a URL is the user's to mend, and the CA is not asked."""
    with pytest.raises(AcmeError, match=r"the order has no URL.*webpki\.acme\.order") as caught:
        order.fetch(client, "")
    assert (caught.value.problem.type, ca.requests) == (ErrorType.INVALID_INPUT, [])


# The list of an account's orders


def page(ca: ScriptedCA, orders: Any, following: str | None = None) -> Reply:
    """Return a page of the list."""
    return reply({"orders": orders}, **({"Link": f'<{following}>;rel="next"'} if following else {}))


def test_open_orders(ca: ScriptedCA, client: Client) -> None:
    """The list is followed from page to page, also by relative links, to its end."""
    urls = [ca.url(f"/order/{number}") for number in range(5)]
    ca.on("/orders/1", page(ca, urls[:2], "/orders/2"))
    ca.on("/orders/2", page(ca, urls[2:4], ca.url("/orders/3")))
    ca.on("/orders/3", page(ca, urls[4:]))
    assert order.open_orders(client, ca.url("/orders/1")) == urls


@pytest.mark.parametrize("orders", [None, {}, {"a": 1}, "x", 1, []])
def test_no_list(ca: ScriptedCA, client: Client, orders: Any) -> None:
    """A page without a list ends it, also where it leads to another page, or to itself."""
    ca.on("/orders/1", page(ca, orders, "/orders/1"))
    assert order.open_orders(client, ca.url("/orders/1")) == []
    assert len(ca.asked("/orders/1")) == 1


def test_list_leads_to_itself(ca: ScriptedCA, client: Client) -> None:
    """A list that leads to itself is not followed for ever."""
    ca.on("/orders/1", page(ca, [ca.url("/order/1")], "/orders/1"))
    assert order.open_orders(client, ca.url("/orders/1")) == [ca.url("/order/1")]


@pytest.mark.parametrize("url", ["http://ca.example/order/1", 1, None])
def test_list_refused(ca: ScriptedCA, client: Client, url: Any) -> None:
    """An order at anything but an https URL is refused."""
    ca.on("/orders/1", page(ca, [url]))
    with pytest.raises(AcmeError, match="https URL must stand"):
        order.open_orders(client, ca.url("/orders/1"))


# Finalizing


def test_finalize(ca: ScriptedCA, client: Client) -> None:
    """The CSR goes to the finalize URL in base64url; the reply is the order."""
    ca.on("/finalize/1", shown(ca, "processing"))
    assert order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"\xfb\xff csr").status == "processing"
    assert jose.decode(ca.asked("/finalize/1")[0].payload["csr"]) == b"\xfb\xff csr"


def test_finalize_empty(ca: ScriptedCA, client: Client) -> None:
    """Where finalize answers with nothing the order is looked at."""
    ca.on("/finalize/1", reply())
    ca.on("/order/1", shown(ca, "valid"))
    assert order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"csr").status == "valid"


@pytest.mark.parametrize("trouble", [LOST, NOT_READY, BROKEN, reply("", 504)], ids=["lost", "not ready", "500", "504"])
@pytest.mark.parametrize("status", ["processing", "valid", "invalid", "pending"])
def test_finalize_doubtful(ca: ScriptedCA, client: Client, trouble: Reply, status: str) -> None:
    """When the reply is lost, or the order said not to be ready, the order itself tells; the CSR is not sent again."""
    ca.on("/finalize/1", trouble)
    ca.on("/order/1", shown(ca, status))
    assert order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"csr").status == status
    assert len(ca.asked("/finalize/1")) == 1


@pytest.mark.parametrize("trouble", [LOST, NOT_READY, BROKEN], ids=["lost", "not ready", "500"])
def test_finalize_again(ca: ScriptedCA, client: Client, trouble: Reply) -> None:
    """When the order is still ready the CSR did not arrive, and is sent a second time, but not a third."""
    ca.on("/finalize/1", trouble, shown(ca, "processing"))
    ca.on("/order/1", shown(ca, "ready"))
    assert order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"csr").status == "processing"
    ca.on("/finalize/1", trouble)
    with pytest.raises({id(LOST): ConnectionLost, id(NOT_READY): OrderNotReady}.get(id(trouble), AcmeError)):
        order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"csr")
    assert len(ca.asked("/finalize/1")) == 4


@pytest.mark.parametrize(
    "answer", [problem("badCSR", 400), problem("serverInternal", 501), problem("unauthorized", 403)]
)
def test_finalize_refused(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """A refusal is not asked for twice."""
    ca.on("/finalize/1", answer)
    with pytest.raises(AcmeError, match="could not finalize the order at .*said the CA"):
        order.finalize(client, ca.url("/order/1"), ca.url("/finalize/1"), b"csr")
    assert (len(ca.asked("/finalize/1")), ca.asked("/order/1")) == (1, [])
