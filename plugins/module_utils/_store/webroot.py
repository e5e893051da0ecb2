# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""http-01 challenge files below a document root (RFC 8555 section 8.3).

The document root usually belongs to the web user, who may put symbolic links there while root writes: below it every
step is made relative to an open directory, and no link is followed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator

from .errors import StoreError, doing

DIRECTORIES = (".well-known", "acme-challenge")
_BELOW = os.path.join("/", *DIRECTORIES)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp\Z")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def path_of(webroot: str, token: str) -> str:
    """Where the file of a token lies. StoreError unless the token is base64url and the webroot an absolute path."""
    # RFC 8555 section 8.3: anything but the base64url alphabet must not become a file name.
    if not _TOKEN.match(token):
        raise StoreError(f"the token {token[:80]!r} is not base64url text", "The CA's answer is not to be trusted.")
    if not os.path.isabs(webroot):
        raise StoreError(f"the webroot {webroot!r} is not an absolute path", "Give the server's document root.")
    return os.path.join(webroot.rstrip("/") or "/", *DIRECTORIES, token)


def parts_of(path: str) -> tuple[str, str]:
    """The webroot and the token of a challenge file; StoreError when the path is none of path_of."""
    directory, token = os.path.split(path)
    webroot = directory[: -len(_BELOW)] or "/"
    if not directory.endswith(_BELOW) or path_of(webroot, token) != path:
        raise StoreError(f"{path} is not the path of a challenge file")
    return webroot, token


def place(webroot: str, token: str, content: str, dry_run: bool = False) -> bool:
    """Puts the challenge file there, readable by all, owned like the webroot; returns whether it was not so before."""
    path = path_of(webroot, token)
    with doing(f"write the challenge file {path}"), _open(webroot, make=not dry_run) as directory:
        if directory is not None and _holds(directory, token, content):
            return False
        if directory is not None and not dry_run:
            _write(directory, token, content, os.stat(webroot))
        return True


def remove(webroot: str, token: str, dry_run: bool = False) -> bool:
    """Takes the challenge file away; returns whether there was one. A webroot that has gone is fine."""
    path = path_of(webroot, token)
    if not os.path.isdir(webroot):
        return False
    with doing(f"remove the challenge file {path}"), _open(webroot, make=False) as directory:
        if directory is None:
            return False
        # The others are what killed runs may have left.
        stem = _stem(token)
        found = [
            name
            for name in os.listdir(directory)
            if name == token or (name.startswith(stem) and _TEMPORARY.match(name, len(stem)))
        ]
        for name in found if not dry_run else ():
            # Hosts may share a document root: one of them is the first.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=directory)
        return bool(found)


@contextlib.contextmanager
def _open(webroot: str, make: bool) -> Iterator[int | None]:
    """Opens the directory of the challenge files, made if wanted; gives None when it is not there."""
    with contextlib.ExitStack() as stack:
        directory: int | None = stack.enter_context(_open_webroot(webroot))
        for name in DIRECTORIES:
            directory = stack.enter_context(_open_below(directory, name, webroot, make))
        yield directory


@contextlib.contextmanager
def _open_webroot(webroot: str) -> Iterator[int]:
    # The webroot itself is the administrator's word and may be a link (to the current release, say).
    try:
        descriptor = os.open(webroot, _DIRECTORY)
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "is not a directory" if os.path.lexists(webroot) else "does not exist"
        raise StoreError(
            f"the webroot {webroot} {what}", "Give the document root that is served for this name, or make it."
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _open_below(parent: int | None, name: str, webroot: str, make: bool) -> Iterator[int | None]:
    """Opens a directory below an open one, made if wanted; gives None when it (or its parent) is not there."""
    if parent is None:
        yield None
        return
    if make:
        _make_directory(parent, name)
    try:
        descriptor = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise StoreError(
            f"{name} below the webroot {webroot} is a symbolic link or no directory",
            "Links below the webroot are not followed. Replace it by a directory, or give the webroot it points into.",
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _make_directory(parent: int, name: str) -> None:
    with _alone(parent):
        try:
            os.mkdir(name, 0o755, dir_fd=parent)
        except FileExistsError:
            return
        descriptor = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
        try:
            # What was swapped in between keeps its owner and mode, be it somebody else's or one of root's with something in it.
            if os.fstat(descriptor).st_uid == os.geteuid() and not os.listdir(descriptor):
                # Beside other threads the umask cannot be set aside.
                os.fchmod(descriptor, 0o755)
                _own(descriptor, os.fstat(parent))
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _alone(directory: int) -> Iterator[None]:
    """Keeps other hosts that share the document root out of a directory that is just being made; waits for them a second."""
    give_up = time.monotonic() + 1.0
    # The web user may hold the lock as well, and some file systems have none: then it goes without.
    with contextlib.suppress(OSError):
        while True:
            try:
                fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= give_up:
                    raise
            time.sleep(0.005)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            fcntl.flock(directory, fcntl.LOCK_UN)


def _write(directory: int, token: str, content: str, owner: os.stat_result) -> None:
    # Hosts may share a document root, and write the same file at the same time.
    temporary = f"{_stem(token)}.{secrets.token_hex(8)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o644, dir_fd=directory)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            _own(descriptor, owner)
            os.fchmod(descriptor, 0o644)
        os.rename(temporary, token, src_dir_fd=directory, dst_dir_fd=directory)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=directory)
        raise


def _own(descriptor: int, owner: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _holds(directory: int, token: str, content: str) -> bool:
    try:
        descriptor = os.open(token, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) != 0o644:
            return False
        wanted = content.encode("utf-8")
        return file.read(len(wanted) + 1) == wanted


def _stem(token: str) -> str:
    """How temporary names begin; shorter than the longest token, which may fill a whole name."""
    return f".{hashlib.sha256(token.encode('ascii')).hexdigest()[:32]}"
