# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.webpki.acme.plugins.filter import fleet_plan, fleet_words
from ansible_collections.webpki.acme.plugins.filter.fleet_accounts import digest
from ansible_collections.webpki.acme.plugins.plugin_utils import refusals

from tests.unit.fleet import CA, RENEWAL, due, failed, good, host, listed


def plan(**hosts: dict[str, Any]) -> dict[str, Any]:
    return fleet_plan.plan(list(hosts), hosts)


def shape(planned: dict[str, Any], kind: str) -> list[tuple[str, str, list[str]]]:
    """What a plan comes down to: certificate, the host that holds its key, the hosts that get it."""
    return [(item["certificate"], item["holder"], item["hosts"]) for item in planned[kind]]


SHARED = listed(shared=True)


def test_nothing_due() -> None:
    """Where nothing is due there is nothing to do, and no CA to talk to."""
    planned = plan(web1=host((listed(), good())), web2=host())
    assert not any(planned.values())


def test_each_host_has_its_own() -> None:
    """The same name on two hosts, not shared, is two certificates with two keys."""
    planned = plan(web1=host((listed(), due(csr="one"))), web2=host((listed(), due(csr="two"))))
    assert shape(planned, "orders") == [("www", "web1", ["web1"]), ("www", "web2", ["web2"])]
    assert [order["csr"] for order in planned["orders"]] == ["one", "two"]
    assert len({order["name"] for order in planned["orders"]}) == 2


def test_a_request_that_failed() -> None:
    """A certificate that could not be looked at is not ordered; the others of its host are."""
    planned = plan(web1=host((listed(), failed()), (listed("api"), due("api"))))
    assert shape(planned, "orders") == [("api", "web1", ["web1"])]
    assert planned["refused"] == {"web1": ["www: no room"]}


@pytest.mark.parametrize(
    ("place", "good_place"),
    [
        (None, True),
        ("127.0.0.1:443", True),
        ("www.example.com:8443", True),
        ("[::1]:443", True),
        ("443", False),
        (":443", False),
        ("www.example.com", False),
        ("www.example.com:https", False),
        ("::1:443", False),
        (443, False),
    ],
)
def test_served_on(place: Any, good_place: bool) -> None:
    """A place that cannot be looked at is told before anything is done, and the host's other certificates are ordered."""
    planned = plan(web1=host((listed(served_on=place), due()), (listed("api"), due("api"))))
    assert [name for name, _holder, _hosts in shape(planned, "orders")] == (["www", "api"] if good_place else ["api"])
    if not good_place:
        (told,) = planned["refused"]["web1"]
        assert told == f"www: served_on is {str(place)!r}. Give a host and a port, such as 127.0.0.1:443."


def test_roll_back_unserved() -> None:
    """Who wants back what is not served, and does not say where that is to be seen, is told before anything is done."""
    own = listed(roll_back_unserved=True)
    planned = plan(
        web1=host((own, due())), web2=host(({**own, "name": "api", "served_on": "127.0.0.1:443"}, due("api")))
    )
    assert [name for name, _holder, _hosts in shape(planned, "orders")] == ["api"]
    assert planned["refused"]["web1"] == [
        "www: roll_back_unserved is set, but not served_on. Say where the certificate is served."
    ]


@pytest.mark.parametrize("variables", [{}, {"__certificates_request": {"failed": True, "msg": "no module"}}])
def test_a_host_without_a_result(variables: dict[str, Any]) -> None:
    """A host whose task failed altogether does not keep the others from being planned for."""
    assert shape(plan(web1=variables, web2=host((listed(), due()))), "orders") == [("www", "web2", ["web2"])]


def test_unfinished() -> None:
    """A certificate whose installation was cut short is installed again, from the host's own store and without the CA."""
    planned = plan(web1=host((listed(), good(unfinished=True))))
    assert shape(planned, "copies") == [("www", "web1", ["web1"])]
    assert planned["copies"][0]["fullchain"] == "chain aa"
    assert planned["conversations"] == []


