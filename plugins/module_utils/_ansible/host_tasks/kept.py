# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_version_info: the versions of certificates that a store keeps, by name or by serial number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from ..._store import installed, layout, libraries
from ..._store.errors import StoreError
from .. import host, serials
from ..task import Task, TaskFailed


def kept(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the versions that were asked for: by the names of their certificates, oldest first."""
    try:
        return {"versions": list(_versions(options, datetime.now(timezone.utc))), "changed": False}
    except (StoreError, ValueError) as error:
        raise TaskFailed(str(error), {"versions": []}) from None


def _versions(options: Mapping[str, Any], now: datetime) -> Iterator[host.Result]:
    store, names = options["store"], options["names"]
    numbers = {serials.normalised(number) for number in options["serial_numbers"] or []}
    everything = names is None and options["serial_numbers"] is None
    for name in layout.names(store):
        place = layout.home(store, name)
        current = layout.current_version(place)
        named = everything or name in (names or [])
        for found in installed.load_all(place) if named or numbers else []:
            # One that cannot be read has no number that could be known.
            if named or (found.facts and serials.normalised(found.facts.serial_number) in numbers):
                yield {"name": name, "current": found.version == current, **_told(found, now)}


def _told(found: installed.Installed, now: datetime) -> host.Result:
    marked = found.marked
    return {
        "version": found.version,
        "fullchain": found.fullchain,
        "private_key_path": os.path.join(found.directory, layout.PRIVATE_KEY) if found.key else None,
        "ca": found.issuance.get("ca"),
        "revoked": marked and {"reason": marked.reason, "at": marked.at},
        "facts": found.facts and found.facts.to_dict(now),
        "msg": str(found.problem) if found.problem else "",
    }


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "names": {"type": "list", "elements": "str"},
    "serial_numbers": {"type": "list", "elements": "str"},
}

CERTIFICATE_VERSION_INFO = Task(kept, _OPTIONS, missing=libraries.MISSING)
