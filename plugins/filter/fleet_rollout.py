# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roll out: the turns in which the role `certificates` installs shared certificates, and who is held back when one fails.

All are pure functions of what `plan` (fleet_plan.py) returned and of results that the role registered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils import turns


def turn(planned: Mapping[str, Any], present: Sequence[str], host: str) -> dict[str, Any]:
    """Return the `number` of the turn that a host has among those that are still there, and who is `earlier`."""
    found = turns.of(planned, present)
    number = found.get(host, 0)
    return {"number": number, "earlier": [other for other, its_turn in found.items() if its_turn < number]}


def held_back(
    planned: Mapping[str, Any],
    earlier: Sequence[str],
    present: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, list[str]],
) -> dict[str, list[str]]:
    """Return the certificates that no further host is to get, each with the hosts where it failed.

    `before` is what was held back in the turn ahead. A host that is gone has failed, whether it had its turn or not.
    """
    held = dict(before)
    there, done = set(present), set(earlier)
    for order in turns.rolled_out(planned):
        if order["name"] not in held:
            failed = [
                host
                for host in order["hosts"]
                if host not in there or (host in done and not _in_use(order, hostvars[host]))
            ]
            if failed:
                held[order["name"]] = failed
    return held


def _in_use(order: Mapping[str, Any], variables: Mapping[str, Any]) -> bool:
    """Say whether a host that had its turn has installed the certificate, reloaded, and been seen to serve it."""
    deployed = variables.get("__certificates_deployed") or {}
    installed = [item for item in deployed.get("certificates") or [] if item["name"] == order["certificate"]]
    return bool(installed) and not installed[0].get("failed")


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {"turn": turn, "held_back": held_back}