@pytest.mark.parametrize(
    ("found", "orders", "copies"),
    [
        ([good(), good()], [], []),
        ([due(), due()], [("a", ["a", "b"])], []),
        ([due(), good()], [], [("b", ["a"])]),
        ([good(), due()], [], [("a", ["b"])]),
        # The hosts have drifted apart: the one that lasts longest wins.
        (
            [good(fingerprint="aa", not_after="2027-01-01"), good(fingerprint="bb", not_after="2027-02-01")],
            [],
            [("b", ["a"])],
        ),
        ([good(fingerprint="aa"), good(fingerprint="bb", not_after="2026-12-01")], [], [("a", ["b"])]),
        # The certificate is there, its key is not.
        ([good(), {**good(), **due(code="key-mismatch", facts=good()["facts"])}], [], [("a", ["b"])]),
        # Forced on one host is forced for all; the key is made where it is due.
        ([good(), due(code="forced", facts=good()["facts"])], [("b", ["b", "a"])], []),
        ([good(), good(unfinished=True)], [], [("a", ["b"])]),
        ([good(unfinished=True), good()], [], [("a", ["a"])]),
        ([failed(), due()], [("b", ["b"])], []),
    ],
)
def test_shared(
    found: list[dict[str, Any]], orders: list[tuple[str, list[str]]], copies: list[tuple[str, list[str]]]
) -> None:
    """A shared certificate is copied from a host that has a good one, and ordered, once, only when none has."""
    planned = plan(a=host((SHARED, found[0])), b=host((SHARED, found[1])))
    assert [(holder, hosts) for _name, holder, hosts in shape(planned, "orders")] == orders
    assert [(holder, hosts) for _name, holder, hosts in shape(planned, "copies")] == copies
    assert all(order["csr"] for order in planned["orders"])
    assert all(copy["fullchain"] for copy in planned["copies"])


@pytest.mark.parametrize(
    ("option", "here", "there"),
    [
        ("identifiers", {"identifiers": ["a.example"]}, {"identifiers": ["a.example", "b.example"]}),
        ("key_type", {"key_type": "rsa-2048"}, {}),
        ("profile", {"profile": "short"}, {"profile": "long"}),
        ("preferred_chain", {"preferred_chain": "Root X1"}, {"preferred_chain": "Root X2"}),
        ("preferred_chain_fallback", {"preferred_chain_fallback": True}, {}),
        ("profile", {"profile": ["short"]}, {"profile": ["short", "long"]}),
    ],
)
def test_shared_but_different(option: str, here: dict[str, Any], there: dict[str, Any]) -> None:
    """Hosts that disagree about what they share are told so, with the option and both hosts; the others go on."""
    disagreeing = {"web1": host(({**SHARED, **here}, due())), "web2": host(({**SHARED, **there}, due()))}
    planned = plan(**disagreeing, web3=host((listed(), due())))
    assert shape(planned, "orders") == [("www", "web3", ["web3"])]
    assert set(planned["refused"]) == {"web1", "web2"}
    for (told,) in planned["refused"].values():
        assert told.startswith("www: it is shared, but ") and f"of {option} on web2 than on web1" in told


@pytest.mark.parametrize("code", ["forced", "interrupted"])
def test_shared_asked_for(code: str) -> None:
    """Where one of several hosts wants a new one, whatever it has, all get it, rather than that host the one of the others."""
    planned = plan(web1=host((SHARED, good())), web2=host((SHARED, due(code=code))))
    assert ([order["hosts"] for order in planned["orders"]], planned["copies"]) == ([["web2", "web1"]], [])


def test_shared_from_different_cas() -> None:
    """A certificate cannot be shared between hosts that have it from different CAs."""
    planned = plan(web1=host((SHARED, due())), web2=host((SHARED, due()), ca="https://other.example/directory"))
    assert all("another value of acme_ca" in told for (told,) in planned["refused"].values())


def test_shared_in_another_sequence() -> None:
    """The sequence of the names makes no difference."""
    here, there = (
        dict(SHARED, identifiers=names) for names in (["a.example", "b.example"], ["b.example", "a.example"])
    )
    assert len(plan(web1=host((here, due())), web2=host((there, due())))["orders"]) == 1


@pytest.mark.parametrize(("changed", "take_up"), [(True, False), (False, True)])
def test_take_up(changed: bool, take_up: bool) -> None:
    """Only where a request has waited since an earlier run is there an order to look for."""
    planned = plan(web1=host((listed(), due())), web2=host((listed(), due(changed=changed))))
    assert [one["take_up"] for one in planned["conversations"]] == [take_up]


