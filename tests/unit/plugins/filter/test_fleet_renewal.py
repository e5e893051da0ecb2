# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked about renewal, what follows from the answers, and what an order replaces."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_plan
from ansible_collections.webpki.acme.plugins.filter.fleet_entries import requests
from ansible_collections.webpki.acme.plugins.filter.fleet_renewal import to_renew

from tests.unit.fleet import CA, RENEWAL, due, good, host, listed

ISSUER = "69885b6b87464041e1b37b847ba0ae2cde01c8d4"
KNOWN_BY = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
OPTIONS = RENEWAL["renewal"]


def facts(fingerprint: str = "aa", left: float = 60, names: str = "www.example.com") -> dict[str, Any]:
    """What is known of a certificate of which so many of 90 days are left."""
    end = datetime.now(timezone.utc) + timedelta(days=left)
    begin, end_text = ((end - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (90, 0))
    return {
        "fingerprint_sha256": fingerprint,
        "not_before": begin,
        "not_after": end_text,
        "serial_number": "87654321",
        "authority_key_identifier": ISSUER,
        "identifiers": names.split(),
        "lifetime_days": 90,
        "days_left": left,
    }


def there(fingerprint: str = "aa", left: float = 60, **more: Any) -> dict[str, Any]:
    """What a host says of a certificate that is not due."""
    return {**good(), "facts": facts(fingerprint, left), "issued_by": CA, **more}


def outlook(**hosts: dict[str, Any]) -> list[dict[str, Any]]:
    return fleet_plan.outlook(list(hosts), hosts, next(iter(hosts)))


def questions(group: dict[str, Any]) -> list[dict[str, Any]]:
    """The certificates that are asked about in one go."""
    asked: list[dict[str, Any]] = json.loads(group["questions"])["certificates"]
    return asked


def test_questions() -> None:
    """All that is not due is asked about in one go, by what the CA knows it by; hosts with other options have one of their own."""
    groups = outlook(
        web1=host((listed(), there("aa")), (listed("api"), {**there("bb"), "name": "api"}), context=RENEWAL),
        web2=host((listed(), there("cc")), context={"renewal": {**OPTIONS, "run_interval": 60}}),
        web3=host((listed(), due()), context=RENEWAL),
        web4=host((listed(), there("dd"))),
    )
    asked = [(one["run_interval"], [item["name"] for item in questions(one)]) for one in groups]
    assert asked == [(86400, ["www on web1", "api on web1"]), (60, ["www on web2"])]
    assert groups[0]["ca"] == CA
    assert json.loads(groups[0]["questions"])["on"] == {"aa": [["web1", "www"]], "bb": [["web1", "api"]]}
    assert set(questions(groups[0])[0]["facts"]) == {
        "not_before",
        "not_after",
        "fingerprint_sha256",
        "serial_number",
        "authority_key_identifier",
    }


def test_a_shared_certificate_is_asked_about_once() -> None:
    """Hosts that share a certificate get the same answer."""
    shared = listed(shared=True)
    (group,) = outlook(a=host((shared, there()), context=RENEWAL), b=host((shared, there()), context=RENEWAL))
    assert [item["name"] for item in questions(group)] == ["www"]
    assert json.loads(group["questions"])["on"] == {"aa": [["a", "www"], ["b", "www"]]}


def test_nobody_else_is_asked() -> None:
    """Of a certificate from a CA that is no longer wanted nobody is asked."""
    (nothing,) = outlook(web1=host((listed(), there(issued_by="https://other.example/directory")), context=RENEWAL))
    assert nothing["questions"] == ""


def answer(fingerprint: str = "aa", code: str | None = "renewal-info", in_window: bool = False) -> dict[str, Any]:
    """What the CA said of one certificate."""
    told = {"due": code is not None, "code": code, "reason": f"for {code}", "in_window": in_window}
    return {"name": fingerprint, "fingerprint_sha256": fingerprint, **told}


def answers(*certificates: dict[str, Any], asked: dict[str, Any] | None = None) -> dict[str, Any]:
    """What it said of all that was `asked` of it."""
    named = [one["name"] for one in certificates if one.get("due")]
    return {"results": [{"item": asked or {"known": [], "runs": []}, "certificates": list(certificates), "due": named}]}


def test_to_renew() -> None:
    """Each host is told which of its certificates to renew, and why; others, and those that failed, are left out."""
    (asked,) = outlook(
        web1=host((listed(), there("aa")), (listed("api"), {**there("bb"), "name": "api"}), context=RENEWAL),
        web2=host((listed(), there("cc")), context=RENEWAL),
    )
    no_answer = {"name": "dd", "failed": True, "msg": "no"}
    told = answers(answer("aa"), answer("bb", None), answer("cc", "expired"), no_answer, asked=asked)
    assert to_renew(told, "web1") == {
        "www": {"fingerprint_sha256": "aa", "code": "renewal-info", "text": "for renewal-info"}
    }
    assert to_renew(told, "web2")["www"]["code"] == "lifetime"
    assert to_renew(told, "web3") == {}


def test_nothing_was_asked() -> None:
    """Where there was nothing to ask nothing is to be renewed."""
    (nothing,) = outlook(web1=host((listed(), due()), context=RENEWAL))
    assert to_renew({"results": [{"item": nothing, "skipped": True}]}, "web1") == {}


def test_nothing_was_answered() -> None:
    """Where the CA could not be asked at all the lifetime decides."""
    groups = outlook(
        web1=host((listed(), there("aa", left=29)), context=RENEWAL),
        web2=host((listed(), there("bb", left=31)), context=RENEWAL),
        web3=host((listed(), there("cc", left=44)), context={"renewal": {**OPTIONS, "renew_fraction": "0.5"}}),
    )
    told = {"results": [{"item": one, "msg": "the bundle cannot be read", "failed": True} for one in groups]}
    assert to_renew(told, "web1")["www"]["code"] == "lifetime"
    assert to_renew(told, "web2") == {}
    assert to_renew(told, "web3")["www"]["text"] == "44 of 90 days left"


def test_requests() -> None:
    """What is to be renewed is handed to the host with its reason."""
    why = {"fingerprint_sha256": "aa", "code": "renewal-info", "text": "the CA wants that"}
    asked = requests([listed(), listed("api")], [], CA, {"www": why})
    assert [one.get("renewal") for one in asked] == [why, None]


def renewed(**more: Any) -> dict[str, Any]:
    """What a host says of a certificate that is due, with one before it."""
    return {**due(code="renewal-info"), "facts": facts(), "issued_by": CA, **more}


def order(*found: dict[str, Any], told: dict[str, Any] | None = None, **own: Any) -> dict[str, Any]:
    """The order for a certificate of hosts that found this."""
    shared = listed(shared=len(found) > 1, **own)
    hosts = {f"web{number}": host((shared, one), context=RENEWAL) for number, one in enumerate(found)}
    planned = fleet_plan.plan(list(hosts), hosts, renewal=told)
    (asked,) = fleet_plan.conversation_orders(planned, 0)
    return asked


@pytest.mark.parametrize("code", ["renewal-info", "lifetime", "names", "key-type", "forced", "expired", "key-mismatch"])
def test_replaces(code: str) -> None:
    """An order says which certificate it takes the place of."""
    assert order({**renewed(), "reasons": [{"code": code, "text": ""}]})["replaces"] == KNOWN_BY


@pytest.mark.parametrize(
    "more",
    [
        {"reasons": [{"code": "self-signed", "text": ""}]},
        {"reasons": [{"code": "ca", "text": ""}]},
        {"issued_by": "https://other.example/directory"},
        {"facts": None},
        {"facts": {**facts(), "authority_key_identifier": None}},
        {"facts": facts(names="other.example.com")},
        {"facts": {**facts(), "serial_number": "-1"}},
        {"facts": {**facts(), "serial_number": "no"}},
        {"facts": {**facts(), "authority_key_identifier": "no"}},
    ],
)
def test_no_predecessor(more: dict[str, Any]) -> None:
    """Where there is nothing that this CA would know, or nothing in common, an order replaces nothing."""
    assert "replaces" not in order({**renewed(), **more})


def test_one_clear_predecessor() -> None:
    """Hosts that share a certificate, but have not the same one now, have no clear predecessor."""
    assert order(renewed(), renewed())["replaces"] == KNOWN_BY
    assert order(renewed(), due())["replaces"] == KNOWN_BY
    assert "replaces" not in order(renewed(), renewed(facts=facts("bb")))


@pytest.mark.parametrize(
    ("told", "exempt"),
    [
        (None, None),
        (answers(answer()), None),
        (answers(answer(in_window=True)), True),
        (answers(answer("bb", in_window=True)), None),
    ],
)
def test_exempt(told: dict[str, Any] | None, exempt: bool | None) -> None:
    """An order within the window that the CA suggested is exempt from rate limits."""
    assert order(renewed(), told=told).get("exempt") is exempt


def test_once_more() -> None:
    """What the CA wants renewed is planned for with what was due before; and another time nothing is asked about or done."""
    hosts = {
        "web1": host((listed(), there()), context={**RENEWAL, "run": 1}),
        "web2": host((listed(), due()), context={**RENEWAL, "run": 2}),
    }
    (first,) = outlook(**hosts)
    assert first["todo"]
    hosts["web1"] = host((listed(), renewed()), context={**RENEWAL, "run": 3})
    planned = fleet_plan.plan(list(hosts), hosts, host="web1")
    assert [one["name"] for one in planned["orders"]] == ["www on web1", "www on web2"]
    assert fleet_plan.plan(list(hosts), hosts, before=planned)["orders"] == []
    (nothing,) = fleet_plan.outlook(list(hosts), hosts, "web1", before=planned)
    assert (nothing["todo"], nothing["questions"]) == (False, "")


def test_switched_off() -> None:
    """Who does not want the CA to be asked has nothing replaced either."""
    hosts = {"web1": host((listed(), renewed())), "web2": host((listed(), there()))}
    (nothing,) = outlook(**hosts)
    assert nothing["questions"] == ""
    assert "replaces" not in fleet_plan.conversation_orders(fleet_plan.plan(list(hosts), hosts), 0)[0]
