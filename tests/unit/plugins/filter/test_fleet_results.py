# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_entries, fleet_failures, fleet_results

from tests.unit import fleet_play as play
from tests.unit.fleet import CA, authorization, due, failed, good, host, listed, looped, ordered


def handed(name: str, key: str) -> dict[str, Any]:
    """The key of a certificate, as read by ansible.builtin.slurp."""
    return {"results": [{"item": {"name": name}, "content": b64encode(key.encode()).decode()}]}


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


def test_deployments() -> None:
    """Each host installs its certificates; the one that holds the key uses its own, the others the one handed over."""
    hosts = play.with_results(play.HOSTS, keys={"web1": handed("www", "shared key")})
    api, www = fleet_results.deployments(play.plan(play.HOSTS), play.ISSUED, hosts, "web1")
    assert (api["name"], api["fullchain"], api["identifiers"]) == ("api", "new api", ["api.example.com"])
    assert (www["name"], www["fullchain"], "private_key" in www) == ("www", "new www", False)
    (other,) = fleet_results.deployments(play.plan(play.HOSTS), play.ISSUED, hosts, "web2")
    assert (other["fullchain"], other["private_key"]) == ("new www", "shared key")


def test_deployment_options() -> None:
    """Owner, group, mode and links are those of the host itself; who issued it goes along."""
    hosts = {"a": host((listed(group="a"), due())), "b": host((listed(mode="0640", profile=["short"]), due()))}
    issued = looped({"orders": [{"name": f"www on {name}", "fullchain": "new"} for name in hosts]})
    (first,), (second,) = (fleet_results.deployments(play.plan(hosts), issued, hosts, name) for name in hosts)
    assert (first["group"], "mode" in first, first["profile"]) == ("a", False, None)
    assert ("group" in second, second["mode"], second["profile"]) == (False, "0640", "short")


def test_without_the_preferred_chain() -> None:
    """What was issued without the chain that is preferred is installed nowhere, and no key leaves its host for it."""
    refused = {**failed("www", "no chain has the issuer"), "fullchain": "new www"}
    issued = looped({"orders": [refused, {"name": "api on web1", "fullchain": "new api"}]})
    assert [one["name"] for one in fleet_results.deployments(play.plan(play.HOSTS), issued, play.HOSTS, "web1")] == [
        "api"
    ]
    assert fleet_results.keys_to_hand_over(play.plan(play.HOSTS), issued, "web1") == []


@pytest.mark.parametrize(
    ("wanted", "told", "expected"),
    [
        (None, None, None),
        (None, "classic", "classic"),
        (["short"], None, "short"),
        (["short", "classic"], "classic", "classic"),
        (["short", "classic"], "other", "short"),
    ],
)
def test_profile(wanted: list[str] | None, told: str | None, expected: str | None) -> None:
    """The profile that the CA tells is noted, as long as it is one that was asked for: otherwise it would be due again at once."""
    hosts = {"web1": host((listed(**({"profile": wanted} if wanted else {})), due()))}
    issued = looped({"orders": [{"name": "www on web1", "fullchain": "new", "profile": told}]})
    (one,) = fleet_results.deployments(play.plan(hosts), issued, hosts, "web1")
    assert one["profile"] == expected


def test_a_copy_is_deployed() -> None:
    """A host that lacks a shared certificate gets the chain and the key of the one that has it."""
    hosts = {"web1": host((play.SHARED, due())), "web2": host((play.SHARED, good()))}
    known = play.with_results(hosts, keys={"web2": handed("www", "old key")})
    (copy,) = fleet_results.deployments(play.plan(hosts), play.NOTHING, known, "web1")
    assert (copy["fullchain"], copy["private_key"]) == ("chain aa", "old key")
    assert fleet_results.deployments(play.plan(hosts), play.NOTHING, known, "web2") == []


