# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_failures, fleet_results

from tests.unit import fleet_play as play
from tests.unit.fleet import CA, authorization, due, failed, good, host, listed, looped, ordered


def test_challenge_files() -> None:
    """Each host serves the challenges of its own certificates, below its own web root."""
    assert fleet_results.challenge_files(play.plan(play.HOSTS), play.ORDERED, "web1") == [
        {"webroot": "/srv/api", "certificate": "api", "token": "tok-api", "content": "tok-api.thumbprint"},
        {"webroot": "/srv/www", "certificate": "www", "token": "tok-www", "content": "tok-www.thumbprint"},
    ]
    assert fleet_results.challenge_files(play.plan(play.HOSTS), play.ORDERED, "web2") == [
        {"webroot": "/srv/other", "certificate": "www", "token": "tok-www", "content": "tok-www.thumbprint"}
    ]


def test_orders_to_remember() -> None:
    """Each order is remembered where its request is, at its CA; what has failed is not."""
    by_name = {one["name"]: one for one in play.ORDERED["results"][0]["orders"]}
    assert fleet_results.orders_to_remember(play.plan(play.HOSTS), play.ORDERED, "web1") == [
        {"certificate": "api", "ca": CA, "url": by_name["api on web1"]["url"]},
        {"certificate": "www", "ca": CA, "url": by_name["www"]["url"]},
    ]
    assert fleet_results.orders_to_remember(play.plan(play.HOSTS), play.ORDERED, "web2") == []
    assert fleet_results.orders_to_remember(play.plan(play.HOSTS), looped({"orders": [failed()]}), "web1") == []
    assert fleet_results.orders_to_remember(play.plan(play.HOSTS), play.NOTHING, "web1") == []


@pytest.mark.parametrize(
    "order",
    [
        ordered("www", authorization("www.example.com", "tok-www", "valid")),
        ordered("www", {"identifier": "www.example.com", "status": "pending", "challenges": {}}),
        failed(),
    ],
)
def test_no_challenge_file(order: dict[str, Any]) -> None:
    """No file is placed for a name that is proven, for a challenge of another kind, or where there is no order."""
    assert fleet_results.challenge_files(play.plan(play.HOSTS), looped({"orders": [order]}), "web2") == []


def test_no_challenge_file_before_an_order() -> None:
    """When the run ended before the CA was asked there are no files to remove."""
    assert fleet_results.challenge_files(play.plan(play.HOSTS), play.NOTHING, "web1") == []


@pytest.mark.parametrize(
    ("web1", "web2", "answered"),
    [
        (play.PLACED, play.PLACED, ["api on web1", "www"]),
        (play.ONE_FAILED, play.PLACED, ["api on web1"]),
        (play.PLACED, play.ONE_FAILED, ["api on web1"]),
        (play.PLACED, {"failed": True, "msg": "no module"}, ["api on web1"]),
        (None, play.PLACED, []),
        (play.PLACED, None, ["api on web1"]),
        # Two orders for one name may share its authorization, and so the token.
        (
            {"challenges": [{"token": "tok-api"}, *play.ONE_FAILED["challenges"], {"token": "tok-www"}]},
            play.PLACED,
            ["api on web1"],
        ),
    ],
)
def test_orders_to_answer(web1: dict[str, Any] | None, web2: dict[str, Any] | None, answered: list[str]) -> None:
    """A challenge is answered only when its file is in place on every host that the certificate is for."""
    hosts = play.with_results(play.HOSTS, placed={"web1": web1, "web2": web2})
    orders = fleet_results.orders_to_answer(play.plan(play.HOSTS), play.ORDERED, hosts, 0)
    assert [order["name"] for order in orders] == answered
    assert all(set(order) == {"name", "url", "authorizations"} for order in orders)


@pytest.mark.parametrize(("offered", "told"), [(["dns-01", "http-01"], ["http-01"]), (["dns-01"], ["dns-01"])])
def test_authorizations_to_answer(offered: list[str], told: list[str]) -> None:
    """Of an authorization the wanted challenge is handed on; where it is not offered, what is offered instead."""
    one = authorization("www.example.com", "tok-www")
    material = one["challenges"]["http-01"]
    made = looped({"orders": [ordered("www", {**one, "challenges": dict.fromkeys(offered, material)})]})
    placed = play.with_results(play.HOSTS, placed={"web1": play.PLACED, "web2": play.PLACED})
    (order,) = fleet_results.orders_to_answer(play.plan(play.HOSTS), made, placed, 0)
    (answer,) = order["authorizations"]
    assert answer == {
        **{option: one[option] for option in ("identifier", "wildcard", "url", "status")},
        "challenge": ["http-01"],
        "challenges": {kind: {"url": material["url"]} for kind in told},
    }


#: A certificate whose names are proven in several ways, and what the CA offers for them.
MIXED = listed(
    "mixed",
    identifiers=["a.example", "*.a.example", "b.example"],
    challenge={"b.example": "tls-alpn-01", "*": ["http-01", "dns-01"]},
)
TLS = {"url": "https://ca.example/tls", "server_name": "b.example", "digest": "00ff"}
DNS = {"url": "https://ca.example/dns", "record": "_acme-challenge.a.example", "value": "v"}
FOR_MIXED = ordered(
    "mixed on web1",
    authorization("a.example", "tok-a"),
    {**authorization("a.example", "tok-w"), "wildcard": True, "challenges": {"dns-01": DNS}},
    {**authorization("b.example", "tok-b"), "challenges": {"tls-alpn-01": TLS, "http-01": {}, "dns-01": DNS}},
)
BOTH_PLACED = {
    "placed": {"web1": {"challenges": [{"token": "tok-a", "changed": True}]}},
    "tls": {"web1": {"challenges": [{"digest": "00ff", "changed": True}]}},
    "dns": {"web1": {"problems": {}}},
}


