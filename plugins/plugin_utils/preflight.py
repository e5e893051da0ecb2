# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pre-flight: what is looked at before the CA is asked to look, from where, and what came of it (acme_preflight)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.common.validation import check_type_bool, check_type_list

# The perspective that is no host of the inventory.
CONTROLLER = "controller"


def asked(given: Any) -> dict[str, Any]:
    """Return acme_preflight with each value of its type; empty where nothing is to be looked at."""
    if not given:
        return {}
    flags = {option: check_type_bool(given.get(option, False)) for option in ("caa", "required")}
    return {"from": check_type_list(given.get("from", [CONTROLLER])), **flags}


def problem(
    order: Mapping[str, Any], found: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]]
) -> str | None:
    """Return what keeps the CA from being asked to look, given an order's result and the variables of all hosts.

    None where all was seen as it should be, or where what was seen is only a warning.
    """
    if not order.get("preflight", {}).get("required"):
        return None
    tokens = {
        material["token"]
        for one in found.get("authorizations", [])
        for material in one["challenges"].values()
        if material.get("token")
    }
    variables = hostvars[order["hosts"][0]]
    for place, result in _looks(variables, hostvars):
        for item in result.get("challenges") or []:
            if item["token"] in tokens and item.get("reached") is False:
                return f"seen from {place}, {item['msg']}"
    for result in (variables.get("__certificates_caa") or {}).get("results") or []:
        if (result.get("item") or {}).get("number") != order["conversation"]:
            continue
        if result.get("msg") and "identifiers" not in result:
            # What is required and cannot be looked at is no reason to go on.
            return f"the CAA records of its names could not be looked up: {result['msg']}"
        for item in result.get("identifiers") or []:
            if item["name"] in order["identifiers"] and item.get("permitted") is False:
                return str(item["msg"])
    return None


def _looks(
    variables: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "the controller", variables.get("__certificates_seen_here") or {}
    yield from ((host, hostvars[host].get("__certificates_seen") or {}) for host in hostvars)
    for host in hostvars:
        elsewhere = (hostvars[host].get("__certificates_seen_elsewhere") or {}).get("results") or []
        yield from ((str(result.get("item")), result) for result in elsewhere)
