# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converse: what the role `certificates` passes from one step to the next.

All are pure functions of what `plan` (fleet_plan.py) returned and of results that the role registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plugin_utils import challenges
from ..plugin_utils.steps import Placements, by_name, files_of, fullchain_of


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
        if order["holder"] == host and len(order["hosts"]) > 1 and fullchain_of(results, order)
    }
    for copy in planned["copies"]:
        if copy["holder"] == host and copy["hosts"] != [host]:
            files[copy["certificate"]] = copy["key_file"]
    return [{"name": name, "file": file} for name, file in files.items()]


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
        }
