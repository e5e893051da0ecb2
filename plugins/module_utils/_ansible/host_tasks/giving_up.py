# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_revoked: writes down in a store which versions of certificates were revoked, or are to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..._store import guard, layout, revoked, versions, writing
from ..._store.errors import StoreError
from ..._store.facts import rfc3339
from .. import host
from ..task import Task, TaskFailed


def given_up(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what was written down, in the order of the certificates."""
    at = datetime.now(timezone.utc) if options["state"] == "revoked" else None
    items: Sequence[host.Item] = options["certificates"]
    mended: list[str] = []
    diffs: list[dict[str, str]] = []

    def keep(item: host.Item) -> host.Result:
        place = layout.home(options["store"], item["name"])
        mended.extend(guard.home(place, check_mode))
        version = item["version"]
        if version not in layout.version_numbers(place):
            raise StoreError(
                f"there is no version {version} in {place.versions}", "Look at what there is, and run again."
            )
        directory = os.path.join(place.versions, version)
        # Only the first word on it: after that the key that is staged is one that was made because of it.
        known = revoked.load(directory)
        if known is None and version == layout.current_version(place) and not check_mode:
            # It lay where the other one lay, and a new one costs nothing.
            versions.remove_staged(place)
        changed = revoked.keep(directory, item["reason"], at, check_mode)
        if changed:
            diffs.append(_diff(item, known, revoked.Revoked(item["reason"], rfc3339(at) if at else None)))
        return {"version": version, "changed": changed}

    try:
        mended += guard.store(options["store"], check_mode)
        with writing.locked(options["store"]):
            results = host.each(items, keep)
    except StoreError as error:
        raise TaskFailed(str(error), {"certificates": []}) from None
    return host.collected("certificates", results, diffs, **host.told(mended, warn))


def _diff(item: host.Item, before: revoked.Revoked | None, after: revoked.Revoked) -> dict[str, str]:
    title = f"{item['name']}, version {item['version']}"
    return host.titled(title, f"{before}\n" if before else "", f"{after}\n")


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "certificates": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "version": {"type": "str", "required": True},
            "reason": {"type": "str"},
        },
    },
    "state": {"type": "str", "choices": ["revoked", "pending"], "default": "revoked"},
}

CERTIFICATE_REVOKED = Task(given_up, _OPTIONS)