@pytest.mark.parametrize(
    ("second", "conversations"),
    [
        ({}, 1),
        ({"key_file": "/keys/other.pem"}, 2),
        ({"ca": "https://other.example/directory"}, 2),
        ({"contact": ["mailto:other@example.com"]}, 2),
        ({"key_file": "", "key_text": "another key"}, 2),
    ],
)
def test_conversations(second: dict[str, Any], conversations: int) -> None:
    """Hosts with the same CA and account are talked about in one conversation, others in one of their own."""
    entry = (listed(), due())
    planned = plan(a=host(entry), b=host(entry, **second), c=host(entry), d=host(entry, **second))
    assert len(planned["conversations"]) == conversations
    assert [one["number"] for one in planned["conversations"]] == list(range(conversations))
    asked = [fleet_plan.conversation_orders(planned, one["number"]) for one in planned["conversations"]]
    by_host = [[name["name"].split()[-1] for name in orders] for orders in asked]
    assert by_host == ([["a", "b", "c", "d"]] if conversations == 1 else [["a", "c"], ["b", "d"]])
    assert [one["host"] for one in planned["conversations"]] == ["a", "b"][:conversations]


@pytest.mark.parametrize("challenge", ["http-01", "dns-01"])
def test_elsewhere(challenge: str) -> None:
    """One order that takes more than files is enough for a play to have the tasks for that."""
    planned = plan(a=host((listed(), due())), b=host((listed(challenge=challenge), due())))
    assert planned["elsewhere"] is planned["by_dns"] is (challenge == "dns-01")


def test_the_account_key_stays_where_it_is() -> None:
    """A key that was given as text tells accounts apart by its digest; the plan, which everybody may see, has no more."""
    keys = [digest(f"secret {number}") for number in (1, 2)]
    one, other = (host((listed(), due()), key_file="", key=key) for key in keys)
    planned = plan(a=one, b=other, c=one)
    assert [order["conversation"] for order in planned["orders"]] == [0, 1, 0]


def test_conversation_orders() -> None:
    """An order has the name by which the plan knows it, the identifiers and the profiles."""
    planned = plan(web1=host((listed(profile=["short", "long"]), due())))
    assert fleet_plan.conversation_orders(planned, 0) == [
        {"name": "www on web1", "identifiers": ["www.example.com"], "profile": ["short", "long"]}
    ]


@pytest.mark.parametrize(
    ("changed", "key_reuse", "given"), [(True, False, False), (False, False, True), (False, True, False)]
)
def test_issued_before(changed: bool, key_reuse: bool, given: bool) -> None:
    """A request that a run before this one made for a new key tells which certificate was issued for it already."""
    planned = plan(web1=host((listed(key_reuse=key_reuse), due(changed=changed))))
    (asked,) = fleet_plan.conversation_orders(planned, 0)
    assert asked.get("csr") == (planned["orders"][0]["csr"] if given else None)


@pytest.mark.parametrize("key_reuse", [True, False])
def test_order_known(key_reuse: bool) -> None:
    """Where the host remembers the order for its request, that one is asked about."""
    found = due(changed=False, order_url="https://ca.example/order/1")
    planned = plan(web1=host((listed(key_reuse=key_reuse), found)))
    (asked,) = fleet_plan.conversation_orders(planned, 0)
    assert (asked["url"], asked["csr"]) == ("https://ca.example/order/1", planned["orders"][0]["csr"])


def test_announcement() -> None:
    """It is said for each certificate of a host what is to be done, why, and what is to be reloaded."""
    planned = plan(
        web1=host(
            (listed(reload=["nginx"]), due()),
            (listed("api", shared=True), good("api")),
            (listed("old"), good("old", unfinished=True)),
        ),
        web2=host((listed("api", shared=True), due("api")), (listed("mail"), good("mail"))),
    )
    assert fleet_words.announcement(planned, "web1") == [
        f"www: to be issued by {CA} (it is missing), installed in /etc/webpki/www, and nginx reloaded",
        "old: to be finished, as a run was cut short or what uses it failed, installed in /etc/webpki/old",
    ]
    assert fleet_words.announcement(planned, "web2") == ["api: to be copied from web1, installed in /etc/webpki/api"]


