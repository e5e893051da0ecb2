# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things lie in the store, and the one rename that switches a certificate.

STORE/NAME/current -> versions/0003
STORE/NAME/versions/0003/{privkey.pem,certificate.pem,chain.pem,fullchain.pem,issuance.json}
STORE/NAME/staged/{privkey.pem,request.csr,fullchain.pem,issuance.json}

A version directory is filled under another name and never changed once it has its own, so whoever reads through
current sees a key and a certificate that belong together, at any instant.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from . import files
from .errors import StoreError, doing
from .names import certificate_name

PRIVATE_KEY = "privkey.pem"
CERTIFICATE = "certificate.pem"
CHAIN = "chain.pem"
FULLCHAIN = "fullchain.pem"
ISSUANCE = "issuance.json"
REQUEST = "request.csr"

# In the order in which they are cleared away: what belongs to a key never stands beside another one.
_STAGED = (FULLCHAIN, ISSUANCE, REQUEST, PRIVATE_KEY)

_VERSION = re.compile(r"[0-9]{4,}\Z")
_UNFINISHED = ".tmp"


@dataclass(frozen=True)
class Home:
    """The directory of one certificate in a store."""

    store: str
    name: str

    @property
    def directory(self) -> str:
        return os.path.join(self.store, self.name)

    @property
    def current(self) -> str:
        return os.path.join(self.directory, "current")

    @property
    def versions(self) -> str:
        return os.path.join(self.directory, "versions")

    @property
    def staged(self) -> str:
        return os.path.join(self.directory, "staged")

    @property
    def fullchain(self) -> str:
        return os.path.join(self.current, FULLCHAIN)

    def in_staged(self, file: str) -> str:
        return os.path.join(self.staged, file)


def home(store: str, name: str) -> Home:
    """The home of a certificate; StoreError when the name cannot be one, or the store is no absolute path."""
    if not os.path.isabs(store):
        raise StoreError(f"the store {store!r} is not an absolute path")
    return Home(store, certificate_name(name))


def names(store: str) -> list[str]:
    """The names of all certificates in a store, sorted; none when there is no store."""
    with doing(f"list the store {store}"):
        try:
            entries = sorted(os.listdir(store))
        except FileNotFoundError:
            return []
    return [entry for entry in entries if os.path.lexists(Home(store, entry).current)]


def current_version(place: Home) -> str | None:
    """The version that current points to, such as "0003"; None when there is no current."""
    target = files.link_target(place.current)
    if target is None:
        return None
    head, _slash, version = target.rpartition("/")
    if head != "versions" or not _VERSION.match(version):
        raise StoreError(
            f"{place.current} points to {target}, which is none of this store's versions",
            "Remove that link if the store may manage it.",
        )
    return version


def version_numbers(place: Home) -> list[str]:
    """All finished versions, oldest first."""
    with doing(f"list {place.versions}"):
        try:
            entries = os.listdir(place.versions)
        except FileNotFoundError:
            return []
    return sorted((entry for entry in entries if _VERSION.match(entry)), key=int)


def add_version(place: Home, contents: Mapping[str, tuple[bytes, files.Access]]) -> str:
    """Writes a new version with these files and returns its number; current does not know it yet."""
    files.make_directory(place.versions)
    tidy(place)
    version = f"{max(map(int, version_numbers(place)), default=0) + 1:04d}"
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
    files.sync_directory(place.versions)
    return version


def switch(place: Home, version: str | None) -> None:
    """Makes a version the current one by one rename; None takes current away (there was none before)."""
    if version is None:
        files.remove(place.current)
        files.sync_directory(place.directory)
    else:
        files.symlink(f"versions/{version}", place.current)


def remove_version(place: Home, version: str) -> None:
    """Removes a version; it must not be the current one."""
    _remove_tree(os.path.join(place.versions, version))


def stage_key(place: Home, pem: bytes) -> None:
    """Keeps a key in staged/, without anything that belonged to the one before."""
    files.make_directory(place.staged, 0o700)
    for file in _STAGED[:-1]:
        files.remove(place.in_staged(file))
    files.write(place.in_staged(PRIVATE_KEY), pem, files.PRIVATE)


def stage_issued(place: Home, contents: Mapping[str, tuple[bytes, files.Access]]) -> None:
    """Keeps what a new version will hold in staged/ as well, until it is put to use; the chain, written last, says it is all there."""
    kept = {file: contents[file][0] for file in (PRIVATE_KEY, ISSUANCE, FULLCHAIN)}
    if all(files.read(place.in_staged(file)) == data for file, data in kept.items()):
        return
    if files.read(place.in_staged(PRIVATE_KEY)) != kept[PRIVATE_KEY]:
        stage_key(place, kept[PRIVATE_KEY])
    files.remove(place.in_staged(FULLCHAIN))
    for file in (ISSUANCE, FULLCHAIN):
        files.write(place.in_staged(file), kept[file], files.PRIVATE)


def empty_staged(place: Home) -> None:
    """Leaves staged/ there, but with nothing in it: the sign of a deployment that is not finished."""
    files.make_directory(place.staged, 0o700)
    for file in _STAGED:
        files.remove(place.in_staged(file))


def remove_staged(place: Home) -> None:
    """Removes what waits for a certificate; nothing there is fine. As long as the key is there, more may be to be done."""
    for file in _STAGED:
        files.remove(place.in_staged(file))
    _remove_tree(place.staged)


def prune(place: Home, keep: int) -> None:
    """Removes all but the current version and the keep - 1 newest others."""
    current = current_version(place)
    others = [version for version in version_numbers(place) if version != current]
    for version in others[: max(0, len(others) - max(0, keep - 1))]:
        remove_version(place, version)


def tidy(place: Home) -> None:
    """Removes what a killed run has left half made."""
    files.remove_temporary(place.current)
    with doing(f"list {place.versions}"):
        leftovers = [entry for entry in os.listdir(place.versions) if entry.endswith(_UNFINISHED)]
    for entry in leftovers:
        _remove_tree(os.path.join(place.versions, entry))


def _remove_tree(path: str) -> None:
    with doing(f"remove {path}"), contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path)


def _fill(directory: str, contents: Mapping[str, tuple[bytes, files.Access]]) -> None:
    with doing(f"write {directory}"):
        os.mkdir(directory, 0o700)
        for file, (data, access) in contents.items():
            files.write_new(os.path.join(directory, file), data, access)
        # The web server may run as another user: what must stay secret is guarded by its own mode.
        os.chmod(directory, 0o755)  # noqa: S103
    files.sync_directory(directory)
