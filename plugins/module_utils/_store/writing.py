# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files and links that appear whole or not at all, with their final owner and mode from the first instant."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator

from .errors import StoreError, doing
from .files import PRIVATE, Access


def write_new(path: str, data: bytes, wanted: Access, lasting: bool = True) -> None:
    """Writes a file that must not exist yet, and syncs it. Meant for a temporary name or a directory nobody uses yet.

    Without lasting it is not waited for the disk: the file may be empty after a loss of power.
    """
    with doing(f"write {path}"):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if (wanted.uid, wanted.gid) != (-1, -1):
                    os.fchown(descriptor, wanted.uid, wanted.gid)
                os.fchmod(descriptor, wanted.mode)
                if lasting:
                    os.fsync(descriptor)
        except OSError:
            os.unlink(path)
            raise


def write(path: str, data: bytes, wanted: Access, lasting: bool = True) -> None:
    """Puts data at path by one rename, over whatever file was there. Without lasting it is not waited for the disk."""
    temporary = _beside(path)
    remove(temporary)
    write_new(temporary, data, wanted, lasting)
    try:
        with doing(f"write {path}"):
            os.replace(temporary, path)
    except StoreError:
        remove(temporary)
        raise
    if lasting:
        sync_directory(os.path.dirname(path))


def create_exclusive(path: str, data: bytes, wanted: Access = PRIVATE) -> bool:
    """Puts a new file at path, whole or not at all; returns False, and leaves it alone, when there is one already.

    Safe with any number of processes at once: exactly one of them gets True, and all then see that one's data.
    The directory must exist.
    """
    if os.path.lexists(path):
        return False
    temporary = f"{_beside(path)}.{os.getpid()}.{secrets.token_hex(4)}"
    write_new(temporary, data, wanted)
    try:
        with doing(f"write {path}"):
            # Unlike rename, link never replaces what is there.
            os.link(temporary, path)
    except StoreError as error:
        if isinstance(error.__cause__, FileExistsError):
            return False
        raise
    finally:
        remove(temporary)
    sync_directory(os.path.dirname(path))
    return True


def symlink(target: str, path: str) -> None:
    """Makes path a symbolic link to target by one rename; at path must be a link or nothing (see link_target)."""
    temporary = _beside(path)
    remove(temporary)
    try:
        with doing(f"link {path}"):
            os.symlink(target, temporary)
            os.replace(temporary, path)
    except StoreError:
        remove(temporary)
        raise
    sync_directory(os.path.dirname(path))


def remove_abandoned(path: str) -> None:
    """Removes what a create_exclusive of this path has left that was killed. Nobody else may be at it."""
    directory, start = os.path.dirname(path), f"{os.path.basename(_beside(path))}."
    with doing(f"list {directory}"):
        left = [entry for entry in os.listdir(directory or ".") if entry.startswith(start)]
    for entry in left:
        remove(os.path.join(directory, entry))


def replace(source: str, path: str) -> None:
    """Puts a file that is written and synced in the place of another one in its directory, by one rename."""
    with doing(f"replace {path} by {source}"):
        os.replace(source, path)
    sync_directory(os.path.dirname(path))


def remove(path: str) -> bool:
    """Removes a file or link; returns whether there was one."""
    with doing(f"remove {path}"):
        try:
            os.unlink(path)
        except FileNotFoundError:
            return False
    return True


def remove_temporary(path: str) -> None:
    """Removes what a write or symlink to this path has left that was killed before its rename."""
    remove(_beside(path))


def make_directory(path: str, mode: int = 0o755) -> None:
    """Makes a directory, and those above it, with this mode whatever the umask is. One that exists is left as it is."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    if parent and parent != path:
        make_directory(parent)
    with doing(f"make the directory {path}"):
        try:
            os.mkdir(path, mode)
            # Beside other threads the umask cannot be set aside.
            os.chmod(path, mode)
        except FileExistsError:
            if os.path.isdir(path):
                return
            raise
    sync_directory(parent)


def set_access(path: str, wanted: Access) -> None:
    """Gives an existing file this owner and mode. A link in its place is an error, not followed."""
    with doing(f"change owner and mode of {path}"):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if (wanted.uid, wanted.gid) != (-1, -1):
                os.fchown(descriptor, wanted.uid, wanted.gid)
            os.fchmod(descriptor, wanted.mode)
        finally:
            os.close(descriptor)


def sync_directory(path: str) -> None:
    """Makes renames and removals in a directory durable."""
    with doing(f"write the directory {path or '.'}"):
        descriptor = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def locked(directory: str, patience: float = 60.0) -> Iterator[None]:
    """Holds the lock of a directory during the block; waits up to patience seconds for another holder, then StoreError.

    The kernel drops it when the process ends, however it ends.
    """
    with doing(f"lock {directory}"):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        give_up = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= give_up:
                    raise StoreError(
                        f"another run is at work in {directory} (waited {patience:.0f} s)", "Run again when it is done."
                    ) from error
            time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


def _beside(path: str) -> str:
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.tmp")
