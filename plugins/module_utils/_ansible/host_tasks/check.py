# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of challenge_check: challenge files asked for from this host, as one more network perspective."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._store.errors import StoreError
from .. import host, reached
from ..task import Task

_HINT = "See that the web server serves {url} there as it is, and that a redirect leads to it."


def checked(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what was seen, in the order of the challenges."""
    items: Sequence[host.Item] = options["challenges"]
    # In check mode nothing has been placed.
    probes = [] if check_mode else [_probe(item) for item in items]
    answers = iter(reached.ask_all(probes, options["timeout"], options["deadline"]))

    def result(item: host.Item) -> host.Result:
        probe = _probe(item)
        seen = [] if check_mode else next(answers)
        told: host.Result = {
            "url": probe.url,
            "reached": None if check_mode else bool(seen) and not any(one.problem for one in seen),
            "addresses": [_described(one) for one in seen],
            "changed": False,
        }
        error = None if told["reached"] in (None, True) else _problem(probe, seen)
        if error is None or not options["required"]:
            if error:
                warn(str(error))
            return {**told, "msg": str(error) if error else ""}
        return {**told, **host.failed(error)}

    return host.collected("challenges", host.each(items, result, ("identifier", "token")))


def _probe(item: host.Item) -> reached.Probe:
    path = f"/.well-known/acme-challenge/{item['token']}"
    return reached.Probe(item["identifier"], path, item["content"], item["port"])


def _described(seen: reached.Seen) -> dict[str, Any]:
    return {"address": seen.address, "url": seen.url, "status": seen.status, "problem": seen.problem}


def _problem(probe: reached.Probe, seen: Sequence[reached.Seen]) -> StoreError:
    if not seen:
        return StoreError(
            f"{probe.name} has no address here", "Give it an A or AAAA record that leads to its web server."
        )
    wrong = [f"{one.address} ({one.url}): {one.problem}" for one in seen if one.problem]
    return StoreError(f"{probe.name} does not answer as a CA wants it: {'; '.join(wrong)}", _HINT.format(url=probe.url))


_OPTIONS: dict[str, Any] = {
    "challenges": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "identifier": {"type": "str", "required": True},
            # A token is served to everybody; masking it would make the results useless.
            "token": {"type": "str", "required": True, "no_log": False},
            "content": {"type": "str", "required": True},
            "port": {"type": "int", "default": 80},
        },
    },
    "required": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 10},
    "deadline": {"type": "int", "default": 30},
}

CHALLENGE_CHECK = Task(checked, _OPTIONS)
