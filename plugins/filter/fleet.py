# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gather, converse, scatter: what the role `certificates` passes from the hosts to the CA and back.

All are pure functions of results that the role registered. `plan` looks at every host once; the others take what it
returned, so that the work of a play grows with the number of its certificates and not with its square.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


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
    `copies`: the shared certificates that some hosts lack and another one has.
    `conversations`: the CAs and accounts involved, each with a `host` whose variables tell how to reach them.
    """
    wanted = [entry for host in hosts for entry in _wanted(host, hostvars[host])]
    shared: dict[str, list[dict[str, Any]]] = {}
    orders = []
    for entry in wanted:
        if entry["shared"]:
            shared.setdefault(entry["certificate"], []).append(entry)
        elif entry["found"]["due"]:
            orders.append(_order(f"{entry['certificate']} on {entry['host']}", [entry]))
    copies = []
    for name, entries in shared.items():
        _same_everywhere(name, entries)
        good = [entry for entry in entries if not entry["found"]["due"]]
        if not good:
            orders.append(_order(name, entries))
            continue
        source = max(good, key=lambda entry: str(entry["found"]["facts"]["not_after"]))
        lacking = [entry for entry in entries if _fingerprint(entry) != _fingerprint(source)]
        if lacking:
            copies.append({**_order(name, [source, *lacking]), "hosts": [entry["host"] for entry in lacking]})
    return {"orders": orders, "copies": copies, "conversations": _conversations(orders, hostvars)}


def conversation_orders(planned: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Return the orders of one conversation, as webpki.acme.order wants them."""
    return [
        {"name": order["name"], "identifiers": order["identifiers"], "profile": order["profile"]}
        for order in planned["orders"]
        if order["conversation"] == number
    ]


