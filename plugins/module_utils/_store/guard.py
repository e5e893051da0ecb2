# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nobody but its owner may change a store: whoever can could put a key of his own in place, or have files written elsewhere.

Nor a state directory: whoever can decides what is asked for.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

from . import layout
from .errors import StoreError, doing

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def store(path: str, dry_run: bool = False) -> list[str]:
    """What was mended of the directory of a store, in words; nothing of one that is not there yet.

    StoreError when it belongs to a user who is neither root nor the one who asks, or is one in which everybody writes.
    """
    with doing(f"look at {path}"):
        return list(_writable(path, dry_run))


def home(place: layout.Home, dry_run: bool = False) -> list[str]:
    """The same of what one certificate has in it, where a key that waits must be private as well."""
    told: list[str] = []
    with doing(f"look at {place.directory}"):
        for path in (place.directory, place.versions, place.current, place.staged):
            told += _writable(path, dry_run)
        _check_files(place.staged)
        told += _readable(place.in_staged(layout.PRIVATE_KEY), dry_run)
    return told


def state(path: str, dry_run: bool = False) -> list[str]:
    """The same as of a store, of a directory for what one run wants the next one to know."""
    with doing(f"look at {path}"):
        return list(_writable(path, dry_run, "records"))


def exposed(path: str, wanted: int) -> str:
    """What is to be said of a private key whose mode lets others read it who should not; empty when there is nothing."""
    with doing(f"look at {path}"):
        mode = stat.S_IMODE(os.lstat(path).st_mode)
    if not mode & ~wanted & _OTHERS:
        return ""
    return (
        f"{path} had mode {mode:04o} in place of {wanted:04o}: others could use this private key. "
        "If somebody may have read it, have the certificate issued anew (force) and the one before revoked."
    )


def _writable(path: str, dry_run: bool, what: str = "keys and certificates") -> Iterator[str]:
    try:
        status = os.lstat(path)
        _check_owner(path, status, what)
        if stat.S_ISLNK(status.st_mode):
            status = os.stat(path)
            _check_owner(path, status, what)
    except (FileNotFoundError, NotADirectoryError):
        return
    mode = stat.S_IMODE(status.st_mode)
    if not mode & _OTHERS_WRITE:
        return
    if mode & stat.S_ISVTX:
        raise StoreError(f"{path} is a directory for everybody (mode {mode:04o})", "Choose one that is for this alone.")
    if mode & stat.S_IWOTH or os.geteuid() in (0, status.st_uid):
        yield _changed(path, mode, mode & ~_OTHERS_WRITE, "could be changed by other users", dry_run)
    # What root leaves to a group is its decision, where the task is run as one of them.


def _check_files(directory: str) -> None:
    # Closed now, it may have been open before, and what waits in it would be used.
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(directory) as entries:
        for entry in entries:
            _check_owner(entry.path, entry.stat(follow_symlinks=False))


def _check_owner(path: str, status: os.stat_result, what: str = "keys and certificates") -> None:
    if status.st_uid not in (0, os.geteuid()):
        raise StoreError(
            f"{path} belongs to user {status.st_uid}, who could put other {what} there",
            "Look at what is in it, then give it to the user of the task (chown), or choose another one.",
        )


def _readable(path: str, dry_run: bool) -> Iterator[str]:
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISREG(status.st_mode) and mode & _OTHERS:
        told = _changed(path, mode, mode & ~_OTHERS, "could be read by other users", dry_run)
        yield f"{told} If somebody may have read it, remove it: another key is made then."


def _changed(path: str, before: int, after: int, why: str, dry_run: bool) -> str:
    if not dry_run:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            os.fchmod(descriptor, after)
        except PermissionError as error:
            hint = f"Close it to them (mode {after:04o}), or choose another one."
            raise StoreError(f"{path} {why} (mode {before:04o}), and it belongs to another user", hint) from error
        finally:
            os.close(descriptor)
    return f"{path} {why} (mode {before:04o}): it {'would be' if dry_run else 'was'} given mode {after:04o}."
