# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Once more: what the role `certificates` tries in another round with those orders that failed and have another attempt left.

All are pure functions of what `plan` (fleet_plan.py) returned and of results that the role registered. Conversations are
numbered on from round to round, so that results of all rounds can be looked at together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils import attempts
from ..plugin_utils.steps import Conversations, Placements, by_name
from .fleet_plan import round_of


def next_round(
    planned: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], hostvars: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the plan of another round, given what came of the present one.

    Its `conversations` are those of the orders to try again only, none where nothing is left to try. An order that has failed
    for good has `failed`, as the results of this round are not what the next ones look at.
    """
    present = {one["number"] for one in planned["conversations"]}
    ordered, answered = by_name(steps[1], "orders"), by_name(steps[2], "orders")
    conversations, placements = Conversations(steps), Placements(hostvars)
    orders, again = [], []
    for order in planned["orders"]:
        if order["conversation"] in present:
            failed = conversations.failed(order)
            kind = attempts.failure(*failed) if failed else None
            said = failed[1] if failed else None
            if said is None and order["name"] not in answered:
                msg = placements.problem(order, ordered.get(order["name"], {}))
                said, kind = ({"msg": msg}, attempts.Failure.PROOF) if msg else (None, None)
            number = attempts.after(order, kind)
            if said and number is not None:
                order = attempts.advanced(order, number, said)
                again.append(order)
            elif said:
                order = {**order, "failed": str(said["msg"])}
        orders.append(order)
    return {**planned, "orders": orders, **round_of(again, max(present, default=-1) + 1)}


def earlier_steps(steps: Sequence[Mapping[str, Any]], planned: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the results of the rounds so far, without what they say of orders that are tried once more."""
    where = {order["name"]: order["conversation"] for order in planned["orders"]}

    def kept(result: Mapping[str, Any]) -> dict[str, Any]:
        if not result.get("orders"):
            return dict(result)
        number = result["item"]["number"]
        items = [item for item in result["orders"] if where.get(item["name"]) == number]
        # Without any, what it says of all would be about no order that is left.
        return {**result, "orders": items} if items else {"item": result["item"], "skipped": True}

    return [{"results": [kept(result) for result in step.get("results") or []]} for step in steps]


def setbacks(planned: Mapping[str, Any], host: str) -> list[str]:
    """Return what failed on a host and is tried once more in this round, a sentence for each certificate."""
    present = {one["number"] for one in planned["conversations"]}
    return [
        f"{order['certificate']}: {order['said'][-1]['msg']} Now it is asked for at {order['ca']}."
        for order in planned["orders"]
        if host in order["hosts"] and order["conversation"] in present
    ]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "next_round": next_round,
            "earlier_steps": earlier_steps,
            "setbacks": setbacks,
        }