def challenge_files(planned: Mapping[str, Any], ordered: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the http-01 files that one host is to serve, as webpki.acme.challenge_webroot wants them."""
    results = _items(ordered, "orders")
    return [
        file
        for order in planned["orders"]
        if host in order["hosts"]
        for file in _files(order, results.get(order["name"], {}), host)
    ]


def orders_to_answer(
    planned: Mapping[str, Any],
    ordered: Mapping[str, Any],
    hostvars: Mapping[str, Mapping[str, Any]],
    number: int,
) -> list[dict[str, Any]]:
    """Return the orders of one conversation whose challenges are in place on all their hosts.

    An attempt that must fail is not made: CAs count them.
    """
    results = _items(ordered, "orders")
    ready = []
    for order in planned["orders"]:
        found = results.get(order["name"], {})
        if order["conversation"] != number or not found.get("url"):
            continue
        if not _placement_problem(order, results, hostvars):
            ready.append(
                {
                    "name": order["name"],
                    "url": found["url"],
                    "challenge": order["challenge"],
                    "authorizations": found["authorizations"],
                }
            )
    return ready


def orders_to_issue(planned: Mapping[str, Any], answered: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Return the orders of one conversation that are ready, as webpki.acme.certificate wants them."""
    results = _items(answered, "orders")
    return [
        {
            "name": order["name"],
            "url": results[order["name"]]["url"],
            "csr": order["csr"],
            "preferred_chain": order["preferred_chain"],
        }
        for order in planned["orders"]
        if order["conversation"] == number and results.get(order["name"], {}).get("status")
    ]


def keys_to_hand_over(planned: Mapping[str, Any], issued: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the keys of shared certificates that this host holds and others need now: name and file."""
    results = _items(issued, "orders")
    fresh = [
        (order, "staged")
        for order in planned["orders"]
        if len(order["hosts"]) > 1 and results.get(order["name"], {}).get("fullchain")
    ]
    kept = [(copy, "current") for copy in planned["copies"]]
    return [
        {"name": order["certificate"], "file": f"{order['store']}/{order['certificate']}/{folder}/privkey.pem"}
        for order, folder in [*fresh, *kept]
        if order["holder"] == host
    ]


def deployments(
    planned: Mapping[str, Any],
    issued: Mapping[str, Any],
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
) -> list[dict[str, Any]]:
    """Return what is to be installed on one host, as webpki.acme.certificate_deploy wants it."""
    results = _items(issued, "orders")
    ready = [(order, results.get(order["name"], {}).get("fullchain")) for order in planned["orders"]]
    ready += [(copy, copy["fullchain"]) for copy in planned["copies"]]
    listed = []
    for order, fullchain in ready:
        if not fullchain or host not in order["hosts"]:
            continue
        own = order["own"][host]
        entry = {
            "name": order["certificate"],
            "fullchain": fullchain,
            "identifiers": order["identifiers"],
            "ca": order["ca"],
            "profile": order["profile"],
            **_installed_as(own),
        }
        if order["holder"] != host:
            key = _handed_over(hostvars[order["holder"]], order["certificate"])
            if key is None:
                continue
            entry["private_key"] = key
        listed.append(entry)
    return listed


def validations(
    planned: Mapping[str, Any], host: str, ready: Sequence[Mapping[str, Any]], tests: Mapping[str, str]
) -> list[str]:
    """Return the commands that test the configurations which use the certificates to be installed, each once."""
    commands = []
    for own in _own(planned, host, {entry["name"] for entry in ready}):
        commands += [tests[service] for service in own.get("reload") or [] if service in tests]
        commands += [own["validate"]] if own.get("validate") else []
    return list(dict.fromkeys(commands))


def changed_on(planned: Mapping[str, Any], host: str, deployed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of acme_certificates for those that have just been changed on this host."""
    listed = deployed.get("certificates") or []
    return _own(planned, host, {item["name"] for item in listed if item.get("changed") and not item.get("failed")})


def endpoints(entries: Iterable[Mapping[str, Any]], deployed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return where changed certificates are to be seen, as webpki.acme.served_certificate_info wants it."""
    results = _items({"results": [deployed]}, "certificates")
    listed = []
    for entry in entries:
        if not entry.get("served_on"):
            continue
        host, _colon, port = str(entry["served_on"]).rpartition(":")
        names = [name for name in entry["identifiers"] if not name.startswith("*.")]
        endpoint = {
            "host": host.strip("[]"),
            "port": int(port),
            "fingerprint_sha256": results[entry["name"]]["fingerprint_sha256"],
        }
        listed.append({**endpoint, "server_name": names[0]} if names else endpoint)
    return listed


def failures(
    planned: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
) -> list[str]:
    """Return why certificates of this host failed, one message for each; empty when none did.

    `steps` are the results of the conversation: account, order, challenge, certificate.
    """
    request = hostvars[host].get("__certificates_request") or {}
    deployment = hostvars[host].get("__certificates_deployed") or {}
    told = [f"{item['name']}: {item['msg']}" for item in request.get("certificates") or [] if item.get("failed")]
    installed = {item["name"]: item for item in deployment.get("certificates") or []}
    ordered = _items(steps[1], "orders")
    for order in [*planned["orders"], *planned["copies"]]:
        if host not in order["hosts"]:
            continue
        reason = _conversation_failure(order, steps) or _placement_problem(order, ordered, hostvars)
        if not reason and order["certificate"] in installed:
            reason = installed[order["certificate"]].get("msg")
        elif not reason:
            reason = deployment.get("msg") or f"its key could not be read on {order['holder']}"
        if reason:
            told.append(f"{order['certificate']}: {reason}")
    return told


def _files(order: Mapping[str, Any], found: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    if order.get("challenge") != "http-01":
        return []
    materials = [
        authorization["challenges"]["http-01"]
        for authorization in found.get("authorizations", [])
        if authorization["status"] == "pending" and "http-01" in authorization["challenges"]
    ]
    webroot = order["webroots"].get(host)
    return [{"webroot": webroot, "token": item["token"], "content": item["content"]} for item in materials]


def _wanted(host: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the certificates of a host with what was found there; one whose request failed is left out."""
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
        if own["name"] in found
    ]


def _own(planned: Mapping[str, Any], host: str, names: set[str]) -> list[dict[str, Any]]:
    """Return the entries of acme_certificates on this host for the certificates of these names."""
    return [
        order["own"][host]
        for order in [*planned["orders"], *planned["copies"]]
        if host in order["hosts"] and order["certificate"] in names
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
    }


def _same_everywhere(name: str, entries: Sequence[Mapping[str, Any]]) -> None:
    first = entries[0]
    for entry in entries[1:]:
        for option in ("identifiers", "key_type", "profile", "preferred_chain"):
            mine, other = (_comparable(one["own"].get(option)) for one in (first, entry))
            if mine != other:
                raise AnsibleFilterError(
                    f"The shared certificate {name} has another value of {option} on {entry['host']} than on "
                    f"{first['host']}. Give it the same on all hosts, or another name."
                )


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


def _items(looped: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the items of all results of a loop, by name."""
    results = looped.get("results") or []
    return {item["name"]: item for result in results for item in result.get(kind) or []}


def _placement_problem(
    order: Mapping[str, Any], ordered: Mapping[str, Mapping[str, Any]], hostvars: Mapping[str, Mapping[str, Any]]
) -> str | None:
    """Return why a challenge file of an order is not in place on one of its hosts; None when all are."""
    tokens = {file["token"] for file in _files(order, ordered.get(order["name"], {}), order["hosts"][0])}
    for host in order["hosts"] if tokens else []:
        placed = hostvars[host].get("__certificates_placed") or {}
        listed = {item["token"]: item for item in placed.get("challenges") or []}
        for token in tokens:
            item = listed.get(token)
            if item is None or item.get("failed"):
                reason = item["msg"] if item else placed.get("msg", "the host did not take the file")
                return f"the challenge file could not be placed on {host}: {reason}"
    return None


def _conversation_failure(order: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what went wrong first for an order: its own item in a step, or the whole step."""
    for step in steps:
        for result in step.get("results") or []:
            number = (result.get("item") or {}).get("number")
            if "conversation" not in order or number != order["conversation"]:
                continue
            listed = result.get("orders") or []
            own = [item for item in listed if item["name"] == order["name"]]
            if own and own[0].get("failed"):
                return str(own[0]["msg"])
            if not listed and result.get("msg") and not result.get("skipped"):
                return str(result["msg"])
    return None


def _handed_over(variables: Mapping[str, Any], name: str) -> str | None:
    handed = variables.get("__certificates_keys") or {}
    for result in handed.get("results") or []:
        if result.get("item", {}).get("name") == name and result.get("content"):
            return b64decode(result["content"]).decode("ascii")
    return None


def announcement(planned: Mapping[str, Any], host: str) -> list[str]:
    """Return what a run would do on one host, a sentence for each certificate."""
    told = []
    for order in planned["orders"]:
        if host in order["hosts"]:
            reasons = ", ".join(reason["text"] for reason in order["reasons"][host]) or "another host needs it"
            told.append(f"{order['certificate']}: would be issued by {order['ca']} ({reasons}){_then(order, host)}")
    for copy in planned["copies"]:
        if host in copy["hosts"]:
            told.append(f"{copy['certificate']}: would be copied from {copy['holder']}{_then(copy, host)}")
    return told


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
            "announcement": announcement,
            "conversation_orders": conversation_orders,
            "challenge_files": challenge_files,
            "orders_to_answer": orders_to_answer,
            "orders_to_issue": orders_to_issue,
            "keys_to_hand_over": keys_to_hand_over,
            "deployments": deployments,
            "validations": validations,
            "changed_on": changed_on,
            "endpoints": endpoints,
            "failures": failures,
        }
