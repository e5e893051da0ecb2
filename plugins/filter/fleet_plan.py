# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather: what the role `certificates` makes of what it found on all hosts, before it talks to the CA.

All are pure functions of results that the role registered. `outlook` and `plan` read the variables of every host once; the
others, here and in fleet_results.py, take what `plan` returned, so that the work of a play grows with the number of its
certificates and not with its square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils import (
    gathered,
    planned_orders,
    refusals,
    renewals,
    rounds,
    shared_certificates,
    standing,
    turns,
)
from ..plugin_utils.found import out_of_place


def outlook(
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
    others: Sequence[str] = (),
    before: Mapping[str, Any] | None = None,
    renewal: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Return whether there is anything to do, and what to ask the CAs first, as a list to loop over that is never empty.

    `hosts`, `others` and `before` are as for `plan`. `host` is the one that looks for all. `renewal` is what was registered
    with the outlook before this one.

    Each item has what one call of webpki.acme.renewal_info asks (plugin_utils/renewals.py), where something is to be asked,
    and besides, the same in all of them:

    `todo`: whether there is anything to do, or to tell, whatever the CAs say.
    `lacking`: the hosts that lack a library, so that they could not be looked at.
    `known`: which runs of the first task were known from earlier applications of the role in this play.
    `runs`: those, and the ones that are known now.
    """
    hostvars = gathered.read(hosts, others, hostvars)
    known = _known(gathered.run_of(hostvars[host]), before, renewal)
    hosts = gathered.new(hosts, hostvars, known)
    planned = _planned(hosts, hostvars, others)
    told = {
        "todo": bool(planned["orders"] or planned["copies"] or planned["refused"]),
        "lacking": [host for host in hosts if refusals.lacks_library(hostvars[host])],
        "known": known,
        "runs": [*known, *gathered.runs(hosts, hostvars)],
    }
    return [{**told, **asked} for asked in renewals.questions(gathered.entries(hosts, hostvars)) or [{"questions": ""}]]


def _known(run: Any, before: Mapping[str, Any] | None, renewal: Mapping[str, Any] | None) -> list[Any]:
    seen = _seen(renewal)
    # It is looked once more in the same application where the first look was not for all.
    earlier = seen["known" if run in seen["runs"] else "runs"]
    return list(dict.fromkeys([*(before or {}).get("runs", []), *earlier]))


def _seen(renewal: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the outlook that was registered; what it says of all hosts is the same in each of its items."""
    results = (renewal or {}).get("results") or [{}]
    return results[0].get("item") or {"known": [], "runs": []}


def plan(
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    others: Sequence[str] = (),
    before: Mapping[str, Any] | None = None,
    host: str = "",
    renewal: Mapping[str, Any] | None = None,
    check_mode: bool = False,
) -> dict[str, Any]:
    """Return what is to be done for all hosts of a batch; `others` are the hosts of the play outside of it.

    `before` is the plan of an earlier application of the role in this play: what that one knew is not planned for again.
    `renewal` is what was registered with the outlook: what that one knew from earlier is not planned for again either.
    `host` is the one that plans for all. Raise AnsibleFilterError when another one has done so already.
    In `check_mode` a library that a host lacks is only announced.

    `orders`: the certificates to ask for, each with the hosts it is for and the one that `holds` its key.
    `copies`: the certificates that need no CA: shared ones that some hosts lack and another one has, and those that a host
    has, but not all in place: their installation was cut short, or their files are to be owned or linked otherwise.
    `conversations`: the CAs and accounts involved, each with a `host` whose variables tell how to reach them.
    `serving`: the hosts that are to serve challenge files; `visited`: those, and the ones that remember an order.
    `preflight`: whether it is looked at what the CA will look at, before it does.
    `by_tls`: the hosts that are to answer challenges over TLS. `by_dns`: whether records are to be made in the DNS.
    `elsewhere`: whether more is to be done for challenges, in any round, than to place files.
    `rounds`: whether an order has another attempt left for when this one fails (plugin_utils/attempts.py).
    `turns`: in which turn, from 0, each host is that has a certificate which is not for all of its hosts at once.
    `hands_over`: whether a key is to go from the host that holds it to others.
    `refused`: what cannot be done and why, a list of sentences for each host that has such a certificate.
    `lacking`: the hosts that would have a library installed, so that it is not known yet what is due there.
    `runs`: which runs of the first task are known, of all applications of the role so far.
    """
    hostvars = gathered.read(hosts, others, hostvars)
    planned_for = (before or {}).get("runs", [])
    if host and gathered.run_of(hostvars[host]) in planned_for:
        raise AnsibleFilterError(
            "The strategy of this play does for each host what is to be done once for all. "
            "Set strategy: ansible.builtin.linear for it."
        )
    known = list(dict.fromkeys([*planned_for, *_seen(renewal)["known"]]))
    hosts = gathered.new(hosts, hostvars, known)
    runs = [*known, *gathered.runs(hosts, hostvars)]
    return {**_planned(hosts, hostvars, others, renewal, check_mode), "runs": runs}


def _planned(
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    others: Sequence[str],
    renewal: Mapping[str, Any] | None = None,
    check_mode: bool = False,
) -> dict[str, Any]:
    """Return the plan for these hosts, which are all new, without its `runs`."""
    lacking = [host for host in hosts if check_mode and refusals.lacks_library(hostvars[host])]
    refused = {host: told for host in hosts if host not in lacking and (told := refusals.on_host(hostvars[host]))}
    refusals.add_unknown_force(hosts, others, hostvars, refused)
    shared: dict[str, list[dict[str, Any]]] = {}
    orders: list[dict[str, Any]] = []
    copies: list[dict[str, Any]] = []
    for entry in gathered.entries(hosts, hostvars):
        own_name = f"{entry['certificate']} on {entry['host']}"
        if entry["shared"]:
            shared.setdefault(entry["certificate"], []).append(entry)
        elif problem := refusals.put_off([entry]):
            refused.setdefault(entry["host"], []).append(f"{entry['certificate']}: {problem}")
        elif entry["found"]["due"]:
            orders.append(planned_orders.to_ask(own_name, [entry], renewal))
        elif out_of_place(entry):
            copies.append(planned_orders.to_install(own_name, [entry]))
    for name, own in shared.items():
        problem = refusals.difference(own) or refusals.outside(name, others, hostvars) or refusals.unclear(own)
        source = None if problem else shared_certificates.source(own)
        problem = problem or (None if source else refusals.put_off(own))
        if problem:
            for entry in own:
                refused.setdefault(entry["host"], []).append(f"{name}: {problem}")
        elif source is None:
            orders.append(shared_certificates.order(name, own, renewal))
        elif copy := shared_certificates.copy(name, own, source):
            copies.append(copy)
    return {
        "orders": orders,
        "copies": copies,
        **rounds.round_of(orders),
        "elsewhere": any(rounds.elsewhere(one) for one in orders),
        "hands_over": any(one["hosts"] != [one["holder"]] for one in [*orders, *copies]),
        "turns": turns.of({"orders": orders, "copies": copies}, hosts),
        "refused": refused,
        "lacking": lacking,
    }


def conversation_orders(planned: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Return the orders of one conversation, as webpki.acme.order wants them."""
    return [
        {
            "name": order["name"],
            "identifiers": order["identifiers"],
            "profile": order["profile"],
            **_left_behind(order),
            **standing.told(order),
            **renewals.told(order),
        }
        for order in planned["orders"]
        if order["conversation"] == number
    ]


def _left_behind(order: Mapping[str, Any]) -> dict[str, str]:
    """Return by what the order of a run that was cut short is known: its URL, or the request for which it was issued."""
    if order["order_url"]:
        return {"url": order["order_url"], "csr": order["csr"]}
    # What was issued for a key that is kept may be any.
    known = order["waited"] and not order["own"][order["holder"]].get("key_reuse")
    return {"csr": order["csr"]} if known else {}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "outlook": outlook,
            "plan": plan,
            "conversation_orders": conversation_orders,
        }
