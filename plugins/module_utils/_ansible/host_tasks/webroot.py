# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of challenge_webroot: challenge files placed below document roots, or removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._store import layout, order, placed, webroot
from ..._store.errors import StoreError
from .. import host
from ..task import Task


def in_place(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what was placed or removed, in the order of the challenges."""

    def place(item: host.Item) -> host.Result:
        path = webroot.path_of(item["webroot"], item["token"])
        if item["content"] is None:
            raise StoreError("there is no content", "Give the key authorization that the CA expects.")
        home = _home(options, item)
        if home and not check_mode:
            placed.remember(home, path)
        return {"path": path, "changed": webroot.place(item["webroot"], item["token"], item["content"], check_mode)}

    def remove(item: host.Item) -> host.Result:
        path = webroot.path_of(item["webroot"], item["token"])
        home = _home(options, item)
        removed = webroot.remove(item["webroot"], item["token"], check_mode)
        if home and not check_mode:
            placed.forget(home, path)
        return {"path": path, "changed": removed}

    if _present(options) and not check_mode:
        _remember(options, warn)
    results = host.each(options["challenges"], place if _present(options) else remove, ("webroot", "token"))
    return host.collected("challenges", results, _diffs(options, results))


def _remember(options: Mapping[str, Any], warn: Callable[[str], None]) -> None:
    def keep(item: host.Item) -> host.Result:
        order.keep(layout.home(options["store"], item["certificate"]), item["ca"], item["url"])
        return {}

    # What cannot be remembered is missed only by the run after one that is cut short.
    for result in host.each(options["orders"], keep, ("certificate",), together=True):
        if result.get("failed"):
            warn(f"the order for {result['certificate']} cannot be remembered: {result['msg']}")


def _home(options: Mapping[str, Any], item: host.Item) -> layout.Home | None:
    return layout.home(options["store"], item["certificate"]) if item["certificate"] else None


def _diffs(options: Mapping[str, Any], results: Sequence[host.Result]) -> list[dict[str, str]]:
    words = ("no challenge file\n", "a challenge file\n")
    before, after = words if _present(options) else reversed(words)
    return [host.titled(result["path"], before, after) for result in results if result["changed"]]


def _present(options: Mapping[str, Any]) -> bool:
    return bool(options["state"] == "present")


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "challenges": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "webroot": {"type": "path", "required": True},
            # A token is served to everybody; masking it would make the results useless.
            "token": {"type": "str", "required": True, "no_log": False},
            "content": {"type": "str"},
            "certificate": {"type": "str"},
        },
    },
    "orders": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "certificate": {"type": "str", "required": True},
            "ca": {"type": "str"},
            "url": {"type": "str", "required": True},
        },
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

CHALLENGE_WEBROOT = Task(in_place, _OPTIONS)
