# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stores that others could change, and keys that others could read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import guard, layout
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

STRANGER = 12345
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def give(path: Path) -> None:
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


def entry(place: layout.Home, what: str) -> Path:
    """A part of the store by its name."""
    version = Path(os.path.realpath(place.current))
    parts = {"store": place.store, "home": place.directory, "versions": place.versions, "version": version}
    Path(place.staged).mkdir(mode=0o700, exist_ok=True)
    return Path({**parts, "staged": place.staged, "current": place.current}[what])


def look(place: layout.Home, dry_run: bool = False) -> list[str]:
    return guard.store(place.store, dry_run) + guard.home(place, dry_run)


def test_nothing_to_say(deployed: layout.Home) -> None:
    """A store as it is made is left alone, and so is one that is not there yet."""
    Path(deployed.staged).mkdir(mode=0o700)
    assert look(deployed) == []
    assert look(layout.home(deployed.store + "/none", "www")) == []


@pytest.mark.parametrize("what", ["store", "home", "versions", "version", "staged"])
@pytest.mark.parametrize("bits", [0o775, 0o757, 0o777, 0o722, 0o2770])
def test_writable_by_others(deployed: layout.Home, what: str, bits: int) -> None:
    """A directory that a group or everybody could write is closed to them, once, and it is said."""
    path = entry(deployed, what)
    os.chmod(path, bits)
    (foreseen,) = look(deployed, dry_run=True)
    assert mode(path) == bits
    assert "would be given" in foreseen
    (told,) = look(deployed)
    assert "could be changed by other users" in told
    assert f"(mode {bits:04o}): it was given mode {bits & ~0o022:04o}" in told
    assert mode(path) == bits & ~0o022
    assert look(deployed) == []


@pytest.mark.parametrize("what", ["store", "home"])
def test_directory_for_everybody(deployed: layout.Home, what: str) -> None:
    """One that is meant for everybody, such as /tmp, is refused and left as it is."""
    path = entry(deployed, what)
    os.chmod(path, 0o1777)
    with pytest.raises(StoreError, match="is a directory for everybody"):
        look(deployed)
    assert mode(path) == 0o1777


@root
@pytest.mark.parametrize("what", ["store", "home", "versions", "version", "staged", "current"])
def test_owned_by_someone_else(deployed: layout.Home, what: str) -> None:
    """What belongs to another user is refused, with the user, and what to do."""
    path = entry(deployed, what)
    give(path)
    with pytest.raises(StoreError, match=f"belongs to user {STRANGER}") as caught:
        look(deployed)
    assert "chown" in caught.value.hint


@root
@pytest.mark.parametrize("what", ["store", "home"])
def test_link_of_someone_else(deployed: layout.Home, tmp_path: Path, what: str) -> None:
    """A link is as good as who made it, and as what it leads to."""
    path = entry(deployed, what)
    os.rename(path, tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    assert look(deployed) == []
    give(path)
    with pytest.raises(StoreError, match=f"belongs to user {STRANGER}"):
        look(deployed)
    path.unlink()
    path.symlink_to(tmp_path / "moved")
    give(tmp_path / "moved")
    with pytest.raises(StoreError, match=f"belongs to user {STRANGER}"):
        look(deployed)


@root
@pytest.mark.parametrize("file", ["privkey.pem", "fullchain.pem", "anything"])
def test_file_of_someone_else(deployed: layout.Home, file: str) -> None:
    """What another user has put into staged/, while it was open to him, is refused and not used."""
    path = entry(deployed, "staged") / file
    path.touch(mode=0o600)
    os.chown(path, 12345, 12345)
    with pytest.raises(StoreError, match="belongs to user 12345, who could put other keys"):
        look(deployed)


@pytest.mark.parametrize("bits", [0o604, 0o640, 0o644, 0o666, 0o777, 0o601])
def test_waiting_key(deployed: layout.Home, bits: int) -> None:
    """A key that waits for its certificate is made private, once, and it is said."""
    entry(deployed, "staged")
    path = Path(deployed.in_staged("privkey.pem"))
    path.write_text("a key")
    os.chmod(path, bits)
    (told,) = look(deployed)
    assert "could be read by other users" in told
    assert mode(path) == bits & 0o700
    assert look(deployed) == []


@pytest.mark.parametrize(
    ("bits", "wanted", "said"),
    [
        (0o600, 0o600, False),
        (0o640, 0o640, False),
        (0o400, 0o600, False),
        (0o600, 0o640, False),
        (0o700, 0o600, False),
        (0o644, 0o600, True),
        (0o640, 0o600, True),
        (0o644, 0o640, True),
        (0o604, 0o640, True),
        (0o660, 0o640, True),
        (0o666, 0o644, True),
    ],
)
def test_key_in_use(tmp_path: Path, bits: int, wanted: int, said: bool) -> None:
    """That others could use a key is said exactly when its mode lets somebody read or write it who should not."""
    path = tmp_path / "privkey.pem"
    path.touch()
    path.chmod(bits)
    told = guard.exposed(str(path), wanted)
    assert bool(told) == said
    assert not said or f"mode {bits:04o} in place of {wanted:04o}" in told


@pytest.mark.parametrize("kind", ["link", "directory", "pipe"])
def test_odd_key(deployed: layout.Home, tmp_path: Path, kind: str) -> None:
    """What is no file in the place of a key is left to who reads it: nothing elsewhere changes its mode."""
    entry(deployed, "staged")
    path, elsewhere = Path(deployed.in_staged("privkey.pem")), tmp_path / "elsewhere"
    elsewhere.touch(mode=0o644)
    {"link": lambda: path.symlink_to(elsewhere), "directory": path.mkdir, "pipe": lambda: os.mkfifo(path)}[kind]()
    assert look(deployed) == []
    assert mode(elsewhere) == 0o644
