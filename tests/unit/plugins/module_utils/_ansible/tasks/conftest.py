# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders and authorizations as a scripted CA shows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.scripted_ca import Reply, ScriptedCA, reply


def shown(ca: ScriptedCA, number: int = 1, status: str = "pending", name: str = "a.example", **more: Any) -> Reply:
    """The CA's reply with an order for one name; its authorization has the same number."""
    document = {
        "status": status,
        "identifiers": [{"type": "dns", "value": name}],
        "authorizations": [ca.url(f"/authz/{number}")],
        "finalize": ca.url(f"/finalize/{number}"),
    }
    return reply({**document, **more}, Location=ca.url(f"/order/{number}"))


def proof(ca: ScriptedCA, number: int = 1, status: str = "pending", name: str = "a.example", **more: Any) -> Reply:
    """Its reply with an authorization that has an http-01 challenge."""
    challenge = {"type": "http-01", "url": ca.url(f"/challenge/{number}"), "status": status, "token": "a-token"}
    document = {"status": status, "identifier": {"type": "dns", "value": name}, "challenges": [challenge]}
    return reply({**document, **more})


@pytest.fixture(autouse=True)
def account(ca: ScriptedCA) -> None:
    """All of it belongs to an account that the CA knows."""
    ca.on("/new-account", reply({"status": "valid", "orders": ca.url("/orders")}, Location=ca.url("/account/1")))
    ca.on("/orders", reply({"orders": []}))


ONE = [{"name": "one", "identifiers": ["a.example"]}]


READY = [{"name": "one", "url": "/order/1"}]


def orders(result: Any) -> list[tuple[str, bool, str | None]]:
    """Name, changed and URL of each order in a result."""
    return [(one["name"], one["changed"], one.get("url")) for one in result["orders"]]


def at(ca: ScriptedCA, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with whole URLs."""
    return [{**one, "url": ca.url(one["url"])} for one in wanted]
