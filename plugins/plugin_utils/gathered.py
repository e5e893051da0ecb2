# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the hosts of a play found, put together, without what a plan before knew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import challenges, preflight, refusals, turns
from .ca_list import accounts_of

Hostvars = Mapping[str, Mapping[str, Any]]


def new(hosts: Sequence[str], hostvars: Hostvars, before: Mapping[str, Any] | None) -> list[str]:
    """Return the hosts of which the plan `before` did not know what was found on them."""
    return [host for host in hosts if _run(hostvars[host]) not in _planned_for(before)]


def runs(hosts: Sequence[str], hostvars: Hostvars, before: Mapping[str, Any] | None) -> list[Any]:
    """Return which runs of the first task are planned for with these hosts, after the plan `before`."""
    return [*_planned_for(before), *(run for host in hosts if (run := _run(hostvars[host])))]


def entries(hosts: Sequence[str], hostvars: Hostvars) -> list[dict[str, Any]]:
    """Return the certificates that hosts list, each with what was found there (found.py), without those that are refused."""
    return [entry for host in hosts for entry in _of_host(host, hostvars[host])]


def _planned_for(before: Mapping[str, Any] | None) -> list[Any]:
    return list((before or {}).get("runs", []))


def _run(variables: Mapping[str, Any]) -> Any:
    return refusals.context_of(variables).get("run")


def _of_host(host: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
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