def test_another_batch() -> None:
    """A shared certificate that a host of another batch lists too is refused: it is one for all its hosts."""
    there = {"acme_certificates": [SHARED]}
    planned = fleet_plan.plan(["web1"], {"web1": host((SHARED, due())), "web2": there}, ["web2"])
    assert planned["orders"] == []
    assert "web2, which is in another batch" in planned["refused"]["web1"][0]


@pytest.mark.parametrize("code", ["lifetime", "renewal-info", "expired", "revoked"])
def test_due_by_another_measure(code: str) -> None:
    """A shared certificate that is old, or known to be revoked, on one host is ordered, not copied from where it is not yet."""
    old = due(facts=good()["facts"], reasons=[{"code": code, "text": "old"}])
    planned = plan(web1=host((SHARED, old)), web2=host((SHARED, good())))
    assert shape(planned, "orders") == [("www", "web1", ["web1", "web2"])]
    assert planned["copies"] == []


def test_unknown_force() -> None:
    """A name in acme_force that no host lists is told, as it is a mistake."""
    web1 = host((listed(), good()))
    web1["__certificates_request"]["context"]["force"] = ["www", "wwww"]
    assert "acme_force names wwww" in plan(web1=web1)["refused"]["web1"][0]


def test_relative_account_key() -> None:
    """A relative path of the account key is refused: it would be another key for each working directory."""
    planned = plan(web1=host((listed(), due()), key_file="account.pem"))
    assert planned["orders"] == []
    assert "Give an absolute path" in planned["refused"]["web1"][0]


def test_out_of_place() -> None:
    """What is not due, but not installed as it should be, is installed again without the CA."""
    planned = plan(web1=host((listed(), good(differs=True, differences=["mode is 0600, wanted is 0640"]))))
    assert shape(planned, "copies") == [("www", "web1", ["web1"])]
    assert planned["conversations"] == []
    assert "to be put right (mode is 0600, wanted is 0640)" in fleet_words.announcement(planned, "web1")[0]


def test_planned_for_once() -> None:
    """What one application of the role knew is not planned for by the next, and no host plans after another did so for it."""
    hosts = {"web1": host((listed(), due())), "web2": host((listed("api"), due("api")))}
    for name, variables in hosts.items():
        variables["__certificates_request"]["context"]["run"] = name
    first = fleet_plan.plan(list(hosts), hosts, host="web1")
    assert first["runs"] == ["web1", "web2"]
    with pytest.raises(AnsibleFilterError, match="strategy"):
        fleet_plan.plan(list(hosts), hosts, before=first, host="web2")
    hosts["web1"]["__certificates_request"]["context"]["run"] = "web1 again"
    assert shape(fleet_plan.plan(list(hosts), hosts, before=first, host="web1"), "orders") == [
        ("www", "web1", ["web1"])
    ]


def test_known_from_an_idle_application() -> None:
    """What an application of the role knew that had nothing to do is neither planned for by the next, nor asked about again."""
    hosts = {name: host((SHARED, good()), context={"run": name, **RENEWAL}) for name in ("a", "b")}
    idle = looked(hosts, "a", {})
    assert (idle["results"][0]["item"]["todo"], bool(idle["results"][0]["item"]["questions"])) == (False, True)
    hosts["a"] = host((SHARED, due(code="forced")), context={"run": "a again", **RENEWAL})
    second = looked(hosts, "a", idle)
    assert second["results"][0]["item"]["questions"] == ""
    # Where the first look was skipped, as the role is not for the first host, it is looked once more.
    for seen in (second, looked(hosts, "a", second)):
        planned = fleet_plan.plan(list(hosts), hosts, host="a", renewal=seen)
        assert shape(planned, "orders") == [("www", "a", ["a"])]
        assert sorted(planned["runs"]) == ["a", "a again", "b"]


def looked(hosts: dict[str, Any], by: str, renewal: dict[str, Any]) -> dict[str, Any]:
    """What is registered when it was looked at all hosts."""
    return {"results": [{"item": item} for item in fleet_plan.outlook(list(hosts), hosts, by, renewal=renewal)]}


