# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directories of a certificate, and the switch."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import files, layout
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

CONTENTS = {"privkey.pem": (b"key", files.Access(0o600)), "fullchain.pem": (b"chain", files.Access(0o644))}


def modes(directory: str) -> dict[str, int]:
    return {entry.name: stat.S_IMODE(entry.lstat().st_mode) for entry in Path(directory).iterdir()}


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_the_layout(place: layout.Home, umask: int) -> None:
    """Versions are numbered, current is a relative link to one of them, and only keys are closed to others."""
    before = os.umask(umask)
    try:
        assert layout.add_version(place, CONTENTS) == "0001"
        layout.switch(place, "0001")
        assert layout.add_version(place, CONTENTS) == "0002"
    finally:
        os.umask(before)
    assert os.readlink(place.current) == "versions/0001"
    assert layout.current_version(place) == "0001"
    layout.switch(place, "0002")
    assert layout.current_version(place) == "0002"
    assert modes(os.path.join(place.versions, "0002")) == {"privkey.pem": 0o600, "fullchain.pem": 0o644}
    for directory in (place.store, place.directory, place.versions, os.path.join(place.versions, "0001")):
        assert stat.S_IMODE(os.stat(directory).st_mode) == 0o755
    assert sorted(os.listdir(place.directory)) == ["current", "versions"]
    assert layout.names(place.store) == ["www"]


def test_nothing_there(place: layout.Home) -> None:
    """A store that is not there holds nothing."""
    assert layout.names(place.store) == []
    assert layout.current_version(place) is None
    assert layout.version_numbers(place) == []
    layout.remove_staged(place)


def test_leftovers_of_a_killed_run(place: layout.Home) -> None:
    """A version that was not finished is removed by the next one, and its number is taken."""
    layout.add_version(place, CONTENTS)
    leftover = Path(place.versions, "0002.tmp")
    leftover.mkdir()
    (leftover / "privkey.pem").write_text("x")
    assert layout.add_version(place, CONTENTS) == "0002"
    assert sorted(os.listdir(place.versions)) == ["0001", "0002"]


def test_failed_version(place: layout.Home) -> None:
    """A version that cannot be written leaves nothing behind."""
    with pytest.raises(StoreError):
        layout.add_version(place, {**CONTENTS, "no/such": (b"", files.PRIVATE)})
    assert os.listdir(place.versions) == []


@pytest.mark.parametrize(
    ("current", "keep", "left"),
    [
        ("0005", 3, ["0003", "0004", "0005"]),
        ("0005", 1, ["0005"]),
        ("0005", 9, ["0001", "0002", "0003", "0004", "0005"]),
        ("0002", 2, ["0002", "0005"]),
        ("0002", 0, ["0002"]),
    ],
)
def test_prune(place: layout.Home, current: str, keep: int, left: list[str]) -> None:
    """The newest versions stay, and the current one whatever its number is."""
    for _number in range(5):
        layout.add_version(place, CONTENTS)
    layout.switch(place, current)
    layout.prune(place, keep)
    assert layout.version_numbers(place) == left


def test_numbers_beyond_four_digits(place: layout.Home) -> None:
    """Versions are counted as numbers, also beyond 9999."""
    Path(place.versions).mkdir(parents=True)
    Path(place.versions, "9999").mkdir()
    assert layout.add_version(place, CONTENTS) == "10000"
    assert layout.add_version(place, CONTENTS) == "10001"
    layout.switch(place, "10001")
    assert layout.current_version(place) == "10001"


@pytest.mark.parametrize("target", ["/etc", "versions/../..", "versions/abc", "versions", "0001", "x/0001"])
def test_foreign_current(place: layout.Home, target: str) -> None:
    """A current that the store did not make is reported, not used and not replaced."""
    Path(place.directory).mkdir(parents=True)
    os.symlink(target, place.current)
    with pytest.raises(StoreError, match="none of this store's versions"):
        layout.current_version(place)


def test_directory_as_current(place: layout.Home) -> None:
    """A directory in the place of current is reported."""
    Path(place.current).mkdir(parents=True)
    with pytest.raises(StoreError, match="directory is in the way"):
        layout.current_version(place)


@pytest.mark.parametrize(("store", "name"), [("relative", "www"), ("/etc/webpki", "../x"), ("/etc/webpki", "")])
def test_refused_homes(store: str, name: str) -> None:
    """A home is only made of an absolute store and a proper name."""
    with pytest.raises(StoreError):
        layout.home(store, name)
