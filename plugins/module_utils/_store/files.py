# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files and links as they are: what they hold, and whose they are."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Callable
from dataclasses import dataclass

from .errors import StoreError, doing

# Certificates and keys are a few kB; anything far larger is not one and is not worth the memory.
MAX_SIZE = 4 * 1024 * 1024


@dataclass(frozen=True)
class Access:
    """Permission bits and the owner of a file; -1 leaves user or group as they are."""

    mode: int
    uid: int = -1
    gid: int = -1


PRIVATE = Access(0o600)


def access(mode: int, owner: str | None = None, group: str | None = None) -> Access:
    """Access for a user and group given by name or number; raises StoreError when this host knows no such name."""
    try:
        uid = _number(owner, lambda name: pwd.getpwnam(name).pw_uid) if owner else -1
    except (KeyError, ValueError) as error:
        raise StoreError(f"there is no user {owner!r} on this host", "Create it first, or correct owner.") from error
    try:
        gid = _number(group, lambda name: grp.getgrnam(name).gr_gid) if group else -1
    except (KeyError, ValueError) as error:
        raise StoreError(f"there is no group {group!r} on this host", "Create it first, or correct group.") from error
    return Access(mode, uid, gid)


def read(path: str) -> bytes | None:
    """The bytes of a regular file, None when there is none. StoreError when it is no file, or over 4 MiB."""
    with doing(f"read {path}"):
        try:
            # A FIFO in place of the file must not stop the run: hence O_NONBLOCK, and a look at what was opened.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise StoreError(f"cannot read {path}: it is not a regular file")
            data = file.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise StoreError(f"cannot read {path}: it is larger than {MAX_SIZE} bytes")
    return data


def link_target(path: str) -> str | None:
    """Where the symbolic link at path points; None when nothing is there. StoreError when something else is."""
    with doing(f"read the link {path}"):
        try:
            return os.readlink(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            if os.path.lexists(path) and not os.path.islink(path):
                kind = "directory" if os.path.isdir(path) else "file"
                raise StoreError(
                    f"a {kind} is in the way of the link {path}", "Move it away (it is left as it is), then run again."
                ) from error
            raise


def has_access(path: str, wanted: Access) -> bool:
    """Whether a file has this owner and mode already."""
    with doing(f"look at {path}"):
        status = os.lstat(path)
    return (
        stat.S_IMODE(status.st_mode) == wanted.mode
        and wanted.uid in (-1, status.st_uid)
        and wanted.gid in (-1, status.st_gid)
    )


def _number(name: str, look_up: Callable[[str], int]) -> int:
    if not name.isdecimal():
        return look_up(name)
    number = int(name)
    # The highest 32-bit number means "leave it as it is" to the system.
    if number >= 2**32 - 1:
        raise ValueError(name)
    return number
