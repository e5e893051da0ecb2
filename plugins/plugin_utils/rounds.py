# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rounds: what a plan says of one round of conversations, which is for some of its orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import challenges, conversations


def round_of(orders: Sequence[dict[str, Any]], first: int = 0) -> dict[str, Any]:
    """Return what a plan says of one round of conversations, which is for these orders; their numbers begin with `first`."""
    return {
        "conversations": _conversations(orders, first),
        **_placing(orders),
        "rounds": any(one["attempts"] for one in orders),
    }


def elsewhere(order: Mapping[str, Any]) -> bool:
    """Say whether more is to be done for the challenges of an order, in any round, than to place files."""
    tried = [order, *({**order, **attempt} for attempt in order["attempts"])]
    files_only = {challenges.HTTP, challenges.PERSIST}
    return bool(order["preflight"]) or not all(challenges.possible(one) <= files_only for one in tried)


def _conversations(orders: Sequence[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    """Return the conversations about these orders, with their positions in the round."""
    listed = conversations.numbered(orders, lambda order: str(order["holder"]), first)
    # A request that waited already was made by a run that was cut short, and may have an order at the CA.
    waited = {order["conversation"] for order in orders if order["waited"]}
    return [{**one, "position": position, "take_up": one["number"] in waited} for position, one in enumerate(listed)]


def _placing(orders: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return where something is to be placed for the challenges of orders, as far as that is known before they are made."""
    types = [(one, challenges.possible(one)) for one in orders]
    serving = {host for one, possible in types if challenges.HTTP in possible for host in one["hosts"]}
    return {
        "serving": sorted(serving),
        "visited": sorted(serving | {one["holder"] for one in orders}),
        "by_tls": sorted({host for one, possible in types if challenges.TLS in possible for host in one["hosts"]}),
        "preflight": any(one["preflight"] for one in orders),
        "by_dns": any(not possible.isdisjoint(challenges.BY_RECORD) for _one, possible in types),
    }
