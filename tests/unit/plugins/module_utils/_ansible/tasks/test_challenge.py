# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.challenge import CHALLENGE
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.order import ORDER_INFO

from tests.unit.scripted_ca import ScriptedCA, problem, reply

from ..conftest import Runner
from .conftest import READY, at, orders, proof, shown


def test_answered(ca: ScriptedCA, run: Runner) -> None:
    """The challenges of an order are answered, and it is waited for; the CA is not asked for what was given."""
    ca.on("/authz/1", proof(ca))
    ca.on("/order/1", shown(ca))
    given = run(ORDER_INFO, orders=at(ca, READY))["orders"][0]["authorizations"]
    ca.requests.clear()
    ca.on("/challenge/1", reply({}))
    ca.on("/order/1", shown(ca), shown(ca, status="ready"))
    result = run(CHALLENGE, orders=[{**at(ca, READY)[0], "authorizations": given}])
    assert (orders(result), result["orders"][0]["status"]) == ([("one", True, ca.url("/order/1"))], "ready")
    assert (len(ca.asked("/challenge/1")), len(ca.asked("/authz/1"))) == (1, 0)


@pytest.mark.parametrize("status", ["ready", "valid", "processing"])
def test_nothing_to_answer(ca: ScriptedCA, run: Runner, status: str) -> None:
    """An order whose names are proven is left as it is, in check mode too."""
    ca.on("/order/1", shown(ca, status=status))
    ca.on("/authz/1", proof(ca, status="valid"))
    for check_mode in (False, True):
        assert run(CHALLENGE, check_mode, orders=at(ca, READY))["changed"] is False
    assert ca.asked("/challenge/1") == []


def test_answered_by_another(ca: ScriptedCA, run: Runner) -> None:
    """A challenge that was answered in the meantime, for another order, is no change of this one."""
    ca.on("/order/1", shown(ca), shown(ca, status="ready"))
    ca.on("/authz/1", proof(ca))
    ca.on("/challenge/1", problem("malformed"), reply({"type": "http-01", "url": ca.url("/c"), "status": "valid"}))
    result = run(CHALLENGE, orders=at(ca, READY))
    assert (result["changed"], result["orders"][0]["status"]) == (False, "ready")


def test_challenge_in_check_mode(ca: ScriptedCA, run: Runner) -> None:
    """In check mode the CA is asked how the order stands, and told nothing."""
    ca.on("/order/1", shown(ca))
    ca.on("/authz/1", proof(ca))
    assert orders(run(CHALLENGE, check_mode=True, orders=at(ca, READY))) == [("one", True, ca.url("/order/1"))]
    assert ca.asked("/challenge/1") == []


OFFERED = {
    "http-01": {"url": "/http"},
    "dns-01": {"url": "/dns"},
    "dns-persist-01": {"url": "/p", "refused": "it is odd"},
}


@pytest.mark.parametrize(
    ("given", "own", "answered"),
    [
        ({}, None, "/http"),
        ({"challenge": "dns-01"}, None, "/dns"),
        ({"challenge": ["tls-alpn-01", "dns-persist-01", "dns-01", "http-01"]}, None, "/dns"),
        ({"challenge": ["dns-01"]}, ["http-01"], "/http"),
    ],
)
def test_preferred(ca: ScriptedCA, run: Runner, given: dict[str, Any], own: list[str] | None, answered: str) -> None:
    """Of the types that are wanted, for all, for an order or for one of its names, the first one on offer is answered."""
    told = {kind: {**one, "url": ca.url(one["url"])} for kind, one in OFFERED.items()}
    name = {"identifier": "a.example", "wildcard": False, "url": ca.url("/authz/1"), "status": "pending"}
    ca.on(answered, reply({}))
    ca.on("/order/1", shown(ca), shown(ca, status="ready"))
    authorization = {**name, "challenges": told, **({"challenge": own} if own else {})}
    run(CHALLENGE, orders=[{**at(ca, READY)[0], "authorizations": [authorization], **given}])
    assert len(ca.asked(answered)) == 1


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (["dns-persist-01"], "the dns-persist-01 challenge for *.a.example is not to be met: it is odd"),
        (
            ["tls-alpn-01"],
            "the CA offers no tls-alpn-01 challenge for *.a.example (offered: dns-01, dns-persist-01, http-01)",
        ),
    ],
)
def test_not_to_be_met(ca: ScriptedCA, run: Runner, wanted: list[str], told: str) -> None:
    """Where none of the types will do nothing is answered."""
    name = {"identifier": "a.example", "wildcard": True, "url": ca.url("/authz/1"), "status": "pending"}
    given = {**at(ca, READY)[0], "authorizations": [{**name, "challenges": OFFERED}], "challenge": wanted}
    with pytest.raises(TaskFailed) as failed:
        run(CHALLENGE, orders=[given])
    assert told in failed.value.message


def test_others_are_not_held_up(ca: ScriptedCA, run: Runner) -> None:
    """Orders that stay pending, more of them than there may be requests at once, keep none from being seen ready."""
    for number in range(5):
        ca.on(f"/order/{number}", shown(ca, number), shown(ca, number, "pending" if number < 4 else "ready"))
        ca.on(f"/authz/{number}", proof(ca, number))
        ca.on(f"/challenge/{number}", reply({}))
    wanted = [{"name": str(number), "url": ca.url(f"/order/{number}")} for number in range(5)]
    with pytest.raises(TaskFailed, match="4 of 5 orders failed: 0: .*the order is pending") as failed:
        run(CHALLENGE, orders=wanted, concurrency=2, deadline=2)
    assert failed.value.values["orders"][4]["status"] == "ready"
