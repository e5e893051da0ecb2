# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.webpki.acme.plugins.filter import (
    fleet_failures,
    fleet_installation,
    fleet_plan,
    fleet_results,
    fleet_words,
)

from tests.unit.fleet import CA, authorization, due, good, host, listed, looped, ordered

SHARED = listed(shared=True)
HOSTS = {
    "web1": host((SHARED, due()), (listed("api"), due("api"))),
    "web2": host((SHARED, due())),
}
PUT_OFF = {"until": "2027-01-15T08:00:00Z", "reason": "it issues no more than 5 certificates for example.com in 7 days"}
LEFT = {"name": "www", "changed": False, "url": None, "status": None, "authorizations": [], "put_off": PUT_OFF}
API = ordered("api on web1", authorization("api.example.com", "tok-api"))
STEPS: list[Any] = [{}, looped({"orders": [LEFT, API], "put_off": ["www"]}), {}, {}]
PLANNED = fleet_plan.plan(list(HOSTS), HOSTS)
TOLD = (
    f"www: left for the next run. {CA} has room for it from 2027-01-15T08:00:00Z on: it issues no more than 5 certificates for "
    "example.com in 7 days. With its name in acme_force it is asked for all the same."
)


def test_told() -> None:
    """Every host of a certificate that is left for the next run is told so, and of no other certificate."""
    for name in HOSTS:
        assert fleet_words.left_for_later(PLANNED, STEPS, name) == [TOLD]


def test_nothing_left() -> None:
    """Where nothing is left, or nothing was ordered, there is nothing to tell."""
    for ordered_ in ({}, looped({"orders": [API]}), {"results": [{"item": {"number": 0}, "skipped": True}]}):
        assert fleet_words.left_for_later(PLANNED, [{}, ordered_, {}, {}], "web1") == []


def test_not_failed() -> None:
    """What is left for the next run has not failed, is nowhere placed, answered or installed, and is not kept as put off."""
    hostvars = {name: {**variables, "__certificates_placed": {}} for name, variables in HOSTS.items()}
    assert fleet_failures.failures(PLANNED, STEPS, hostvars, "web2") == []
    (failed,) = fleet_failures.failures(PLANNED, STEPS, hostvars, "web1")
    assert failed.startswith("api: ")
    assert fleet_results.challenge_files(PLANNED, STEPS[1], "web2") == []
    assert fleet_results.orders_to_remember(PLANNED, STEPS[1], "web2") == []
    assert fleet_installation.put_off(PLANNED, STEPS, "web1") == []
    assert fleet_installation.deployments(PLANNED, {}, hostvars, "web2") == []
    assert [one["name"] for one in fleet_results.orders_to_answer(PLANNED, STEPS[1], hostvars, 0)] == []


def test_expired() -> None:
    """What is left has failed where the certificate has expired, and with that it is told; beside it growth has not."""
    ended = due(code="expired", facts=good()["facts"])
    hosts = {"web1": host((SHARED, ended)), "web2": host((SHARED, due()))}
    planned = fleet_plan.plan(list(hosts), hosts)
    steps: list[Any] = [{}, looped({"orders": [LEFT], "put_off": ["www"]}), {}, {}]
    assert fleet_failures.failures(planned, steps, hosts, "web1") == [
        TOLD.replace("www: ", "www: it is expired, and is ")
    ]
    assert fleet_words.left_for_later(planned, steps, "web1") == []
    assert fleet_failures.failures(planned, steps, hosts, "web2") == []
    assert fleet_words.left_for_later(planned, steps, "web2") == [TOLD]


def test_what_the_ca_is_told() -> None:
    """The CA's side knows of each order when the certificate before expires, and whether it is forced."""
    facts = {
        "fingerprint_sha256": "aa",
        "identifiers": ["www.example.com"],
        "not_after": "2027-02-01T00:00:00Z",
        "lifetime_days": 90,
        "days_left": 9,
    }
    hosts = {"web1": host((listed(), due(code="forced", facts=facts, issued_by=CA)), (listed("api"), due("api")))}
    www, api = fleet_plan.conversation_orders(fleet_plan.plan(list(hosts), hosts), 0)
    assert {option: www.get(option) for option in ("expires", "renews", "force")} == {
        "expires": "2027-02-01T00:00:00Z",
        "renews": True,
        "force": True,
    }
    assert not {"expires", "renews", "force"} & api.keys()
