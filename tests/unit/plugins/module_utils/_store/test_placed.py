# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Challenge files that are remembered until they are removed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import layout, placed, webroot
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

TOKENS = ("LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0", "a-b_c")


@pytest.fixture
def home(tmp_path: Path) -> layout.Home:
    return layout.home(str(tmp_path / "store"), "www")


def place(home: layout.Home, root: Path, token: str) -> Path:
    path = webroot.path_of(str(root), token)
    placed.remember(home, path)
    webroot.place(str(root), token, f"{token}.thumbprint")
    return Path(path)


def test_clears_what_was_placed(home: layout.Home, root: Path) -> None:
    """All files that were remembered are removed, with what a killed run has left half written, and nothing else."""
    files = [place(home, root, token) for token in TOKENS]
    theirs = files[0].parent / "somebody-else"
    theirs.touch()
    placed.clear(home)
    assert [path.name for path in theirs.parent.iterdir()] == [theirs.name]
    assert not os.path.lexists(home.challenges)


def test_forgets_one_after_the_other(home: layout.Home, root: Path) -> None:
    """The directory goes with the last file; what nobody remembers is fine, and so is remembering twice."""
    paths = [str(place(home, root, token)) for token in (*TOKENS, TOKENS[0])]
    placed.forget(home, paths[0])
    assert len(os.listdir(home.challenges)) == 1
    placed.forget(home, paths[1])
    placed.forget(home, paths[2])
    assert not os.path.lexists(home.challenges)


@pytest.mark.parametrize("gone", ["file", "webroot", "everything"])
def test_what_has_gone_is_fine(home: layout.Home, root: Path, gone: str) -> None:
    """A file that has gone, or its webroot, is no trouble."""
    path = place(home, root, TOKENS[0])
    if gone == "file":
        path.unlink()
    elif gone == "webroot":
        root.rename(root.with_name("moved"))
    else:
        placed.forget(home, str(path))
    placed.clear(home)
    assert not os.path.lexists(home.challenges)


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "/srv/.well-known/acme-challenge/../x", ".well-known/acme-challenge/a"]
)
def test_removes_challenge_files_only(home: layout.Home, root: Path, target: str) -> None:
    """What tells of another file than a challenge file, or has another name than it must have, is not followed."""
    place(home, root, TOKENS[0])
    stranger = Path(home.challenges, "stranger")
    stranger.symlink_to(target)
    with pytest.raises(StoreError, match="Move it away"):
        placed.clear(home)
    assert stranger.is_symlink()


@pytest.mark.parametrize(("age", "forgotten"), [(0, False), (3500, False), (3700, True)])
def test_forgotten(home: layout.Home, root: Path, age: int, forgotten: bool) -> None:
    """After an hour the run that placed them is not waited for any more."""
    assert not placed.forgotten(home)
    place(home, root, TOKENS[0])
    then = time.time() - age
    os.utime(home.challenges, (then, then))
    assert placed.forgotten(home) is forgotten


@pytest.mark.parametrize("path", ["/srv/a", "/srv/.well-known/acme-challenge/a.b", "srv/.well-known/acme-challenge/a"])
def test_parts_of(path: str) -> None:
    """Only the path of a challenge file has a webroot and a token."""
    for given in ("/srv", "/"):
        assert webroot.parts_of(webroot.path_of(given, "a")) == (given, "a")
    with pytest.raises(StoreError):
        webroot.parts_of(path)
