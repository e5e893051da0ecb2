# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scatter: what the role `certificates` has each host install.

All are pure functions of what `plan` (fleet_plan.py) returned and of results that the role registered.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils.listed_options import INSTALLED_AS, USED_BY
from ..plugin_utils.steps import Conversations, by_name, fullchain_of


def installation(
    planned: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
    tests: Mapping[str, str],
) -> dict[str, Any]:
    """Return options of webpki.acme.certificate_deploy for one host: `certificates`, with those to ask for later, and `validate`.

    `tests` has the commands that test configurations, by the names of services.
    """
    ready = deployments(planned, steps[-1], hostvars, host)
    return {
        "certificates": [*ready, *put_off(planned, steps, host)],
        "validate": validations(planned, host, ready, tests),
    }


def deployments(
    planned: Mapping[str, Any],
    issued: Mapping[str, Any],
    hostvars: Mapping[str, Mapping[str, Any]],
    host: str,
) -> list[dict[str, Any]]:
    """Return what is to be installed on one host, as webpki.acme.certificate_deploy wants it."""
    results = by_name(issued, "orders")
    ready = [(order, fullchain_of(results, order)) for order in planned["orders"]]
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
        if order["holder"] == host and not fullchain_of(issued, order)
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
        return {"installation": installation}