def test_the_profile_of_a_copy() -> None:
    """A copy has the profile of the certificate that it is a copy of, whichever of those asked for that is."""
    shared = {**play.SHARED, "profile": ["short", "classic"]}
    hosts = {"web1": host((shared, due())), "web2": host((shared, good(issued_under="classic")))}
    known = play.with_results(hosts, keys={"web2": handed("www", "old key")})
    (copy,) = fleet_results.deployments(play.plan(hosts), play.NOTHING, known, "web1")
    assert copy["profile"] == "classic"


def test_an_unfinished_one_is_deployed() -> None:
    """One whose installation was cut short is installed once more, with the key that the host has."""
    hosts = {"web1": host((listed(), good(unfinished=True)))}
    (again,) = fleet_results.deployments(play.plan(hosts), play.NOTHING, hosts, "web1")
    assert (again["fullchain"], "private_key" in again) == ("chain aa", False)


TESTS = {"nginx": "nginx -t", "apache2": "apachectl configtest"}


@pytest.mark.parametrize(
    ("options", "commands"),
    [
        ([{"reload": ["nginx"]}, {"reload": ["nginx"]}], ["nginx -t"]),
        ([{"reload": ["nginx", "postfix"]}, {"reload": ["apache2"]}], ["nginx -t", "apachectl configtest"]),
        ([{"reload": ["/usr/bin/true"]}, {"validate": "true"}], ["true"]),
        ([{}, {"reload": None}], []),
    ],
)
def test_validations(options: list[dict[str, Any]], commands: list[str]) -> None:
    """What will be reloaded is tested first, once, and the user's own test is run too."""
    hosts = {"web1": host(*[(listed(f"c{number}", **more), due(f"c{number}")) for number, more in enumerate(options)])}
    ready = [{"name": "c0"}, {"name": "c1"}]
    assert fleet_results.validations(play.plan(hosts), "web1", ready, TESTS) == commands
    assert fleet_results.validations(play.plan(hosts), "web1", [], TESTS) == []


def test_a_ca_by_its_name() -> None:
    """What is remembered of the CA is what the next run asks with, however the CA is written."""
    hosts = {"web1": host((listed(), due()), ca="letsencrypt")}
    issued_ = looped({"orders": [{"name": "www on web1", "fullchain": "chain"}]})
    (entry,) = fleet_results.deployments(play.plan(hosts), issued_, hosts, "web1")
    (asked,) = fleet_entries.requests([listed()], [], "letsencrypt")
    assert [entry["ca"]] == asked["ca"] == ["https://acme-v02.api.letsencrypt.org/directory"]


def test_put_off() -> None:
    """When the CA wants to be asked again is kept on the host of the request, be it said of an order or of all."""
    time = "2026-07-31T12:00:00+00:00"
    one = looped({"orders": [{**failed("www", "too many"), "retry_after": time}, ordered("api on web1")]})
    every = looped({"failed": True, "msg": "busy", "retry_after": time})
    for steps, names, reason in (([play.ACCOUNT, one], ["www"], "too many"), ([every], ["api", "www"], "busy")):
        kept = fleet_results.put_off(play.plan(play.HOSTS), steps, "web1")
        assert sorted(entry["name"] for entry in kept) == names
        assert {(entry["retry_after"], entry["reason"]) for entry in kept} == {(time, reason)}
        assert fleet_results.put_off(play.plan(play.HOSTS), steps, "web2") == []
    www = next(entry for entry in fleet_results.put_off(play.plan(play.HOSTS), [play.ACCOUNT, one], "web1"))
    assert (www["ca"], www["identifiers"]) == (CA, ["www.example.com"])


def test_nothing_put_off() -> None:
    """A failure for which the CA named no time may be tried again at once, and what was issued is not waited for."""
    assert (
        fleet_results.put_off(play.plan(play.HOSTS), [play.ACCOUNT, play.ORDERED, play.NOTHING, play.ISSUED], "web1")
        == []
    )
    assert (
        fleet_results.put_off(play.plan(play.HOSTS), [play.ACCOUNT, looped({"orders": [failed("www")]})], "web1") == []
    )
