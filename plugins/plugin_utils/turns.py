# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns: in which sequence the hosts of a shared certificate install it, so that not all of them reload at once."""

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


def of(planned: Mapping[str, Any], hosts: Iterable[str]) -> dict[str, int]:
    """Return in which turn, from 0, each of these hosts is that has a certificate which is rolled out.

    A host has one turn for all its certificates. No turn has a host before the turn ahead of it has one, in the sequence
    of `hosts`: so Ansible, which takes the turns in the sequence in which hosts name them, takes them by their numbers.
    """
    queues: dict[str, list[_Queue]] = {}
    for order in rolled_out(planned):
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


def rolled_out(planned: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what is not for all of its hosts at once."""
    return [order for order in [*planned["orders"], *planned["copies"]] if order.get("at_once")]


class _Queue:
    """The turns of one certificate: it has so many hosts in each."""

    def __init__(self, at_once: Sequence[int]) -> None:
        self._left = list(reversed(at_once))
        self._turn = 0
        self._taken = 0

    def first_free(self) -> int:
        return self._turn + (self._taken == self._left[-1])

    def take(self, turn: int) -> None:
        if turn > self._turn:
            if self._taken and len(self._left) > 1:
                self._left.pop()
            self._turn, self._taken = turn, 0
        self._taken += 1


def _size(wanted: Any, hosts: int) -> int:
    found = None if isinstance(wanted, bool) else re.fullmatch(r"(\d+)(%?)", str(wanted))
    if found is None or int(found[1]) == 0:
        return 0
    return max(1, int(found[1]) * hosts // 100) if found[2] else int(found[1])
