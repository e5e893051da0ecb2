# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pre-flight: what the role `certificates` looks at, and from where, before the CA is asked to look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.utils.display import Display

from ..plugin_utils import challenges
from ..plugin_utils.preflight import CONTROLLER
from ..plugin_utils.steps import by_name


def perspectives(planned: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the hosts from which challenge files are asked for, besides the controller; groups are those of the inventory."""
    named = [name for order in planned["orders"] for name in order["preflight"].get("from", []) if name != CONTROLLER]
    hosts = {host for group in groups.values() for host in group}
    for name in sorted({*named} - hosts - {*groups}):
        Display().warning(
            f"acme_preflight names {name}, which is no host or group of the inventory: nobody looks from there."
        )
    known = [name for name in named if name in groups or name in hosts]
    return list(dict.fromkeys(host for name in known for host in groups.get(name, [name])))


def challenges_to_check(planned: Mapping[str, Any], ordered: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the http-01 files that are asked for, as webpki.acme.challenge_check wants them."""
    results = by_name(ordered, "orders")
    return [
        {
            "identifier": one["identifier"],
            **{option: one["challenges"][kind][option] for option in ("token", "content")},
        }
        for order in planned["orders"]
        if order["preflight"]
        for one, kind in challenges.to_prove(order, results.get(order["name"], {}))
        if kind == challenges.HTTP
    ]


def names_to_check(planned: Mapping[str, Any], ordered: Mapping[str, Any], number: int) -> dict[str, str]:
    """Return the names of one conversation of which CAA records are looked up, each with the challenge that is to prove it."""
    results = by_name(ordered, "orders")
    wanted = [one for one in planned["orders"] if one["conversation"] == number and one["preflight"].get("caa")]
    return {
        challenges.name_of(one): challenges.chosen(order, one) or ""
        for order in wanted
        for one in results.get(order["name"], {}).get("authorizations") or []
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "perspectives": perspectives,
            "challenges_to_check": challenges_to_check,
            "names_to_check": names_to_check,
        }
