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

from ..plugin_utils import attempts, later
from ..plugin_utils.rounds import round_of
from ..plugin_utils.steps import Conversations, Placements, by_name


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
            found = ordered.get(order["name"], {})
            if failed := conversations.failed(order):
                said, kind = failed[1], attempts.failure(*failed)
            elif found.get("put_off"):
                said, kind = {"msg": _left(found["put_off"])}, attempts.Failure.CA if _urgent(order) else None
            elif order["name"] not in answered and (msg := placements.problem(order, found)):
                said, kind = {"msg": msg}, attempts.Failure.PROOF
            else:
                said, kind = {}, None
            number = attempts.after(order, kind)
            if number is not None:
                order = attempts.advanced(order, number, said)
                again.append(order)
            elif said and not found.get("put_off"):
                order = {**order, "failed": str(said["msg"])}
        orders.append(order)
    return {**planned, "orders": orders, **round_of(again, max(present, default=-1) + 1)}


def _left(wait: Mapping[str, Any]) -> str:
    return f"it has room for it from {wait['until']} on: {wait['reason']}."


def _urgent(order: Mapping[str, Any]) -> bool:
    """Say whether a certificate cannot wait for the next run, as a host has none that it could serve."""
    expired = any(later.expired(order, host) for host in order["hosts"])
    return expired or order["before"]["expires"] is None


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
        f"{order['certificate']}: {order['said'][-1]['msg']} Now {_otherwise(order)}."
        for order in planned["orders"]
        if host in order["hosts"] and order["conversation"] in present
    ]


def _otherwise(order: Mapping[str, Any]) -> str:
    same_ca = order["said"][-1]["ca"] == order["ca"]
    return "its names are proven by the next types of challenge" if same_ca else f"it is asked for at {order['ca']}"


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "next_round": next_round,
            "earlier_steps": earlier_steps,
            "setbacks": setbacks,
        }
