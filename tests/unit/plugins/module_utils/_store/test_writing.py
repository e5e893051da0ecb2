# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that appear whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import files, writing
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

AS_ROOT = os.geteuid() == 0


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_write(tmp_path: Path, umask: int, mode: int) -> None:
    """A file gets its content and its mode whatever the umask is, over a file that was there, and nothing else is left."""
    path = tmp_path / "file"
    path.write_text("before")
    before = os.umask(umask)
    try:
        writing.write(str(path), b"after", files.Access(mode))
    finally:
        os.umask(before)
    assert path.read_bytes() == b"after"
    assert mode_of(path) == mode
    assert list(tmp_path.iterdir()) == [path]


def test_write_replaces_a_link(tmp_path: Path) -> None:
    """A link in the place of a file is replaced, and what it points to is left alone."""
    target, path = tmp_path / "target", tmp_path / "file"
    target.write_text("precious")
    path.symlink_to(target)
    (tmp_path / ".file.tmp").symlink_to(target)
    writing.write(str(path), b"after", files.PRIVATE)
    assert target.read_text() == "precious"
    assert not path.is_symlink()
    assert sorted(tmp_path.iterdir()) == [path, target]


def test_failed_write(tmp_path: Path) -> None:
    """A write or a link that cannot be put in its place leaves what was there, and nothing else."""
    path = tmp_path / "directory"
    path.mkdir()
    with pytest.raises(StoreError, match="cannot write"):
        writing.write(str(path), b"x", files.PRIVATE)
    with pytest.raises(StoreError, match="cannot link"):
        writing.symlink("x", str(path))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not AS_ROOT, reason="only root gives files away")
def test_owner(tmp_path: Path) -> None:
    """A file gets its owner and group together with its content."""
    path = tmp_path / "file"
    writing.write(str(path), b"x", files.access(0o640, "65534", "12345"))
    status = path.stat()
    assert (status.st_uid, status.st_gid, mode_of(path)) == (65534, 12345, 0o640)


@pytest.mark.parametrize("path", ["/a\0b", "/a\udc80b/c"])
def test_impossible_paths(path: str) -> None:
    """A path that cannot exist is an error of the store, not a stack trace."""
    with pytest.raises(StoreError, match="cannot"):
        writing.write_new(path, b"", files.PRIVATE)


def test_links(tmp_path: Path) -> None:
    """A link is made, replaced and read; in the place of a file or directory none is made."""
    link = str(tmp_path / "link")
    assert files.link_target(link) is None
    writing.symlink("a", link)
    writing.symlink("b", link)
    assert files.link_target(link) == "b"
    (tmp_path / "file").write_text("precious")
    for real, kind in (("file", "file"), (".", "directory")):
        with pytest.raises(StoreError, match=f"a {kind} is in the way"):
            files.link_target(str(tmp_path / real))
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_directories(tmp_path: Path, umask: int) -> None:
    """Directories are made with those above them and their mode at once; one that exists keeps its mode."""
    (tmp_path / "a").mkdir(mode=0o700)
    before = os.umask(umask)
    try:
        writing.make_directory(str(tmp_path / "a/b/c"), 0o700)
        writing.make_directory(str(tmp_path / "a/b/c"), 0o755)
    finally:
        os.umask(before)
    assert [mode_of(tmp_path / path) for path in ("a", "a/b", "a/b/c")] == [0o700, 0o755, 0o700]
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot make the directory"):
        writing.make_directory(str(tmp_path / "file/x"))


def test_access(tmp_path: Path) -> None:
    """Owner and mode of a file are compared and mended; a link in its place is not followed."""
    path, link = tmp_path / "file", tmp_path / "link"
    path.touch(mode=0o644)
    wanted = files.Access(0o600)
    assert not files.has_access(str(path), wanted)
    writing.set_access(str(path), wanted)
    assert files.has_access(str(path), wanted)
    link.symlink_to(path)
    with pytest.raises(StoreError, match="cannot change"):
        writing.set_access(str(link), files.Access(0o666))
    assert mode_of(path) == 0o600


def _hold(directory: str, ready: object) -> None:
    with writing.locked(directory):
        ready.set()  # type: ignore[attr-defined]
        time.sleep(60)


def test_lock(tmp_path: Path) -> None:
    """A second run waits for the first and then says so; a run that was killed holds no lock."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(str(tmp_path), ready))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(StoreError, match="another run is at work"), writing.locked(str(tmp_path), patience=0.3):
        pass
    holder.kill()
    holder.join()
    with writing.locked(str(tmp_path), patience=5):
        pass


def test_replace(tmp_path: Path) -> None:
    """A file takes the place of another one as it is; where it cannot, both stay."""
    new, old = tmp_path / "key.new", tmp_path / "key"
    new.write_text("new")
    new.chmod(0o600)
    old.write_text("old")
    writing.replace(str(new), str(old))
    assert (old.read_text(), new.exists(), stat.S_IMODE(old.stat().st_mode)) == ("new", False, 0o600)
    with pytest.raises(StoreError, match="replace"):
        writing.replace(str(new), str(old))
    assert old.read_text() == "new"


def test_abandoned(tmp_path: Path) -> None:
    """What a creation that was killed left beside its file is removed, and nothing else."""
    kept = [tmp_path / name for name in ("key", ".key.tmp", ".keys.tmp.1.ab", "key.tmp.1.ab")]
    for path in [*kept, tmp_path / ".key.tmp.123.abcd"]:
        path.write_text("")
    writing.remove_abandoned(str(tmp_path / "key"))
    assert sorted(tmp_path.iterdir()) == sorted(kept)
