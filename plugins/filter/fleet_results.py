# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converse and scatter: what the role `certificates` passes from one step to the next, and what it has each host install.

All are pure functions of what `plan` (fleet_plan.py) returned and of results that the role registered.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils import challenges
from ..plugin_utils.listed_options import INSTALLED_AS, USED_BY
from ..plugin_utils.steps import Conversations, Placements, by_name, files_of


def challenge_files(planned: Mapping[str, Any], ordered: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the http-01 files that one host is to serve, as webpki.acme.challenge_webroot wants them."""
    results = by_name(ordered, "orders")
    return [
        file
        for order in planned["orders"]
        if host in order["hosts"]
        for file in files_of(order, results.get(order["name"], {}), host)
        if file["webroot"]
    ]


def tls_challenges(planned: Mapping[str, Any], ordered: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the tls-alpn-01 challenges that one host is to answer, as webpki.acme.challenge_tls wants them."""
    results = by_name(ordered, "orders")
    return [
        {
            "identifier": one["identifier"],
            **{option: one["challenges"][kind][option] for option in ("server_name", "digest")},
        }
        for order in planned["orders"]
        if host in order["hosts"]
        for one, kind in challenges.to_prove(order, results.get(order["name"], {}))
        if kind == challenges.TLS
    ]


def orders_to_remember(planned: Mapping[str, Any], ordered: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the orders for the requests of one host, as webpki.acme.challenge_webroot wants them."""
    results = by_name(ordered, "orders")
    return [
        {"certificate": order["certificate"], "ca": order["ca"], "url": url}
        for order in planned["orders"]
        if order["holder"] == host and (url := results.get(order["name"], {}).get("url"))
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
    results = by_name(ordered, "orders")
    placements = Placements(hostvars)
    ready = []
    for order in planned["orders"]:
        found = results.get(order["name"], {})
        if order["conversation"] != number or not found.get("url"):
            continue
        if not placements.problem(order, found):
            ready.append(
                {
                    "name": order["name"],
                    "url": found["url"],
                    "authorizations": [_to_answer(order, one) for one in found["authorizations"]],
                }
            )
    return ready


def orders_to_issue(planned: Mapping[str, Any], answered: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Return the orders of one conversation that are ready, as webpki.acme.certificate wants them."""
    results = by_name(answered, "orders")
    return [
        {
            "name": order["name"],
            "url": results[order["name"]]["url"],
            "csr": order["csr"],
            "finalize": results[order["name"]].get("finalize"),
            "preferred_chain": order["preferred_chain"],
            "preferred_chain_fallback": order["preferred_chain_fallback"],
        }
        for order in planned["orders"]
        if order["conversation"] == number and results.get(order["name"], {}).get("status")
    ]


def keys_to_hand_over(planned: Mapping[str, Any], issued: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the keys of shared certificates that this host holds and others need now: name and file."""
    results = by_name(issued, "orders")
    files = {
        order["certificate"]: f"{order['store']}/{order['certificate']}/staged/privkey.pem"
        for order in planned["orders"]
        if order["holder"] == host and len(order["hosts"]) > 1 and _fullchain(results, order)
    }
    for copy in planned["copies"]:
        if copy["holder"] == host and copy["hosts"] != [host]:
            files[copy["certificate"]] = copy["key_file"]
    return [{"name": name, "file": file} for name, file in files.items()]


def deployments(
    planned: Mapping[str, Any],
    issued: Mapping[str, Any],
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
) -> list[dict[str, Any]]:
    """Return what is to be installed on one host, as webpki.acme.certificate_deploy wants it."""
    results = by_name(issued, "orders")
    ready = [(order, _fullchain(results, order)) for order in planned["orders"]]
    ready += [(copy, copy["fullchain"]) for copy in planned["copies"]]
    held = hostvars[host].get("__certificates_held") or {}
    listed = []
    for order, fullchain in ready:
        if not fullchain or host not in order["hosts"] or order["name"] in held:
            continue
        own = order["own"][host]
        entry = {
            "name": order["certificate"],
            "fullchain": fullchain,
            "identifiers": order["identifiers"],
            "ca": order["ca"],
            "profile": _profile(results.get(order["name"]) or {"profile": order["issued_under"]}, order),
            **{option: own[option] for option in (*INSTALLED_AS, *USED_BY) if option in own},
        }
        if order["holder"] != host:
            key = _handed_over(hostvars[order["holder"]], order["certificate"])
            if key is None:
                continue
            entry["private_key"] = key
        listed.append(entry)
    return listed


def put_off(planned: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], host: str) -> list[dict[str, Any]]:
    """Return what CAs want to be asked for later, as webpki.acme.certificate_deploy keeps it on the host of its request."""
    conversations, issued = Conversations(steps), by_name(steps[-1], "orders")
    return [
        {
            "name": order["certificate"],
            "identifiers": order["identifiers"],
            "ca": said["ca"],
            "retry_after": said["retry_after"],
            "reason": said["msg"],
        }
        for order in planned["orders"]
        if order["holder"] == host and not _fullchain(issued, order)
        for said in [*order["said"], conversations.said(order)]
        if said["retry_after"]
    ]


def validations(
    planned: Mapping[str, Any], host: str, ready: Sequence[Mapping[str, Any]], tests: Mapping[str, str]
) -> list[str]:
    """Return the commands that test the configurations which use the certificates to be installed, each once."""
    commands = []
    for own in _own(planned, host, {entry["name"] for entry in ready}):
        commands += [tests[service] for service in own.get("reload") or [] if service in tests]
        commands += [own["validate"]] if own.get("validate") else []
    return list(dict.fromkeys(commands))


def _to_answer(order: Mapping[str, Any], authorization: Mapping[str, Any]) -> dict[str, Any]:
    """Return what webpki.acme.challenge wants to know of an authorization, as all that it is given costs time."""
    offered = authorization["challenges"]
    chosen = challenges.chosen(order, authorization)
    wanted = [chosen] if chosen else challenges.able(order["challenge"], challenges.name_of(authorization))
    told = {option: authorization[option] for option in ("identifier", "wildcard", "url", "status")}
    listed = {
        kind: {option: offered[kind][option] for option in ("url", "refused") if option in offered[kind]}
        for kind in ([chosen] if chosen else offered)
    }
    return {**told, "challenge": wanted, "challenges": listed}


def _fullchain(results: Mapping[str, Mapping[str, Any]], order: Mapping[str, Any]) -> str | None:
    """Return what was issued for an order. Without the chain that is preferred it is not for use: it waits at the CA for another run."""
    found = results.get(order["name"], {})
    return None if found.get("failed") else found.get("fullchain")


def _profile(found: Mapping[str, Any], order: Mapping[str, Any]) -> str | None:
    """Return what is noted as the profile of a certificate. Never one that would make it due in the next run again."""
    told, wanted = found.get("profile"), order["profile"] or []
    return told if not wanted or told in wanted else wanted[0]


def _own(planned: Mapping[str, Any], host: str, names: set[str]) -> list[dict[str, Any]]:
    """Return the entries of acme_certificates on this host for the certificates of these names."""
    return [
        order["own"][host]
        for order in [*planned["orders"], *planned["copies"]]
        if host in order["hosts"] and order["certificate"] in names
    ]


def _handed_over(variables: Mapping[str, Any], name: str) -> str | None:
    handed = variables.get("__certificates_keys") or {}
    for result in handed.get("results") or []:
        if result.get("item", {}).get("name") == name and result.get("content"):
            return b64decode(result["content"]).decode("ascii")
    return None


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "challenge_files": challenge_files,
            "tls_challenges": tls_challenges,
            "orders_to_remember": orders_to_remember,
            "orders_to_answer": orders_to_answer,
            "orders_to_issue": orders_to_issue,
            "keys_to_hand_over": keys_to_hand_over,
            "deployments": deployments,
            "put_off": put_off,
            "validations": validations,
        }
