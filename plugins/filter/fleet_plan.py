# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather: what the role `certificates` makes of what it found on all hosts, before it talks to the CA.

All are pure functions of results that the role registered. `plan` looks at every host once; the others, here and in
fleet_results.py, take what it returned, so that the work of a play grows with the number of its certificates and not
with its square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils import attempts, challenges, preflight, refusals, renewals, rounds, standing, turns
from ..plugin_utils.ca_list import accounts_of


def plan(
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    others: Sequence[str] = (),
    before: Mapping[str, Any] | None = None,
    host: str = "",
    again: bool = False,
    renewal: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what is to be done for all hosts of a batch; `others` are the hosts of the play outside of it.

    `before` is the plan of an earlier application of the role in this play: what that one knew is not planned for again.
    `again`: what hosts lacked has been installed, where it can be, and what the CA wants renewed is known.
    `renewal` is what it said of that. All hosts are planned for anew.
    `host` is the one that plans for all. Raise AnsibleFilterError when another one has done so already.

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
    `lacking`: the hosts that were found to lack a library, so that they could not be looked at: this plan is not the last.
    `todo`: whether there is anything to do, or to tell.
    `renewal`: of which certificates the CA is to be asked when it wants them renewed (plugin_utils/renewals.py).
    `runs`: which runs of the first task have been planned for; `earlier`: those of them that had been before this one.
    """
    earlier = list((before or {}).get("earlier" if again else "runs", []))
    runs = list(earlier)
    if host and refusals.context_of(hostvars[host]).get("run") in runs:
        raise AnsibleFilterError(
            "The strategy of this play does for each host what is to be done once for all. "
            "Set strategy: ansible.builtin.linear for it."
        )
    hosts = [host for host in hosts if refusals.context_of(hostvars[host]).get("run") not in runs]
    lacking = [host for host in hosts if refusals.lacks_library(hostvars[host]) and not again]
    # All will be planned for once more, with those.
    runs += [run for host in hosts if (run := refusals.context_of(hostvars[host]).get("run")) and not lacking]
    refused = {host: told for host in hosts if host not in lacking and (told := refusals.on_host(hostvars[host]))}
    refusals.add_unknown_force(hosts, others, hostvars, refused)
    shared: dict[str, list[dict[str, Any]]] = {}
    orders: list[dict[str, Any]] = []
    copies: list[dict[str, Any]] = []
    entries = [entry for host in hosts for entry in _wanted(host, hostvars[host])]
    for entry in entries:
        own_name = f"{entry['certificate']} on {entry['host']}"
        if entry["shared"]:
            shared.setdefault(entry["certificate"], []).append(entry)
        elif problem := _put_off([entry]):
            refused.setdefault(entry["host"], []).append(f"{entry['certificate']}: {problem}")
        elif entry["found"]["due"]:
            orders.append(_to_ask(own_name, [entry], renewal))
        elif _out_of_place(entry):
            copies.append(_order(own_name, [entry]))
    for name, own in shared.items():
        problem = refusals.difference(own) or refusals.outside(name, others, hostvars) or _unclear(own)
        problem = problem or _plan_shared(name, own, orders, copies, renewal)
        for entry in own if problem else ():
            refused.setdefault(entry["host"], []).append(f"{name}: {problem}")
    return {
        "orders": orders,
        "copies": copies,
        **rounds.round_of(orders),
        "elsewhere": any(rounds.elsewhere(one) for one in orders),
        "hands_over": any(one["hosts"] != [one["holder"]] for one in [*orders, *copies]),
        "turns": turns.of({"orders": orders, "copies": copies}, hosts),
        "refused": refused,
        "lacking": lacking,
        "todo": bool(orders or copies or refused or lacking),
        "renewal": [] if again else renewals.questions(entries),
        "runs": runs,
        "earlier": earlier,
    }


def _plan_shared(
    name: str,
    entries: list[dict[str, Any]],
    orders: list[dict[str, Any]],
    copies: list[dict[str, Any]],
    renewal: Mapping[str, Any] | None,
) -> str | None:
    """Add what is to be done to the orders or copies; return why nothing is, where the CA is not to be asked."""
    good = [entry for entry in entries if not entry["found"]["due"]]
    source = max(good, key=lambda entry: str(entry["found"]["facts"]["not_after"]), default=None)
    # Where the best one is due by another host's measure, or known there as revoked, copying it there would make it due again
    # in the next run.
    aged = (
        any(_fingerprint(entry) == _fingerprint(source) and _due_by_age(entry) for entry in entries)
        if source
        else False
    )
    if source is None or aged or any(_forced(entry) or _interrupted(entry) for entry in entries):
        # The first one holds the key, which is staged only where the certificate is due.
        due_first = sorted(entries, key=lambda entry: not entry["found"]["due"])
        problem = _put_off(due_first)
        if not problem:
            orders.append({**_to_ask(name, due_first, renewal), "at_once": _at_once(entries, len(entries))})
        return problem
    lacking = [entry for entry in entries if _lacks(entry, source)]
    if lacking:
        hosts = [entry["host"] for entry in lacking]
        copies.append({**_order(name, [source, *lacking]), "hosts": hosts, "at_once": _at_once(entries, len(lacking))})
    return None


def _put_off(entries: Sequence[Mapping[str, Any]]) -> str | None:
    if any(_forced(entry) for entry in entries):
        return None
    told = (refusals.put_off(entry["found"], entry["accounts"][0]["ca"]) for entry in entries if entry["found"]["due"])
    return next(filter(None, told), None)


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


def _wanted(host: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the certificates of a host with what was found there, without those that are refused."""
    request = variables.get("__certificates_request") or {}
    context = refusals.context_of(variables)
    found = {item["name"]: item for item in request.get("certificates") or [] if not item.get("failed")}
    # By their URLs, however they are written: one conversation, one thing to remember.
    accounts = accounts_of(context.get("account") or {})
    return [
        {
            "host": host,
            "certificate": own["name"],
            "shared": bool(own.get("shared")),
            "own": own,
            "found": found[own["name"]],
            "store": context["store"],
            "accounts": accounts,
            "serial_reload": context.get("serial_reload", turns.ALL_AT_ONCE),
            "preflight": preflight.asked(context.get("preflight")),
            "renewal": context.get("renewal") or {},
        }
        for own in context.get("certificates") or []
        if own["name"] in found
        and not refusals.place_problem(own)
        and not challenges.problem(own, context.get("dns", True))
        and refusals.key_is_placed(context)
    ]


def _order(name: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = entries[0]
    own = first["own"]
    return {
        "name": name,
        "certificate": first["certificate"],
        "holder": first["host"],
        "hosts": [entry["host"] for entry in entries],
        "store": first["store"],
        # Of one that is copied the one that issued it, which need not be the preferred one.
        "ca": first["found"].get("issued_by") or first["accounts"][0]["ca"],
        "issued_under": first["found"].get("issued_under"),
        "identifiers": own["identifiers"],
        "profile": own.get("profile"),
        "preferred_chain": own.get("preferred_chain"),
        "preferred_chain_fallback": own.get("preferred_chain_fallback", False),
        "challenge": challenges.rules(own.get("challenge")),
        "preflight": first["preflight"],
        "reasons": {entry["host"]: entry["found"]["reasons"] for entry in entries},
        "differences": {entry["host"]: entry["found"].get("differences") or [] for entry in entries},
        "key_file": first["found"].get("private_key_path"),
        "csr": first["found"].get("csr"),
        "waited": bool(first["found"].get("csr")) and not first["found"].get("changed"),
        "fullchain": first["found"].get("fullchain"),
        "own": {entry["host"]: entry["own"] for entry in entries},
    }


def _to_ask(name: str, entries: Sequence[Mapping[str, Any]], renewal: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an order with what it is to be tried with: first of all the CA that is preferred."""
    before = {**standing.of(entries), **renewals.predecessor(entries, renewal)}
    first, order = entries[0], {**_order(name, entries), "before": before}
    due = [] if any(_forced(entry) for entry in entries) else [entry for entry in entries if entry["found"]["due"]]
    waits = {wait["ca"]: wait for entry in due for wait in entry["found"].get("put_off_by") or []}
    return attempts.begun(order, attempts.of(first["accounts"], challenges.tries(first["own"]), first["found"]), waits)


def _unclear(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why it cannot be said how many hosts get a shared certificate at a time; None when it can."""
    for entry in entries:
        if not turns.sizes(entry["serial_reload"], len(entries)):
            return (
                f"acme_serial_reload is {entry['serial_reload']!r} on {entry['host']}. "
                "Give a number of hosts, a percentage such as 25%, or a list of these."
            )
    return None


def _at_once(entries: Sequence[Mapping[str, Any]], number: int) -> list[int]:
    """Return how many of the hosts each turn may have; empty when they all fit into the first one."""
    # Where the hosts do not agree the most careful one has its way.
    wanted = min(turns.sizes(entry["serial_reload"], len(entries)) for entry in entries)
    return wanted if wanted[0] < number else []


def _out_of_place(entry: Mapping[str, Any]) -> bool:
    return bool(entry["found"].get("unfinished") or entry["found"].get("differs"))


def _due_by_age(entry: Mapping[str, Any]) -> bool:
    return any(
        reason["code"] in ("lifetime", "renewal-info", "expired", "revoked") for reason in entry["found"]["reasons"]
    )


def _forced(entry: Mapping[str, Any]) -> bool:
    return any(reason["code"] == "forced" for reason in entry["found"]["reasons"])


def _interrupted(entry: Mapping[str, Any]) -> bool:
    return any(reason["code"] == "interrupted" for reason in entry["found"]["reasons"])


def _lacks(entry: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
    """Say whether a host is to get the certificate of another; it may have it already, but with a key that is broken."""
    found = entry["found"]
    return found["due"] or _out_of_place(entry) or _fingerprint(entry) != _fingerprint(source)


def _fingerprint(entry: Mapping[str, Any]) -> str | None:
    facts = entry["found"].get("facts") or {}
    fingerprint: str | None = facts.get("fingerprint_sha256")
    return fingerprint


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "plan": plan,
            "conversation_orders": conversation_orders,
        }
