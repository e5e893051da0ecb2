# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions that are made and removed, and the switch."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import files, layout, versions
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

CONTENTS = {"privkey.pem": (b"key", files.Access(0o600)), "fullchain.pem": (b"chain", files.Access(0o644))}


def modes(directory: str) -> dict[str, int]:
    return {entry.name: stat.S_IMODE(entry.lstat().st_mode) for entry in Path(directory).iterdir()}


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_the_layout(place: layout.Home, umask: int) -> None:
    """Versions are numbered, current is a relative link to one of them, and only keys are closed to others."""
    before = os.umask(umask)
    try:
        assert versions.add_version(place, CONTENTS) == "0001"
        versions.switch(place, "0001")
        assert versions.add_version(place, CONTENTS) == "0002"
    finally:
        os.umask(before)
    assert os.readlink(place.current) == "versions/0001"
    assert layout.current_version(place) == "0001"
    versions.switch(place, "0002")
    assert layout.current_version(place) == "0002"
    assert modes(os.path.join(place.versions, "0002")) == {"privkey.pem": 0o600, "fullchain.pem": 0o644}
    for directory in (place.store, place.directory, place.versions, os.path.join(place.versions, "0001")):
        assert stat.S_IMODE(os.stat(directory).st_mode) == 0o755
    assert sorted(os.listdir(place.directory)) == ["current", "versions"]
    assert layout.names(place.store) == ["www"]


def test_leftovers_of_a_killed_run(place: layout.Home) -> None:
    """A version that was not finished is removed by the next one, and its number is taken."""
    versions.add_version(place, CONTENTS)
    leftover = Path(place.versions, "0002.tmp")
    leftover.mkdir()
    (leftover / "privkey.pem").write_text("x")
    assert versions.add_version(place, CONTENTS) == "0002"
    assert sorted(os.listdir(place.versions)) == ["0001", "0002"]


def test_failed_version(place: layout.Home) -> None:
    """A version that cannot be written leaves nothing behind."""
    with pytest.raises(StoreError):
        versions.add_version(place, {**CONTENTS, "no/such": (b"", files.PRIVATE)})
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
        versions.add_version(place, CONTENTS)
    versions.switch(place, current)
    versions.prune(place, keep)
    assert layout.version_numbers(place) == left


def test_numbers_beyond_four_digits(place: layout.Home) -> None:
    """Versions are counted as numbers, also beyond 9999."""
    Path(place.versions).mkdir(parents=True)
    Path(place.versions, "9999").mkdir()
    assert versions.add_version(place, CONTENTS) == "10000"
    assert versions.add_version(place, CONTENTS) == "10001"
    versions.switch(place, "10001")
    assert layout.current_version(place) == "10001"


def test_nothing_staged(place: layout.Home) -> None:
    """Where nothing is staged there is nothing to remove."""
    versions.remove_staged(place)
    assert not Path(place.store).exists()


@pytest.mark.parametrize("kind", ["pipe", "link", "file"])
def test_odd_leftovers(deployed: layout.Home, tmp_path: Path, kind: str) -> None:
    """What is named as something half made, but is no directory, is removed and neither waited for nor followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    odd = Path(deployed.versions, "0007.tmp")
    {"pipe": lambda: os.mkfifo(odd), "link": lambda: odd.symlink_to(elsewhere), "file": odd.touch}[kind]()
    versions.tidy(deployed)
    assert os.listdir(deployed.versions) == ["0001"]
    assert (elsewhere / "precious").exists()
