# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.webpki.acme.plugins.plugin_utils import conversations

from tests.unit.fleet import CA

ONE, OTHER = {"ca": CA, "key_file": "/keys/one.pem"}, {"ca": CA, "key_file": "/keys/other.pem"}


def planned(*accounts: dict[str, str]) -> list[dict[str, Any]]:
    return [{"account": account, "holder": f"web{number}"} for number, account in enumerate(accounts)]


def test_one_for_each_account() -> None:
    """What has the same CA and account is talked about in one conversation, by the host that comes first."""
    orders = planned(ONE, OTHER, dict(ONE))
    assert conversations.numbered(orders, lambda order: order["holder"]) == [
        {**ONE, "number": 0, "host": "web0"},
        {**OTHER, "number": 1, "host": "web1"},
    ]
    assert [order["conversation"] for order in orders] == [0, 1, 0]


def test_numbered_on() -> None:
    """Those of another round have the numbers after those that have been."""
    orders = planned(ONE, OTHER)
    listed = conversations.numbered(orders, lambda order: order["holder"], 3)
    assert [one["number"] for one in listed] == [order["conversation"] for order in orders] == [3, 4]


def test_nothing_planned() -> None:
    """Where nothing is planned there is nobody to talk to."""
    assert conversations.numbered([], lambda order: order["holder"]) == []