def test_each_name_by_its_own_type() -> None:
    """What is placed, and answered, is for each name what its rule says."""
    hosts = play.with_results({"web1": host((MIXED, due("mixed")))}, **BOTH_PLACED)
    planned, made = play.plan(hosts), looped({"orders": [FOR_MIXED]})
    assert (planned["serving"], planned["visited"], planned["by_tls"]) == (["web1"], ["web1"], ["web1"])
    assert planned["by_dns"] is True
    assert [file["token"] for file in fleet_results.challenge_files(planned, made, "web1")] == ["tok-a"]
    assert fleet_results.tls_challenges(planned, made, "web1") == [
        {"identifier": "b.example", "server_name": "b.example", "digest": "00ff"}
    ]
    assert fleet_results.tls_challenges(planned, made, "web2") == []
    (order,) = fleet_results.orders_to_answer(planned, made, hosts, 0)
    assert [list(one["challenges"]) for one in order["authorizations"]] == [["http-01"], ["dns-01"], ["tls-alpn-01"]]


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        (None, "the host does not answer it"),
        ({"failed": True, "msg": "no module"}, "no module"),
        ({"failed": True, "challenges": [{"digest": "00ff", "failed": True, "msg": "port in use"}]}, "port in use"),
    ],
)
def test_not_answered_over_tls(tls: dict[str, Any] | None, told: str) -> None:
    """Where a host does not answer over TLS nothing of the order is answered, and the host is told why."""
    hosts = play.with_results({"web1": host((MIXED, due("mixed")))}, **{**BOTH_PLACED, "tls": {"web1": tls}})
    planned, made = play.plan(hosts), looped({"orders": [FOR_MIXED]})
    assert fleet_results.orders_to_answer(planned, made, hosts, 0) == []
    (message,) = fleet_failures.failures(planned, [play.ACCOUNT, made, play.NOTHING, play.NOTHING], hosts, "web1")
    assert message == f"mixed: the challenge could not be answered over TLS on web1: {told}"


def test_no_webroot() -> None:
    """Where a host has no webroot no file is placed, the order is not answered, and every host is told."""
    hosts = {"web1": host((play.SHARED, due())), "web2": host(({**play.SHARED, "webroot": None}, due()))}
    made = looped({"orders": [ordered("www", authorization("www.example.com", "tok-www"))]})
    known = play.with_results(hosts, placed={"web1": play.PLACED})
    assert fleet_results.challenge_files(play.plan(hosts), made, "web2") == []
    assert fleet_results.orders_to_answer(play.plan(hosts), made, known, 0) == []
    for name in hosts:
        (told,) = fleet_failures.failures(
            play.plan(hosts), [play.ACCOUNT, made, play.NOTHING, play.NOTHING], known, name
        )
        assert told.startswith("www: it has no webroot on web2. Give ")


def test_orders_to_answer_without_files() -> None:
    """An order whose names are proven already goes on without any file."""
    proven = looped({"orders": [ordered("www", authorization("www.example.com", "tok-www", "valid"))]})
    assert [
        order["name"] for order in fleet_results.orders_to_answer(play.plan(play.HOSTS), proven, play.HOSTS, 0)
    ] == ["www"]


def test_each_conversation_has_its_orders() -> None:
    """An order is answered and issued only in the conversation that made it."""
    hosts = {"a": host((listed(), due())), "b": host((listed(), due()), key_file="/keys/other.pem")}
    made = looped({"orders": [ordered("www on a")]}, {"orders": [ordered("www on b")]})
    for number, name in enumerate(["www on a", "www on b"]):
        answer = fleet_results.orders_to_answer(play.plan(hosts), made, hosts, number)
        issue = fleet_results.orders_to_issue(play.plan(hosts), made, number)
        assert [order["name"] for order in answer] == [order["name"] for order in issue] == [name]


def test_orders_to_issue() -> None:
    """An order that was answered is issued for its CSR; one that failed is not."""
    answered = looped({"orders": [failed("www"), {**ordered("api on web1", status="ready"), "finalize": "/f"}]})
    assert fleet_results.orders_to_issue(play.plan(play.HOSTS), answered, 0) == [
        {
            "name": "api on web1",
            "url": "https://ca.example/order/api on web1",
            "csr": "CSR of api",
            "finalize": "/f",
            "preferred_chain": None,
            "preferred_chain_fallback": False,
        }
    ]


@pytest.mark.parametrize(
    ("hosts", "issued", "expected"),
    [
        (play.HOSTS, play.ISSUED, {"web1": ["/etc/webpki/www/staged/privkey.pem"], "web2": []}),
        (play.HOSTS, looped({"orders": [failed("www")]}), {"web1": [], "web2": []}),
        (
            {"web1": host((play.SHARED, due())), "web2": host((play.SHARED, good()))},
            play.NOTHING,
            {"web1": [], "web2": ["/etc/webpki/www/current/privkey.pem"]},
        ),
        ({"web1": host((listed(), good(unfinished=True)))}, play.NOTHING, {"web1": []}),
        ({"web1": host((play.SHARED, due()))}, looped({"orders": [{"name": "www", "fullchain": "new"}]}), {"web1": []}),
    ],
)
def test_keys_to_hand_over(
    hosts: dict[str, dict[str, Any]], issued: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    """A key leaves its host only when it is shared, another host needs it, and there is a certificate for it."""
    found = {name: fleet_results.keys_to_hand_over(play.plan(hosts), issued, name) for name in hosts}
    assert {name: [item["file"] for item in items] for name, items in found.items()} == expected