def test_lacking() -> None:
    """While a host lacks a library there is something to do. In check mode that is announced; else it is told what it still lacks."""
    context = {"run": "web2", "certificates": [listed("api")], "account": {}}
    lacks = {"__certificates_request": {"missing_libraries": ["cryptography"], "failed": True, "context": context}}
    hosts = {"web1": host((listed(), good())), "web2": lacks}
    (seen,) = fleet_plan.outlook(list(hosts), hosts, "web1")
    assert (seen["todo"], seen["lacking"]) == (True, ["web2"])
    checked = fleet_plan.plan(list(hosts), hosts, host="web1", check_mode=True)
    assert (checked["lacking"], checked["refused"]) == (["web2"], {})
    assert fleet_words.announcement(checked, "web2") == [refusals.UNKNOWN]
    in_vain = fleet_plan.plan(list(hosts), hosts, host="web1")
    assert (in_vain["lacking"], in_vain["refused"]) == ([], {"web2": [refusals.UNKNOWN]})


@pytest.mark.parametrize(
    ("force", "unknown"), [("www", ""), ("www,api", "api"), (["www", "api"], "api"), (True, "True")]
)
def test_force_in_any_form(force: Any, unknown: str) -> None:
    """What acme_force names and nobody has is told, however the list is written."""
    hosts = {"web1": host((listed(), due(code="forced")))}
    hosts["web1"]["__certificates_request"]["context"]["force"] = force
    told = plan(**hosts)["refused"].get("web1", [])
    assert told == (
        [f"acme_force names {unknown}, which no host of this run lists in acme_certificates."] if unknown else []
    )


def test_nothing_to_do() -> None:
    """Where everything is as wanted there is nothing to do; what is due, to be installed or to be told is something."""
    for found, todo in [(good(), False), (failed(), True), (due(), True), (good(unfinished=True), True)]:
        hosts = {"web1": host((listed(), found))}
        assert [one["todo"] for one in fleet_plan.outlook(list(hosts), hosts, "web1")] == [todo]


PUT_OFF = {"put_off": {"until": "2026-07-31T12:00:00Z", "reason": "too many certificates."}}


def test_put_off() -> None:
    """What the CA does not want to be asked for yet is not ordered, its host is told why, and the others go on."""
    hosts = {"a": host((listed(), due(**PUT_OFF)), (listed("api"), due("api"))), "b": host((listed(), due()))}
    planned = fleet_plan.plan(list(hosts), hosts)
    assert [order["name"] for order in planned["orders"]] == ["api on a", "www on b"]
    (told,) = planned["refused"]["a"]
    assert told.startswith(
        f"www: not asked for, as {CA} does not want to be asked again before 2026-07-31T12:00:00Z: too many"
    )
    assert "acme_force" in told


@pytest.mark.parametrize(("ends", "warned"), [("2026-07-30", True), ("2026-08-01", False)])
def test_put_off_too_long(ends: str, warned: bool) -> None:
    """A wait that the CA asks for is kept to also where the certificate ends before; then its host is told that."""
    found = due(code="lifetime", facts=good(not_after=ends)["facts"], **PUT_OFF)
    planned = plan(web1=host((listed(), found)))
    assert planned["orders"] == []
    (told,) = planned["refused"]["web1"]
    assert (f"Its certificate has ended by then ({ends}T00:00:00Z): let another CA issue it" in told) is warned


@pytest.mark.parametrize(("code", "orders"), [("lifetime", []), ("forced", ["www"])])
def test_shared_put_off(code: str, orders: list[str]) -> None:
    """A shared certificate is put off for all of its hosts, as long as none of them asks for it all the same."""
    hosts = {"a": host((SHARED, due(**PUT_OFF))), "b": host((SHARED, due(code=code)))}
    planned = fleet_plan.plan(list(hosts), hosts)
    assert [order["name"] for order in planned["orders"]] == orders
    assert sorted(planned["refused"]) == ([] if orders else ["a", "b"])


def test_shared_put_off_but_there() -> None:
    """A host that lacks a shared certificate gets a copy of a good one, whatever the CA wants."""
    hosts = {"a": host((SHARED, due(**PUT_OFF))), "b": host((SHARED, good()))}
    planned = fleet_plan.plan(list(hosts), hosts)
    assert [copy["hosts"] for copy in planned["copies"]] == [["a"]]
    assert planned["refused"] == {}
