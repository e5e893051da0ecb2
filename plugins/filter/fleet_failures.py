# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell: what the role `certificates` says, at its end, to the hosts whose certificates failed.

A pure function of what `plan` (fleet_plan.py) returned and of results that the role registered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils import attempts, challenges, later
from ..plugin_utils.steps import Conversations, Placements, by_name, materials_of

# A message is for people, and may stand on hundreds of hosts.
_TOLD = 3


def failures(
    planned: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
) -> list[str]:
    """Return why certificates of this host failed, one message for each; empty when none did.

    `steps` are the results of the conversation: account, order, challenge, certificate.
    """
    deployment = hostvars[host].get("__certificates_deployed") or {}
    held = hostvars[host].get("__certificates_held") or {}
    told = list(planned["refused"].get(host, []))
    installed = {item["name"]: item for item in deployment.get("certificates") or []}
    ordered, answered = by_name(steps[1], "orders"), by_name(steps[2], "orders")
    conversations, placements = Conversations(steps), Placements(hostvars)
    for order in [*planned["orders"], *planned["copies"]]:
        if host not in order["hosts"]:
            continue
        if wait := ordered.get(order["name"], {}).get("put_off"):
            if ended := later.expired(order, host):
                all_told = attempts.told(order, f"{ended}, and is {later.told(order, wait)}")
                told.append(f"{order['certificate']}: {all_told}")
            continue
        reason = order.get("failed") or conversations.failure(order)
        # What was answered was in place everywhere.
        if not reason and order["name"] not in answered:
            reason = placements.problem(order, ordered.get(order["name"], {}))
        reason = attempts.told(order, reason) if reason else None
        if reason and order["name"] in answered:
            reason += _standing_records(order, ordered.get(order["name"], {}))
            reason += _elsewhere(order, ordered.get(order["name"], {})) if answered[order["name"]].get("failed") else ""
        if not reason and order["certificate"] in installed:
            reason = installed[order["certificate"]].get("msg")
        elif not reason:
            told_for_all = None if installed else deployment.get("msg")
            reason = told_for_all or _held_back(held.get(order["name"], []), host)
            reason = reason or f"its key could not be read on {order['holder']}"
        if reason:
            told.append(f"{order['certificate']}: {reason}")
    removed = hostvars[host].get("__certificates_removed") or {}
    left = [item["msg"] for item in removed.get("challenges") or [] if item.get("failed")]
    told += [f"a challenge file could not be removed: {reason}" for reason in left]
    told += _left_in_dns(planned, hostvars, host)
    ended = (hostvars[host].get("__certificates_tls_ended") or {}).get("msg")
    return told + ([f"the server for tls-alpn-01 challenges could not be ended: {ended}"] if ended else [])


def _left_in_dns(planned: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]], host: str) -> list[str]:
    """Return why DNS records could not be removed, where the host has names that may be proven by such, in any round."""
    left = (hostvars[host].get("__certificates_dns") or {}).get("left") or {}
    own = (order["own"][host] for order in planned["orders"] if left and host in order["hosts"])
    possible = (challenges.possible({**one, "challenge": rules}) for one in own for rules in challenges.tries(one))
    if not any(types.intersection(challenges.BY_RECORD) for types in possible):
        return []
    return [f"the DNS record {record} could not be removed: {reason}" for record, reason in left.items()]


def _standing_records(order: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return which records an order takes that nobody but the user makes; empty when it takes none."""
    listed: dict[str, str] = {}
    for one in materials_of(order, found, challenges.PERSIST):
        # The one for wildcards is for the name as well, and says more.
        listed[one["record"]] = max(listed.get(one["record"], ""), one["value"], key=len)
    told = ", ".join(f'{record} TXT "{value}"' for record, value in listed.items())
    return f" It takes these DNS records, which stay: {told}." if told else ""


def _elsewhere(order: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return where else a CA may have looked for what the hosts of an order serve; empty where there is no such place."""
    served = any(materials_of(order, found, kind) for kind in (challenges.HTTP, challenges.TLS))
    if not (served and any(own.get("shared") for own in order["own"].values())):
        return ""
    return (
        " It is shared: a host that its names lead to, but that is not in this run or failed in it before, answers nothing. "
        "Run it for all its hosts at once."
    )


def _held_back(failed: Sequence[str], host: str) -> str | None:
    """Return why a host was not to get a certificate, given where it failed; None when that is not why."""
    if not failed or host in failed:
        return None
    places = ", ".join(failed[:_TOLD]) + (f" and {len(failed) - _TOLD} more" if len(failed) > _TOLD else "")
    return f"not installed here, because it failed on {places}. Mend it there, then run again: this host goes on from there."


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {"failures": failures}
