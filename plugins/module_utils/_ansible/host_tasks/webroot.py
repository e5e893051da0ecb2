# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of challenge_webroot: challenge files placed below document roots, or removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._store import webroot
from ..._store.errors import StoreError
from .. import host


def run(options: Mapping[str, Any], check_mode: bool) -> list[host.Result]:
    """The results in the order of the challenges."""

    def place(item: host.Item) -> host.Result:
        path = webroot.path_of(item["webroot"], item["token"])
        if item["content"] is None:
            raise StoreError("there is no content", "Give the key authorization that the CA expects.")
        return {"path": path, "changed": webroot.place(item["webroot"], item["token"], item["content"], check_mode)}

    def remove(item: host.Item) -> host.Result:
        path = webroot.path_of(item["webroot"], item["token"])
        return {"path": path, "changed": webroot.remove(item["webroot"], item["token"], check_mode)}

    return host.each(options["challenges"], place if _present(options) else remove, ("webroot", "token"))


def diffs(options: Mapping[str, Any], results: Sequence[host.Result]) -> list[dict[str, str]]:
    """What changed, for diff mode."""
    words = ("no challenge file\n", "a challenge file\n")
    before, after = words if _present(options) else reversed(words)
    return [host.titled(result["path"], before, after) for result in results if result["changed"]]


def _present(options: Mapping[str, Any]) -> bool:
    return bool(options["state"] == "present")
