# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather: what the role `certificates` makes of what it found on all hosts, before it talks to the CA.

All are pure functions of results that the role registered. `plan` looks at every host once; the others, here and in
fleet_results.py, take what it returned, so that the work of a play grows with the number of its certificates and not
with its square.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any


def requests(certificates: Sequence[Mapping[str, Any]], force: Sequence[str], ca: str) -> list[dict[str, Any]]:
    """Return the entries of acme_certificates as webpki.acme.certificate_request wants them."""
    options = ("name", "identifiers", "key_type", "key_reuse", "profile")
    return [
        {
            **{option: entry[option] for option in options if entry.get(option) is not None},
            "force": entry.get("name") in force,
            "ca": ca,
        }
        for entry in certificates
    ]


def placeholders(certificates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries of acme_certificates as webpki.acme.certificate_deploy wants them for placeholders."""
    return [
        {"name": entry["name"], "identifiers": entry["identifiers"], **_installed_as(entry)} for entry in certificates
    ]


def plan(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is to be done for all hosts of a play.

    `orders`: the certificates to ask for, each with the hosts it is for and the one that `holds` its key.
    `copies`: the certificates that need no CA: shared ones that some hosts lack and another one has, and those whose
    installation was cut short after the switch, so that the web server may not know them yet.
    `conversations`: the CAs and accounts involved, each with a `host` whose variables tell how to reach them.
    `refused`: what cannot be done and why, a list of sentences for each host that has such a certificate.
    """
    wanted = [entry for host in hosts for entry in _wanted(host, hostvars[host])]
    refused = {host: told for host in hosts if (told := _refused(hostvars[host]))}
    shared: dict[str, list[dict[str, Any]]] = {}
    orders, copies = [], []
    for entry in wanted:
        own_name = f"{entry['certificate']} on {entry['host']}"
        if entry["shared"]:
            shared.setdefault(entry["certificate"], []).append(entry)
        elif entry["found"]["due"]:
            orders.append(_order(own_name, [entry]))
        elif entry["found"].get("unfinished"):
            copies.append(_order(own_name, [entry]))
    for name, entries in shared.items():
        difference = _difference(entries)
        if difference:
            for entry in entries:
                refused.setdefault(entry["host"], []).append(f"{name}: {difference}")
            continue
        good = [entry for entry in entries if not entry["found"]["due"]]
        if not good or any(_forced(entry) for entry in entries):
            # The first one holds the key, which is staged only where the certificate is due.
            orders.append(_order(name, sorted(entries, key=lambda entry: not entry["found"]["due"])))
            continue
        source = max(good, key=lambda entry: str(entry["found"]["facts"]["not_after"]))
        lacking = [entry for entry in entries if _lacks(entry, source)]
        if lacking:
            copies.append({**_order(name, [source, *lacking]), "hosts": [entry["host"] for entry in lacking]})
    conversations = _conversations(orders, hostvars)
    return {"orders": orders, "copies": copies, "conversations": conversations, "refused": refused}


def conversation_orders(planned: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Return the orders of one conversation, as webpki.acme.order wants them."""
    return [
        {"name": order["name"], "identifiers": order["identifiers"], "profile": order["profile"]}
        for order in planned["orders"]
        if order["conversation"] == number
    ]


def announcement(planned: Mapping[str, Any], host: str) -> list[str]:
    """Return what is to be done on one host and why, a sentence for each certificate."""
    told = []
    for order in planned["orders"]:
        if host in order["hosts"]:
            reasons = ", ".join(reason["text"] for reason in order["reasons"][host]) or "another host needs it"
            told.append(f"{order['certificate']}: to be issued by {order['ca']} ({reasons}){_then(order, host)}")
    for copy in planned["copies"]:
        if host in copy["hosts"]:
            how = "finished, as a run was cut short" if copy["holder"] == host else f"copied from {copy['holder']}"
            told.append(f"{copy['certificate']}: to be {how}{_then(copy, host)}")
    return told


def _wanted(host: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the certificates of a host with what was found there, without those that are refused."""
    request = variables.get("__certificates_request") or {}
    context = request.get("context") or {}
    found = {item["name"]: item for item in request.get("certificates") or [] if not item.get("failed")}
    return [
        {
            "host": host,
            "certificate": own["name"],
            "shared": bool(own.get("shared")),
            "own": own,
            "found": found[own["name"]],
            "store": context["store"],
            "ca": context["account"]["ca"],
            "account": context["account"],
        }
        for own in context.get("certificates") or []
        if own["name"] in found and _findable(own)
    ]


def _installed_as(own: Mapping[str, Any]) -> dict[str, Any]:
    return {option: own[option] for option in ("owner", "group", "mode", "links") if own.get(option) is not None}


def _order(name: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = entries[0]
    own = first["own"]
    return {
        "name": name,
        "certificate": first["certificate"],
        "holder": first["host"],
        "hosts": [entry["host"] for entry in entries],
        "store": first["store"],
        "ca": first["ca"],
        "account": first["account"],
        "identifiers": own["identifiers"],
        "profile": own.get("profile"),
        "preferred_chain": own.get("preferred_chain"),
        "challenge": own.get("challenge") or "http-01",
        "reasons": {entry["host"]: entry["found"]["reasons"] for entry in entries},
        "csr": first["found"].get("csr"),
        "fullchain": first["found"].get("fullchain"),
        "webroots": {entry["host"]: entry["own"].get("webroot") for entry in entries},
        "own": {entry["host"]: entry["own"] for entry in entries},
        "installed_as": {entry["host"]: _installed_as(entry["own"]) for entry in entries},
    }


def _refused(variables: Mapping[str, Any]) -> list[str]:
    """Return why certificates of a host are not to be had, one sentence for each."""
    request = variables.get("__certificates_request") or {}
    told = [f"{item['name']}: {item['msg']}" for item in request.get("certificates") or [] if item.get("failed")]
    listed = (request.get("context") or {}).get("certificates") or []
    hint = "Give a host and a port, such as 127.0.0.1:443."
    return told + [f"{own['name']}: served_on is {own['served_on']!r}. {hint}" for own in listed if not _findable(own)]


def _findable(own: Mapping[str, Any]) -> bool:
    place = own.get("served_on")
    return not place or re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\s]+):\d{1,5}", str(place)) is not None


def _difference(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why a shared certificate cannot be one for all its hosts; None when it can."""
    first = entries[0]
    for entry in entries[1:]:
        for option in ("acme_ca", "identifiers", "key_type", "profile", "preferred_chain"):
            mine, other = ({"acme_ca": one["ca"], **one["own"]}.get(option) for one in (first, entry))
            if _comparable(mine) != _comparable(other):
                return (
                    f"it is shared, but has another value of {option} on {entry['host']} than on {first['host']}. "
                    "Give it the same on all hosts, or another name."
                )
    return None


def _forced(entry: Mapping[str, Any]) -> bool:
    return any(reason["code"] == "forced" for reason in entry["found"]["reasons"])


def _lacks(entry: Mapping[str, Any], source: Mapping[str, Any]) -> bool:
    """Say whether a host is to get the certificate of another; it may have it already, but with a key that is broken."""
    found = entry["found"]
    return found["due"] or found.get("unfinished") or _fingerprint(entry) != _fingerprint(source)


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _conversations(orders: Sequence[dict[str, Any]], hostvars: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Number the conversations in the orders, and return them: one for each CA and account."""
    known: list[tuple[Any, ...]] = []
    listed: list[dict[str, Any]] = []
    for order in orders:
        # An account key that is given as text tells accounts apart, but is secret: it stays in hostvars.
        identity = (order["account"], hostvars[order["holder"]].get("acme_account_key"))
        if identity not in known:
            known.append(identity)
            listed.append({**order["account"], "number": len(listed), "host": order["holder"]})
        order["conversation"] = known.index(identity)
    return listed


def _fingerprint(entry: Mapping[str, Any]) -> str | None:
    facts = entry["found"].get("facts") or {}
    fingerprint: str | None = facts.get("fingerprint_sha256")
    return fingerprint


def _then(order: Mapping[str, Any], host: str) -> str:
    services = ", ".join(order["own"][host].get("reload") or [])
    text = f", installed in {order['store']}/{order['certificate']}"
    return f"{text}, and {services} reloaded" if services else text


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "requests": requests,
            "placeholders": placeholders,
            "plan": plan,
            "conversation_orders": conversation_orders,
            "announcement": announcement,
        }
