# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_failures

from tests.unit import fleet_play as play
from tests.unit.fleet import due, failed, host, listed, looped, ordered

BROKEN = {"msg": "the CA is away", "failed": True}
DONE = {"certificates": [{"name": "www", "changed": True}, {"name": "api", "changed": True}]}
ANSWERED = looped({"orders": [ordered("www", status="ready"), ordered("api on web1", status="ready")]})


@pytest.mark.parametrize(
    ("steps", "registered", "web1", "web2"),
    [
        ([play.ACCOUNT, play.ORDERED, ANSWERED, play.ISSUED], {}, [], []),
        (
            [looped(BROKEN), play.NOTHING, play.NOTHING, play.NOTHING],
            {},
            ["api: the CA is away", "www: the CA is away"],
            ["www: the CA is away"],
        ),
        (
            [play.ACCOUNT, looped({"orders": [failed("www", "no such name")]}), play.NOTHING, play.NOTHING],
            {},
            ["www: no such name"],
            ["www: no such name"],
        ),
        (
            [play.ACCOUNT, play.ORDERED, looped({"orders": [failed("api on web1", "seen: 404")]}), play.ISSUED],
            {},
            ["api: seen: 404"],
            [],
        ),
        (
            [play.ACCOUNT, play.ORDERED, looped(BROKEN), play.NOTHING],
            {},
            ["api: the CA is away", "www: the CA is away"],
            ["www: the CA is away"],
        ),
        (
            [play.ACCOUNT, play.ORDERED, ANSWERED, looped({"orders": [failed("www", "bad CSR")]})],
            {},
            ["www: bad CSR"],
            ["www: bad CSR"],
        ),
        # One host that cannot serve the challenge costs all that share the certificate.
        (
            [play.ACCOUNT, play.ORDERED, looped({"orders": [ordered("api on web1", status="ready")]}), play.ISSUED],
            {"placed": {"web1": play.PLACED, "web2": play.ONE_FAILED}},
            ["www: the challenge file could not be placed on web2: no webroot"],
            ["www: the challenge file could not be placed on web2: no webroot"],
        ),
        # What happens on a host in the end is its own affair.
        (
            [play.ACCOUNT, play.ORDERED, ANSWERED, play.ISSUED],
            {"deployed": {"web1": {"certificates": [failed("www", "disk full"), {"name": "api"}]}, "web2": DONE}},
            ["www: disk full"],
            [],
        ),
        (
            [play.ACCOUNT, play.ORDERED, ANSWERED, play.ISSUED],
            {"deployed": {"web1": DONE, "web2": {"failed": True, "msg": "no module", "certificates": []}}},
            [],
            ["www: no module"],
        ),
        (
            [play.ACCOUNT, play.ORDERED, ANSWERED, play.ISSUED],
            {"deployed": {"web1": DONE, "web2": {"skipped": True}}},
            [],
            ["www: its key could not be read on web1"],
        ),
    ],
)
def test_failures(
    steps: list[dict[str, Any]], registered: dict[str, dict[str, Any]], web1: list[str], web2: list[str]
) -> None:
    """A failure is told to every host that it concerns and to no other, with the first thing that went wrong."""
    fine = {"placed": {"web1": play.PLACED, "web2": play.PLACED}, "deployed": {"web1": DONE, "web2": DONE}}
    hosts = play.with_results(play.HOSTS, **{**fine, **registered})
    assert fleet_failures.failures(play.plan(play.HOSTS), steps, hosts, "web1") == web1
    assert fleet_failures.failures(play.plan(play.HOSTS), steps, hosts, "web2") == web2


def test_failure_of_a_shared_one() -> None:
    """What the CA did not find on the hosts of this run it may have looked for on another one that shares the certificate."""
    steps = [
        play.ACCOUNT,
        play.ORDERED,
        looped({"orders": [failed("www", "404"), failed("api on web1", "404")]}),
        play.ISSUED,
    ]
    placed = play.with_results(play.HOSTS, placed={"web1": play.PLACED, "web2": play.PLACED})
    api, www = fleet_failures.failures(play.plan(play.HOSTS), steps, placed, "web1")
    assert api == "api: 404"
    assert www.startswith("www: 404 It is shared: a host that its names lead to, but that is not in this run")


def test_failures_of_requests() -> None:
    """A certificate that could not even be looked at is told too, beside those that failed later."""
    hosts = {"web1": host((listed(), failed("www", "store not writable")), (listed("api"), due("api")))}
    steps = [looped(BROKEN), play.NOTHING, play.NOTHING, play.NOTHING]
    told = fleet_failures.failures(play.plan(hosts), steps, hosts, "web1")
    assert told == ["www: store not writable", "api: the CA is away"]


def test_failures_of_one_conversation() -> None:
    """A CA or an account with trouble does not touch the certificates of another."""
    hosts = {"a": host((listed(), due())), "b": host((listed(), due()), key_file="/keys/other.pem")}
    steps = [
        looped(BROKEN, {"account_uri": "x"}),
        looped({"skipped": True, "msg": ""}, {"orders": [ordered("www on b")]}),
    ]
    steps += [looped({"orders": [ordered("www on b", status="ready")]}), looped({"orders": [{"name": "www on b"}]})]
    known = play.with_results(hosts, deployed={"b": DONE})
    assert fleet_failures.failures(play.plan(hosts), steps, known, "a") == ["www: the CA is away"]
    assert fleet_failures.failures(play.plan(hosts), steps, known, "b") == []


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"challenge": "dns-01"}, True),
        ({"challenge": ["http-01", "dns-01"], "challenge_fallback": True}, True),
        ({"challenge": "dns-persist-01"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("later", ["dns-01", "http-01"])
def test_left_in_dns(own: dict[str, Any], told: bool, later: str) -> None:
    """A record that is left is told where names may have been proven by it, whatever the last round proved them by."""
    hosts = {"web1": host((listed(**own), due()))}
    planned = play.plan(hosts)
    planned["orders"][0]["challenge"] = [["*", [later]]]
    known = play.with_results(hosts, dns={"web1": {"left": {"_acme-challenge.a": "no"}}})
    said = "the DNS record _acme-challenge.a could not be removed: no"
    assert (said in fleet_failures.failures(planned, [play.NOTHING] * 4, known, "web1")) is told
