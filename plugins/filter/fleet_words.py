# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say: what the role `certificates` is going to do, in words, from what `plan` (fleet_plan.py) returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils import later, refusals
from ..plugin_utils.steps import by_name


def announcement(planned: Mapping[str, Any], host: str) -> list[str]:
    """Return what is to be done on one host and why, a sentence for each certificate."""
    told = [refusals.UNKNOWN] if host in planned["lacking"] else []
    for order in planned["orders"]:
        if host in order["hosts"]:
            reasons = ", ".join(reason["text"] for reason in order["reasons"][host]) or "another host needs it"
            told.append(
                f"{order['certificate']}: to be issued by {_cas(order)} ({reasons}){_then(order, host, planned)}"
            )
    for copy in planned["copies"]:
        if host in copy["hosts"]:
            differences = ", ".join(copy["differences"][host])
            how = (
                f"put right ({differences})"
                if differences
                else "finished, as a run was cut short or what uses it failed"
            )
            how = how if copy["holder"] == host else f"copied from {copy['holder']}"
            told.append(f"{copy['certificate']}: to be {how}{_then(copy, host, planned)}")
    return told


def left_for_later(planned: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], host: str) -> list[str]:
    """Return what a rate limit leaves for the next run, a sentence for each certificate of a host.

    One that has expired there is among the failures.
    `steps` are the results of the conversation: account, order, challenge, certificate.
    """
    if not any(result.get("put_off") for result in steps[1].get("results") or []):
        return []
    ordered = by_name(steps[1], "orders")
    return [
        f"{order['certificate']}: {later.told(order, wait)}"
        for order in planned["orders"]
        if host in order["hosts"]
        and (wait := ordered.get(order["name"], {}).get("put_off"))
        and not later.expired(order, host)
    ]


def _cas(order: Mapping[str, Any]) -> str:
    """Return the CAs that are asked, one after the other, until one of them issues."""
    return ", or else by ".join(dict.fromkeys([order["ca"], *(attempt["ca"] for attempt in order["attempts"])]))


def _then(order: Mapping[str, Any], host: str, planned: Mapping[str, Any]) -> str:
    services = ", ".join(order["own"][host].get("reload") or [])
    numbers = planned["turns"]
    text = f", installed in {order['store']}/{order['certificate']}"
    text += f", and {services} reloaded" if services else ""
    return f"{text}, in turn {numbers[host] + 1} of {max(numbers.values()) + 1}" if host in numbers else text


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {"announcement": announcement, "left_for_later": left_for_later}
