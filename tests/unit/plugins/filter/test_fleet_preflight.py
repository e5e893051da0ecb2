# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is looked at before the CA is asked to, for whom, and from where."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_plan, fleet_preflight
from ansible_collections.webpki.acme.plugins.plugin_utils import preflight

from tests.unit.fleet import authorization, due, host, listed, looped, ordered

WANTED = {"from": ["controller", "probes", "web9"], "caa": "yes", "required": True}
FOUND = ordered("www on web1", authorization("www.example.com", "tok-www"))


def plan(**given: Any) -> dict[str, Any]:
    """Two hosts with a certificate each, of which the first wants a look."""
    hosts = {
        "web1": host((listed(), due()), context={"preflight": {**WANTED, **given}}),
        "web2": host((listed("api"), due("api"))),
    }
    return fleet_plan.plan(list(hosts), hosts)


def test_nobody_wants_it() -> None:
    """Where no host wants it nothing is looked at."""
    hosts = {"web2": host((listed("api"), due("api")))}
    assert fleet_plan.plan(list(hosts), hosts)["preflight"] is False
    assert preflight.asked({}) == {}
    assert preflight.asked({"caa": "no"}) == {"from": ["controller"], "caa": False, "required": False}


def test_perspectives() -> None:
    """A name is that of a group, of all whose hosts it is looked from, or that of a host; each counts once."""
    assert fleet_preflight.perspectives(plan(), {"probes": ["p1", "web9"]}) == ["p1", "web9"]
    assert fleet_preflight.perspectives(plan(), {"all": ["web9"]}) == ["web9"]
    assert fleet_preflight.perspectives(plan(**{"from": "controller"}), {}) == []


def test_challenges_to_check() -> None:
    """Only files of certificates that want it, and are still to be proven, are asked for."""
    both = looped({"orders": [FOUND, ordered("api on web2", authorization("api.example.com", "tok-api"))]})
    assert fleet_preflight.challenges_to_check(plan(), both) == [
        {"identifier": "www.example.com", "token": "tok-www", "content": "tok-www.thumbprint"}
    ]
    proven = looped({"orders": [ordered("www on web1", authorization("www.example.com", "tok-www", "valid"))]})
    assert fleet_preflight.challenges_to_check(plan(), proven) == []


@pytest.mark.parametrize(("caa", "names"), [(True, {"www.example.com": "http-01"}), (False, {})])
def test_names_to_check(caa: bool, names: dict[str, str]) -> None:
    """CAA records are looked up where that is wanted, of names for which there is an order, for the challenge of each."""
    assert fleet_preflight.names_to_check(plan(caa=caa), looped({"orders": [FOUND]}), 0) == names
    assert fleet_preflight.names_to_check(plan(caa=caa), looped({"orders": []}), 0) == {}


LOOK = {"challenges": [{"token": "tok-www", "reached": False, "msg": "www.example.com does not answer"}]}
CAA = {
    "item": {"number": 0},
    "identifiers": [{"name": "www.example.com", "permitted": False, "msg": "other may issue"}],
}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({}, None),
        ({"__certificates_seen": LOOK}, "seen from web1, www.example.com does not answer"),
        ({"__certificates_seen_here": LOOK}, "seen from the controller, www.example.com does not answer"),
        (
            {"__certificates_seen_elsewhere": {"results": [{"item": "p1", **LOOK}]}},
            "seen from p1, www.example.com does not answer",
        ),
        ({"__certificates_seen_elsewhere": {"results": [{"item": "p1", "unreachable": True}]}}, None),
        ({"__certificates_seen_here": {"challenges": [{"token": "other", "reached": False, "msg": "no"}]}}, None),
        ({"__certificates_caa": {"results": [CAA]}}, "other may issue"),
        ({"__certificates_caa": {"results": [{**CAA, "item": {"number": 1}}]}}, None),
        (
            {"__certificates_caa": {"results": [{"msg": "no dnspython", "item": {"number": 0}}]}},
            "the CAA records of its names could not be looked up: no dnspython",
        ),
        ({"__certificates_caa": {"results": [{"skipped": True, "item": {"number": 0}}]}}, None),
    ],
)
def test_problem(seen: dict[str, Any], told: str | None) -> None:
    """What was seen ends it for the order that it is about, where that is required; a place that sees nothing says nothing."""
    (order,) = [one for one in plan()["orders"] if one["certificate"] == "www"]
    assert preflight.problem(order, FOUND, {"web1": seen, "web2": {}}) == told
    (order,) = [one for one in plan(required=False)["orders"] if one["certificate"] == "www"]
    assert preflight.problem(order, FOUND, {"web1": seen, "web2": {}}) is None
