# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roll out: the turns in which the role `certificates` installs shared certificates, and who is held back when one fails.

All are pure functions of what `plan` (fleet_plan.py) returned and of results that the role registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

ALL_AT_ONCE = "100%"


def sizes(wanted: Any, hosts: int) -> list[int]:
    """Return how many of so many hosts each turn may have, of which the last goes on; empty when that is not said.

    `wanted` has the forms of Ansible's `serial`: a number, a percentage, or a list of these.
    """
    listed = [_size(one, hosts) for one in (wanted if isinstance(wanted, list) else [wanted])]
    return listed if all(listed) else []


def turns(planned: Mapping[str, Any], hosts: Iterable[str]) -> dict[str, int]:
    """Return in which turn, from 0, each of these hosts is that has a certificate which is rolled out.

    A host has one turn for all its certificates. No turn has a host before the turn ahead of it has one, in the sequence
    of `hosts`: so Ansible, which takes the turns in the sequence in which hosts name them, takes them by their numbers.
    """
    queues: dict[str, list[_Queue]] = {}
    for order in _rolled_out(planned):
        queue = _Queue(order["at_once"])
        for host in order["hosts"]:
            queues.setdefault(host, []).append(queue)
    found = {}
    for host in hosts:
        if host in queues:
            found[host] = max(queue.first_free() for queue in queues[host])
            for queue in queues[host]:
                queue.take(found[host])
    return found


def turn(planned: Mapping[str, Any], present: Sequence[str], host: str) -> dict[str, Any]:
    """Return the `number` of the turn that a host has among those that are still there, and who is `earlier`."""
    found = turns(planned, present)
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
    for order in _rolled_out(planned):
        if order["name"] not in held:
            failed = [
                host
                for host in order["hosts"]
                if host not in there or (host in done and not _in_use(order, hostvars[host]))
            ]
            if failed:
                held[order["name"]] = failed
    return held


class _Queue:
    """The turns of one certificate: it has so many hosts in each."""

    def __init__(self, at_once: Sequence[int]) -> None:
        self._left = list(reversed(at_once))
        self._turn = 0
        self._taken = 0

    def first_free(self) -> int:
        return self._turn + (self._taken == self._left[-1])

    def take(self, turn_: int) -> None:
        if turn_ > self._turn:
            if self._taken and len(self._left) > 1:
                self._left.pop()
            self._turn, self._taken = turn_, 0
        self._taken += 1


def _rolled_out(planned: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [order for order in [*planned["orders"], *planned["copies"]] if order.get("at_once")]


def _in_use(order: Mapping[str, Any], variables: Mapping[str, Any]) -> bool:
    """Say whether a host that had its turn has installed the certificate, reloaded, and been seen to serve it."""
    deployed = variables.get("__certificates_deployed") or {}
    installed = [item for item in deployed.get("certificates") or [] if item["name"] == order["certificate"]]
    return bool(installed) and not installed[0].get("failed")


def _size(wanted: Any, hosts: int) -> int:
    found = None if isinstance(wanted, bool) else re.fullmatch(r"(\d+)(%?)", str(wanted))
    if found is None or int(found[1]) == 0:
        return 0
    return max(1, int(found[1]) * hosts // 100) if found[2] else int(found[1])


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {"turn": turn, "held_back": held_back}
