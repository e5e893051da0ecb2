# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making and removing versions, what is staged to become one, and the one rename that switches a certificate.

A version directory is filled under another name and never changed once it has its own, so whoever reads through
current sees a key and a certificate that belong together, at any instant.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Mapping

from . import files, layout, revoked, writing
from .errors import StoreError, doing

# In the order in which they are cleared away: what belongs to a key never stands beside another one.
_STAGED = (layout.FULLCHAIN, layout.ISSUANCE, layout.ORDER, layout.FORCED, layout.REQUEST, layout.PRIVATE_KEY)

_UNFINISHED = ".tmp"


def add_version(place: layout.Home, contents: Mapping[str, tuple[bytes, files.Access]]) -> str:
    """Writes a new version with these files and returns its number; current does not know it yet."""
    writing.make_directory(place.versions)
    tidy(place)
    version = f"{max(map(int, layout.version_numbers(place)), default=0) + 1:04d}"
    final = os.path.join(place.versions, version)
    unfinished = final + _UNFINISHED
    try:
        _fill(unfinished, contents)
        with doing(f"write {final}"):
            os.rename(unfinished, final)
    except StoreError:
        # A full disk should not stay fuller than it was.
        _remove_tree(unfinished)
        raise
    writing.sync_directory(place.versions)
    return version


def switch(place: layout.Home, version: str | None) -> None:
    """Makes a version the current one by one rename; None takes current away (there was none before)."""
    if version is None:
        writing.remove(place.current)
        writing.sync_directory(place.directory)
    else:
        writing.symlink(f"versions/{version}", place.current)


def remove_version(place: layout.Home, version: str) -> None:
    """Removes a version; it must not be the current one."""
    _remove_tree(os.path.join(place.versions, version))


def stage_key(place: layout.Home, pem: bytes) -> None:
    """Keeps a key in staged/, without anything that belonged to the one before, but still with a sign of an unfinished deployment."""
    if layout.is_unfinished(place):
        writing.write(place.in_staged(layout.UNFINISHED), b"", files.PRIVATE)
    writing.make_directory(place.staged, 0o700)
    for file in _STAGED[:-1]:
        writing.remove(place.in_staged(file))
    writing.write(place.in_staged(layout.PRIVATE_KEY), pem, files.PRIVATE)


def stage_issued(place: layout.Home, contents: Mapping[str, tuple[bytes, files.Access]]) -> None:
    """Keeps what a new version will hold in staged/ as well, until it is put to use; the chain, written last, says it is all there."""
    kept = {file: contents[file][0] for file in (layout.PRIVATE_KEY, layout.ISSUANCE, layout.FULLCHAIN)}
    if all(files.read(place.in_staged(file)) == data for file, data in kept.items()):
        return
    if files.read(place.in_staged(layout.PRIVATE_KEY)) != kept[layout.PRIVATE_KEY]:
        stage_key(place, kept[layout.PRIVATE_KEY])
    writing.remove(place.in_staged(layout.FULLCHAIN))
    for file in (layout.ISSUANCE, layout.FULLCHAIN):
        writing.write(place.in_staged(file), kept[file], files.PRIVATE)


def empty_staged(place: layout.Home) -> None:
    """Leaves staged/ there, but with nothing in it: the sign of a deployment that is not finished."""
    writing.make_directory(place.staged, 0o700)
    for file in _STAGED:
        writing.remove(place.in_staged(file))


def remove_staged(place: layout.Home) -> None:
    """Removes what waits for a certificate; nothing there is fine. As long as the key is there, more may be to be done."""
    for file in _STAGED:
        writing.remove(place.in_staged(file))
    _remove_tree(place.staged)


def prune(place: layout.Home, keep: int) -> None:
    """Removes all but the current version, the keep - 1 newest others, and what is still to be revoked."""
    current = layout.current_version(place)
    awaited = revoked.is_awaited
    others = [
        version
        for version in layout.version_numbers(place)
        if version != current and not awaited(os.path.join(place.versions, version))
    ]
    for version in others[: max(0, len(others) - max(0, keep - 1))]:
        remove_version(place, version)


def tidy(place: layout.Home) -> None:
    """Removes what a killed run has left half made."""
    writing.remove_temporary(place.current)
    with doing(f"list {place.versions}"):
        leftovers = [entry for entry in os.listdir(place.versions) if entry.endswith(_UNFINISHED)]
    for entry in leftovers:
        _remove_tree(os.path.join(place.versions, entry))


def _remove_tree(path: str) -> None:
    with doing(f"remove {path}"), contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path)
        else:
            # A pipe would be waited for.
            os.unlink(path)


def _fill(directory: str, contents: Mapping[str, tuple[bytes, files.Access]]) -> None:
    with doing(f"write {directory}"):
        os.mkdir(directory, 0o700)
        for file, (data, access) in contents.items():
            writing.write_new(os.path.join(directory, file), data, access)
        # The web server may run as another user: what must stay secret is guarded by its own mode.
        os.chmod(directory, 0o755)  # noqa: S103
    writing.sync_directory(directory)
