# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the hosts of a play found, put together, without what was known before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from . import challenges, preflight, refusals, turns
from .ca_list import accounts_of
from .found import REQUEST, request_of

Hostvars = Mapping[str, Mapping[str, Any]]


def read(hosts: Sequence[str], others: Sequence[str], hostvars: Hostvars) -> Hostvars:
    """Return the variables of `hosts` that tell what was found on them, and those of `others`, as Ansible has them.

    Ansible puts all of a host's variables together anew each time that one asks for them.
    """
    found = {host: {REQUEST: request_of(hostvars[host])} for host in hosts}
    return {**{host: hostvars[host] for host in others}, **found}


def run_of(variables: Mapping[str, Any]) -> Any:
    """Return by what the first task on a host is known from those of other applications of the role."""
    return refusals.context_of(variables).get("run")


def new(hosts: Sequence[str], hostvars: Hostvars, known: Collection[Any]) -> list[str]:
    """Return the hosts on which something was found that was not known, by its run."""
    known = set(known)
    return [host for host in hosts if run_of(hostvars[host]) not in known]


def runs(hosts: Sequence[str], hostvars: Hostvars) -> list[Any]:
    """Return the runs of the first task on these hosts."""
    return [run for host in hosts if (run := run_of(hostvars[host]))]


def entries(hosts: Sequence[str], hostvars: Hostvars) -> list[dict[str, Any]]:
    """Return the certificates that hosts list, each with what was found there (found.py), without those that are refused."""
    return [entry for host in hosts for entry in _of_host(host, hostvars[host])]


def _of_host(host: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    context = refusals.context_of(variables)
    found = {item["name"]: item for item in request_of(variables).get("certificates") or [] if not item.get("failed")}
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
