# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import challenges, rounds

from tests.unit.fleet import CA


def order(*hosts: str, waited: bool = False, preflight: bool = False, **own: Any) -> dict[str, Any]:
    """An order for a certificate of hosts, of which the first one has the key; `own` is of its entry in acme_certificates."""
    own = {"identifiers": ["www.example.com"], **own}
    now, *later = challenges.tries(own)
    return {
        "account": {"ca": CA},
        "identifiers": own["identifiers"],
        "challenge": now,
        "attempts": [{"challenge": rules} for rules in later],
        "holder": hosts[0],
        "hosts": list(hosts),
        "waited": waited,
        "preflight": preflight,
    }


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, {"serving": ["web1", "web2"], "visited": ["web1", "web2"]}),
        # The host of a request remembers its order, however names are proven.
        ({"challenge": "dns-01"}, {"visited": ["web1"], "by_dns": True}),
        ({"challenge": "tls-alpn-01"}, {"visited": ["web1"], "by_tls": ["web1", "web2"]}),
        ({"preflight": True, "challenge": "dns-01"}, {"visited": ["web1"], "by_dns": True, "preflight": True}),
        # Which of these it will be is known when the CA has made its offer.
        (
            {"challenge": ["http-01", "dns-01"]},
            {"serving": ["web1", "web2"], "visited": ["web1", "web2"], "by_dns": True},
        ),
    ],
)
def test_placing(own: dict[str, Any], expected: dict[str, Any]) -> None:
    """What is to be placed where is known before there is an order: all that may prove a name."""
    nothing = {"serving": [], "by_tls": [], "by_dns": False, "preflight": False}
    found = rounds.round_of([order("web1", "web2", **own)])
    assert {key: found[key] for key in (*nothing, "visited")} == {**nothing, **expected}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, False),
        ({"challenge": ["http-01", "dns-persist-01"]}, False),
        ({"challenge": ["http-01", "dns-01"]}, True),
        ({"challenge": "tls-alpn-01"}, True),
        ({"challenge": ["http-01", "dns-01"], "identifiers": ["192.0.2.1"]}, False),
        ({"challenge": ["dns-persist-01", "tls-alpn-01"], "challenge_fallback": True}, True),
        ({"preflight": True}, True),
    ],
)
def test_elsewhere(own: dict[str, Any], expected: bool) -> None:
    """Who proves names by files only, or by records that stay, has no tasks for the other ways."""
    assert rounds.elsewhere(order("web1", **own)) is expected


def test_conversations() -> None:
    """A conversation has its place in the round, and is to look for open orders where one request of it has waited."""
    orders = [order("web1"), {**order("web2"), "account": {"ca": "https://other.example"}}, order("web3", waited=True)]
    listed = rounds.round_of(orders, 4)["conversations"]
    assert [(one["number"], one["position"], one["host"]) for one in listed] == [(4, 0, "web1"), (5, 1, "web2")]
    assert [one["take_up"] for one in listed] == [True, False]


def test_another_round() -> None:
    """There may be another round as long as an order has something left to be tried with."""
    more = {"challenge": ["http-01", "dns-01"], "challenge_fallback": True}
    assert rounds.round_of([order("web1"), order("web1", **more)])["rounds"] is True
    assert rounds.round_of([order("web1")])["rounds"] is False
