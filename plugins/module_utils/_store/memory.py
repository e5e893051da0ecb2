# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one run wants the next one to know, in a state directory on the machine that talks to the CA: one JSON object a subject.

Nothing there may be needed: the directory may be a new one in each run, as in a container.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from . import files, guard, writing
from .errors import StoreError, doing

Memory = dict[str, Any]

_ENDING = ".json"


def load(directory: str, subject: str) -> Memory:
    """What is known of a subject; empty when nothing is, when it cannot be understood, or others may have written it.

    StoreError when it cannot be read, or the directory is somebody else's or everybody's.
    """
    path = _path(directory, subject)
    if guard.state(directory, dry_run=True) or _is_of_others(path):
        return {}
    try:
        known = json.loads(files.read(path) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def close(directory: str) -> list[str]:
    """Closes the directory where others could write in it, and forgets what it holds; what was mended, in words.

    StoreError as of `load`.
    """
    mended = guard.state(directory)
    if mended:
        with doing(f"list {directory}"):
            kept = [entry for entry in os.listdir(directory) if entry.endswith(_ENDING)]
        for entry in kept:
            writing.remove(os.path.join(directory, entry))
    return mended


def update(directory: str, subject: str, change: Callable[[Memory], Mapping[str, Any]]) -> Memory:
    """Replaces what is known of a subject by what change makes of it, and returns that; other runs wait meanwhile.

    The directory is made, for its owner only, when it does not exist.
    """
    path = _path(directory, subject)
    writing.make_directory(directory, 0o700)
    with writing.locked(directory):
        changed = dict(change(load(directory, subject)))
        writing.write(path, json.dumps(changed, sort_keys=True).encode("ascii") + b"\n", files.PRIVATE)
    return changed


def _path(directory: str, subject: str) -> str:
    if not os.path.isabs(directory):
        raise StoreError(f"the state directory {directory!r} is not an absolute path")
    return os.path.join(directory, subject + _ENDING)


def _is_of_others(path: str) -> bool:
    with doing(f"look at {path}"):
        return os.path.lexists(path) and os.lstat(path).st_uid not in (0, os.geteuid())
