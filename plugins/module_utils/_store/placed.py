# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which challenge files were placed for a certificate, remembered until they are removed: the run may be killed in between.

STORE/NAME/challenges/ holds a symbolic link to each, which is there from before the file until after it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time

from . import webroot, writing
from .errors import StoreError, doing
from .layout import Home

# Seconds after which no run that placed them is still at work.
_FORGOTTEN = 3600

_ATTEMPTS = 3


def remember(place: Home, path: str) -> None:
    """To be called before the challenge file at path is placed."""
    writing.make_directory(place.directory)
    with doing(f"remember the challenge file {path} in {place.challenges}"):
        for attempt in range(_ATTEMPTS):
            with contextlib.suppress(FileExistsError):
                os.mkdir(place.challenges, 0o700)
            try:
                os.symlink(path, _note(place, path))
            except FileExistsError:
                return
            except FileNotFoundError:
                # Another run may have removed the last one just now, and the directory with it.
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return


def forget(place: Home, path: str) -> None:
    """To be called after the challenge file at path was removed; one that nobody remembers is fine."""
    with doing(f"remove what remembers the challenge file {path} from {place.challenges}"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_note(place, path))
        # There may be more in it.
        with contextlib.suppress(OSError):
            os.rmdir(place.challenges)


def clear(place: Home) -> None:
    """Removes all challenge files that were placed for a certificate, by whichever run."""
    with doing(f"list {place.challenges}"):
        try:
            notes = sorted(os.listdir(place.challenges))
        except FileNotFoundError:
            return
    for note in notes:
        with doing(f"read {os.path.join(place.challenges, note)}"):
            path = os.readlink(os.path.join(place.challenges, note))
        if note != os.path.basename(_note(place, path)):
            raise StoreError(
                f"{note} in {place.challenges} tells of no challenge file", "Move it away, then run again."
            )
        webroot.remove(*webroot.parts_of(path))
        forget(place, path)


def forgotten(place: Home) -> bool:
    """Whether there are some whose run cannot be at work any more."""
    try:
        return time.time() - os.lstat(place.challenges).st_mtime > _FORGOTTEN
    except OSError:
        return False


def _note(place: Home, path: str) -> str:
    return os.path.join(place.challenges, hashlib.sha256(os.fsencode(path)).hexdigest()[:32])
