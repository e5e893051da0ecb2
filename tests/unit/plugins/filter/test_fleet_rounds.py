# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import (
    fleet_failures,
    fleet_installation,
    fleet_plan,
    fleet_results,
    fleet_rounds,
    fleet_words,
)

from tests.unit.fleet import CA, authorization, due, failed, good, host, listed, looped, ordered

OTHER = "https://other.example/directory"
CAS = [{"ca": CA}, {"ca": OTHER, "key_file": "/keys/other.pem"}]
REFUSED = {"problem": {"type": "urn:ietf:params:acme:error:rejectedIdentifier", "subproblems": []}}
AWAY = {"failed": True, "msg": "away", "problem": {"type": "urn:webpki:acme:error:unreachable", "subproblems": []}}
ACCOUNT = looped({"account_uri": "https://ca.example/account/1"})
NOTHING: dict[str, Any] = {"results": []}


def plan(hosts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return fleet_plan.plan(list(hosts), hosts)


def numbered(conversations: list[dict[str, Any]], *results: dict[str, Any]) -> dict[str, Any]:
    """A step of a later round."""
    return {"results": [{"item": one, **result} for one, result in zip(conversations, results)]}


def two() -> dict[str, dict[str, Any]]:
    """A host with two certificates that are due, and two CAs for them."""
    return {"web1": host((listed(), due()), (listed("api"), due("api")), ca=CAS)}


def order(name: str, **more: Any) -> dict[str, Any]:
    return {**ordered(f"{name} on web1", authorization(f"{name}.example.com", f"tok-{name}")), **more}


def refused(name: str, msg: str = "no such name") -> dict[str, Any]:
    return {**failed(f"{name} on web1", msg), **REFUSED}


def issued(name: str) -> dict[str, Any]:
    return {"name": f"{name} on web1", "fullchain": f"chain of {name}"}


def test_one_ca() -> None:
    """Where there is one CA there is one round."""
    planned = plan({"web1": host((listed(), due()))})
    assert planned["rounds"] is False
    steps = [looped(AWAY), NOTHING, NOTHING, NOTHING]
    assert fleet_rounds.next_round(planned, steps, {})["conversations"] == []


def test_preferred_first() -> None:
    """Everything is asked for at the preferred CA first, with its own account; the next one is left for what fails."""
    planned = plan(two())
    (conversation,) = planned["conversations"]
    assert (conversation["ca"], conversation["key_file"]) == (CA, "/keys/account.pem")
    assert planned["rounds"] is True
    assert [[one["ca"] for one in each["attempts"]] for each in planned["orders"]] == [[OTHER], [OTHER]]
    assert f"issued by {CA}, or else by {OTHER} (" in fleet_words.announcement(planned, "web1")[0]


def test_another_round() -> None:
    """What was refused is asked for at the next CA, by its own account; what was issued is not asked for again."""
    hosts = two()
    planned = plan(hosts)
    steps = [
        ACCOUNT,
        looped({"orders": [refused("www"), order("api")]}),
        looped({"orders": [order("api", status="ready")]}),
        looped({"orders": [issued("api")]}),
    ]
    second = fleet_rounds.next_round(planned, steps, hosts)
    (conversation,) = second["conversations"]
    assert (conversation["ca"], conversation["key_file"]) == (OTHER, "/keys/other.pem")
    assert (conversation["number"], conversation["position"]) == (1, 0)
    assert second["rounds"] is False
    (asked,) = fleet_plan.conversation_orders(second, 1)
    assert asked["name"] == "www on web1"
    assert fleet_rounds.setbacks(second, "web1") == [f"www: no such name Now it is asked for at {OTHER}."]

    earlier = fleet_rounds.earlier_steps(steps, second)
    answered = numbered(second["conversations"], {"orders": [order("www", status="ready")]})
    now = [
        numbered(second["conversations"], {"account_uri": "https://other.example/1"}),
        numbered(second["conversations"], {"orders": [order("www")]}),
        answered,
        numbered(second["conversations"], {"orders": [issued("www")]}),
    ]
    assert [one["name"] for one in fleet_results.orders_to_issue(second, answered, 1)] == ["www on web1"]
    every = [{"results": before["results"] + after["results"]} for before, after in zip(earlier, now)]
    assert fleet_rounds.next_round(second, every, hosts)["conversations"] == []
    deployed = {"certificates": [{"name": "www"}, {"name": "api"}]}
    known = {"web1": {**hosts["web1"], "__certificates_deployed": deployed}}
    assert fleet_failures.failures(second, every, known, "web1") == []
    found = {one["name"]: one["ca"] for one in fleet_installation.deployments(second, every[3], known, "web1")}
    assert found == {"www": OTHER, "api": CA}


def test_next_types() -> None:
    """A name that could not be proven is proven by the next type of its list, at the same CA, where that is asked for."""
    own = listed(challenge=["http-01", "dns-01"], challenge_fallback=True)
    hosts = {"web1": {**host((own, due()), (listed("api"), due("api"))), "__certificates_placed": {"challenges": []}}}
    planned = plan(hosts)
    assert (planned["rounds"], planned["by_dns"], len(planned["conversations"])) == (True, True, 1)
    unproven = {**failed("www on web1", "saw 404"), "problem": {"type": "urn:ietf:params:acme:error:unauthorized"}}
    steps = [ACCOUNT, looped({"orders": [order("www"), order("api")]}), looped({"orders": [unproven]}), NOTHING]
    second = fleet_rounds.next_round(planned, steps, hosts)
    again = [one for one in second["orders"] if one["conversation"] == second["conversations"][0]["number"]]
    assert [(one["certificate"], one["challenge"]) for one in again] == [("www", [["www.example.com", ["dns-01"]]])]
    assert (second["serving"], second["visited"], second["by_dns"]) == ([], ["web1"], True)
    (told,) = fleet_rounds.setbacks(second, "web1")
    assert told == "www: saw 404 Now its names are proven by the next types of challenge."


def test_none_issues() -> None:
    """A certificate that no CA issues is told with what each of them said, and each is asked when it wants to be."""
    hosts = two()
    planned = plan(hosts)
    time, later = "2026-07-31T12:00:00+00:00", "2026-08-01T12:00:00+00:00"
    first = [looped({**AWAY, "retry_after": time}), NOTHING, NOTHING, NOTHING]
    second = fleet_rounds.next_round(planned, first, hosts)
    assert len(fleet_plan.conversation_orders(second, 1)) == 2
    earlier = fleet_rounds.earlier_steps(first, second)
    busy = {**AWAY, "msg": "busy", "retry_after": later}
    every = [
        {"results": earlier[0]["results"] + numbered(second["conversations"], busy)["results"]},
        NOTHING,
        NOTHING,
        NOTHING,
    ]
    third = fleet_rounds.next_round(second, every, hosts)
    assert third["conversations"] == []
    told = fleet_failures.failures(second, every, hosts, "web1")
    assert told == [f"{name}: (1) {CA}: away (2) {OTHER}: busy" for name in ("www", "api")]
    kept = fleet_installation.put_off(second, every, "web1")
    assert {(one["name"], one["ca"], one["retry_after"]) for one in kept} == {
        (name, ca, when) for name in ("www", "api") for ca, when in ((CA, time), (OTHER, later))
    }


def test_failed_for_good() -> None:
    """What failed in an earlier round for want of a file is told with that, whatever the hosts register in later ones."""
    hosts = two()
    planned = plan(hosts)
    broken = {"challenges": [{"token": "tok-api", "failed": True, "msg": "no room"}]}
    placed = {"web1": {**hosts["web1"], "__certificates_placed": broken}}
    steps = [ACCOUNT, looped({"orders": [refused("www"), order("api")]}), NOTHING, NOTHING]
    second = fleet_rounds.next_round(planned, steps, placed)
    assert [one["name"] for one in fleet_plan.conversation_orders(second, 1)] == ["www on web1"]
    earlier = fleet_rounds.earlier_steps(steps, second)
    now = numbered(second["conversations"], {"orders": [refused("www", "neither")]})
    every = [ACCOUNT, {"results": earlier[1]["results"] + now["results"]}, NOTHING, NOTHING]
    told = fleet_failures.failures(second, every, {"web1": {**hosts["web1"], "__certificates_placed": {}}}, "web1")
    assert [one.partition(":")[0] for one in told] == ["www", "api"]
    assert "no such name" in told[0] and "neither" in told[0]
    assert "no room" in told[1]


@pytest.mark.parametrize(
    ("found", "conversations"),
    [
        (due(), 1),
        (due(code="expired", facts=good()["facts"]), 1),
        (due(code="lifetime", facts=good()["facts"]), 0),
    ],
)
def test_no_room(found: dict[str, Any], conversations: int) -> None:
    """What a rate limit leaves for the next run goes to the next CA only where the host has nothing that it could serve."""
    hosts = {"web1": host((listed(), found), ca=CAS)}
    left = {"name": "www on web1", "put_off": {"until": "2026-07-31T12:00:00Z", "reason": "300 orders"}}
    steps = [ACCOUNT, looped({"orders": [left]}), NOTHING, NOTHING]
    assert len(fleet_rounds.next_round(plan(hosts), steps, hosts)["conversations"]) == conversations


WAIT = {"until": "2026-07-31T12:00:00Z", "reason": "too many."}


def test_put_off() -> None:
    """A CA that does not want to be asked yet is passed over; where none may be asked the host is told of each."""
    by_first = due(put_off_by=[{"ca": CA, **WAIT}])
    planned = plan({"web1": host((listed(), by_first), ca=CAS)})
    assert [one["ca"] for one in planned["conversations"]] == [OTHER]
    by_both = due(put_off=WAIT, put_off_by=[{"ca": ca, **WAIT} for ca in (CA, OTHER)])
    planned = plan({"web1": host((listed(), by_both), ca=CAS)})
    assert planned["orders"] == []
    (told,) = planned["refused"]["web1"]
    assert all(
        f"{ca} does not want to be asked again before 2026-07-31T12:00:00Z: too many." in told for ca in (CA, OTHER)
    )


def test_remembered_order() -> None:
    """An order that a run left behind is taken up at its own CA, when its turn comes."""
    waiting = due(order_url="https://other.example/order/1", order_ca=OTHER, changed=False)
    hosts = {"web1": host((listed(), waiting), ca=CAS)}
    planned = plan(hosts)
    assert "url" not in fleet_plan.conversation_orders(planned, 0)[0]
    second = fleet_rounds.next_round(planned, [looped(AWAY), NOTHING, NOTHING, NOTHING], hosts)
    assert fleet_plan.conversation_orders(second, 1)[0]["url"] == "https://other.example/order/1"


def test_shared_from_the_same_cas() -> None:
    """Hosts that share a certificate list the same CAs for it."""
    shared = listed(shared=True)
    planned = plan({"a": host((shared, due()), ca=CAS), "b": host((shared, due()), ca=CAS)})
    assert [one["hosts"] for one in planned["orders"]] == [["a", "b"]]
    planned = plan({"a": host((shared, due()), ca=CAS), "b": host((shared, due()))})
    assert all("another value of acme_ca" in told for (told,) in planned["refused"].values())


def test_relative_key_file() -> None:
    """A key file of one CA that has no place of its own is told, before anything is asked for."""
    planned = plan({"web1": host((listed(), due()), ca=[{"ca": CA}, {"ca": OTHER, "key_file": "other.pem"}])})
    assert planned["orders"] == []
    assert "'other.pem'. Give an absolute path" in planned["refused"]["web1"][0]


def test_copied_from_another_ca() -> None:
    """A copy is from the CA that issued it, which need not be the preferred one."""
    shared = listed(shared=True)
    planned = plan({"a": host((shared, due()), ca=CAS), "b": host((shared, good(issued_by=OTHER)), ca=CAS)})
    assert [one["ca"] for one in planned["copies"]] == [OTHER]
