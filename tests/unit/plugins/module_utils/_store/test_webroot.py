# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""http-01 files below a document root that belongs to somebody else."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import stat
import time
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import webroot
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
CONTENT = f"{TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
BELOW = Path(".well-known", "acme-challenge")
DIRECTORIES = BELOW.parts


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that a link may point to, with a file that is worth something."""
    path = tmp_path / "outside"
    path.mkdir()
    (path / TOKEN).write_text("precious")
    return path


def listing(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir())


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_place_and_remove(root: Path, umask: int) -> None:
    """A file is placed where the CA looks for it, readable by all, once; it is removed once, and nothing else with it."""
    (root / "index.html").touch()
    before = os.umask(umask)
    try:
        assert webroot.place(str(root), TOKEN, CONTENT)
    finally:
        os.umask(before)
    path = root / BELOW / TOKEN
    assert webroot.path_of(str(root), TOKEN) == str(path)
    assert path.read_text() == CONTENT
    assert [stat.S_IMODE(entry.stat().st_mode) for entry in (path, path.parent, path.parents[1])] == [
        0o644,
        0o755,
        0o755,
    ]
    assert not webroot.place(str(root), TOKEN, CONTENT)
    assert listing(root) == [str(BELOW / TOKEN), "index.html"]
    assert webroot.remove(str(root), TOKEN)
    assert not webroot.remove(str(root), TOKEN)
    assert listing(root) == ["index.html"]


@pytest.mark.parametrize("before", ["", "other", CONTENT + "\n", CONTENT[:-1]])
def test_other_content(root: Path, before: str) -> None:
    """A file with other content is replaced."""
    (root / BELOW).mkdir(parents=True)
    (root / BELOW / TOKEN).write_text(before)
    assert webroot.place(str(root), TOKEN, CONTENT)
    assert (root / BELOW / TOKEN).read_text() == CONTENT


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner(root: Path) -> None:
    """Files and folders belong to the owner of the webroot, who can clear up after root."""
    os.chown(root, 12345, 23456)
    webroot.place(str(root), TOKEN, CONTENT)
    for path in root.rglob("*"):
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


def test_dry_run(root: Path) -> None:
    """A dry run says what would change and changes nothing."""
    assert webroot.place(str(root), TOKEN, CONTENT, dry_run=True)
    assert list(root.iterdir()) == []
    webroot.place(str(root), TOKEN, CONTENT)
    assert not webroot.place(str(root), TOKEN, CONTENT, dry_run=True)
    assert webroot.remove(str(root), TOKEN, dry_run=True)
    assert (root / BELOW / TOKEN).exists()


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "../x",
        "../../etc/cron.d/x",
        "a/b",
        "a\0b",
        "a\n",
        "a b",
        "a=",
        "a+b",
        "ä",
        "a" * 257,
        "x" * 1_000_000,
    ],
)
def test_tokens_of_a_hostile_ca(root: Path, token: str) -> None:
    """What is not base64url never becomes a file name, neither to write nor to remove."""
    for work in (lambda: webroot.place(str(root), token, "x"), lambda: webroot.remove(str(root), token)):
        with pytest.raises(StoreError, match="is not base64url") as caught:
            work()
        assert len(str(caught.value)) < 500
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_slashes_at_the_end(root: Path, slashes: str) -> None:
    """A webroot may end with slashes: its files have one path, which leads back to it."""
    path = webroot.path_of(f"{root}{slashes}", TOKEN)
    assert path == webroot.path_of(str(root), TOKEN)
    assert webroot.parts_of(path) == (str(root), TOKEN)


def test_longest_token(root: Path) -> None:
    """A token too long for the file system is an error, not a stack trace."""
    with pytest.raises(StoreError, match="File name too long"):
        webroot.place(str(root), "a" * 256, "x")
    assert listing(root) == []


@pytest.mark.parametrize(
    ("path", "why"),
    [("/no/such/root", "does not exist"), ("/etc/passwd", "is not a directory"), ("relative", "not an absolute path")],
)
def test_unusable_webroots(path: str, why: str) -> None:
    """A webroot that cannot be one is refused with the reason and what to do."""
    with pytest.raises(StoreError, match=why) as caught:
        webroot.place(path, TOKEN, CONTENT)
    assert "document root" in caught.value.hint


@pytest.mark.parametrize("path", ["/no/such/root", "/etc/passwd", "/a\0b"])
def test_vanished_webroot(path: str) -> None:
    """There is nothing to remove below a webroot that has gone."""
    assert not webroot.remove(path, TOKEN)


def test_webroot_is_a_link(root: Path, tmp_path: Path) -> None:
    """The webroot itself may be a link, as to the current release."""
    link = tmp_path / "current"
    link.symlink_to(root)
    assert webroot.place(str(link), TOKEN, CONTENT)
    assert (root / BELOW / TOKEN).read_text() == CONTENT


def link_well_known(root: Path, outside: Path) -> None:
    (outside / "acme-challenge").mkdir()
    (outside / TOKEN).rename(outside / "acme-challenge" / TOKEN)
    (root / ".well-known").symlink_to(outside)


def link_acme_challenge(root: Path, outside: Path) -> None:
    (root / ".well-known").mkdir()
    (root / BELOW).symlink_to(outside)


def file_for_acme_challenge(root: Path, _outside: Path) -> None:
    (root / ".well-known").mkdir()
    (root / BELOW).touch()


@pytest.mark.parametrize("trap", [link_well_known, link_acme_challenge, file_for_acme_challenge])
def test_links_in_the_way(root: Path, outside: Path, trap: Callable[[Path, Path], None]) -> None:
    """A link in place of a folder is never followed, to write or to remove: what it points to stays as it is."""
    trap(root, outside)
    before = listing(outside)
    for work in (lambda: webroot.place(str(root), TOKEN, CONTENT), lambda: webroot.remove(str(root), TOKEN)):
        with pytest.raises(StoreError, match="symbolic link or no directory"):
            work()
    assert listing(outside) == before
    assert next(path for path in outside.rglob(TOKEN)).read_text() == "precious"


@pytest.mark.parametrize("kind", ["symlink", "hardlink", "pipe"])
def test_traps_in_the_place_of_the_file(root: Path, outside: Path, kind: str) -> None:
    """What lies in the place of the file is replaced and never written through or waited for."""
    (root / BELOW).mkdir(parents=True)
    trap = root / BELOW / TOKEN
    if kind == "symlink":
        trap.symlink_to(outside / TOKEN)
    elif kind == "hardlink":
        os.link(outside / TOKEN, trap)
    else:
        os.mkfifo(trap)
    assert webroot.place(str(root), TOKEN, CONTENT)
    assert (root / BELOW / TOKEN).read_text() == CONTENT
    assert not (root / BELOW / TOKEN).is_symlink()
    assert listing(root) == [str(BELOW / TOKEN)]
    assert (outside / TOKEN).read_text() == "precious"


def test_link_to_the_right_content(root: Path, outside: Path) -> None:
    """A link to a file with the right content is replaced all the same."""
    (outside / TOKEN).write_text(CONTENT)
    (root / BELOW).mkdir(parents=True)
    (root / BELOW / TOKEN).symlink_to(outside / TOKEN)
    assert webroot.place(str(root), TOKEN, CONTENT)
    assert not (root / BELOW / TOKEN).is_symlink()


def test_removing_a_link(root: Path, outside: Path) -> None:
    """Of a link in the place of the file, only the link is removed."""
    (root / BELOW).mkdir(parents=True)
    (root / BELOW / TOKEN).symlink_to(outside / TOKEN)
    assert webroot.remove(str(root), TOKEN)
    assert (outside / TOKEN).read_text() == "precious"


def test_directory_in_the_place_of_the_file(root: Path) -> None:
    """A folder in the place of the file is an error, and no temporary file stays."""
    (root / BELOW / TOKEN).mkdir(parents=True)
    with pytest.raises(StoreError, match="Is a directory"):
        webroot.place(str(root), TOKEN, CONTENT)
    assert listing(root) == []


# Python 3.12 and later warn of forks beside threads; the child here only writes a file.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_leftover_of_a_killed_run(root: Path) -> None:
    """A temporary file of a run that was killed is removed together with the file; those of others stay."""
    (root / BELOW).mkdir(parents=True)
    child = os.fork()
    if child == 0:
        os.rename = lambda *_arguments, **_more: os._exit(0)  # type: ignore[assignment]
        webroot.place(str(root), TOKEN, CONTENT)
    os.waitpid(child, 0)
    (left,) = listing(root)
    assert left != str(BELOW / TOKEN)
    assert not webroot.remove(str(root), TOKEN[1:])
    assert webroot.remove(str(root), TOKEN)
    assert listing(root) == []


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_shared_between_hosts(root: Path) -> None:
    """Hosts that share a document root may place and remove the same file at the same time."""
    tokens = [f"{TOKEN}{number}" for number in range(100)]

    def at_once(work: Callable[[str], object]) -> None:
        children = []
        for _host in range(8):
            child = os.fork()
            if child == 0:
                try:
                    for token in tokens:
                        work(token)
                    os._exit(0)
                finally:
                    os._exit(1)
            children.append(child)
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8

    at_once(lambda token: webroot.place(str(root), token, CONTENT))
    assert {(root / BELOW / token).read_text() for token in tokens} == {CONTENT}
    assert len(listing(root)) == 100
    at_once(lambda token: webroot.remove(str(root), token))
    assert listing(root) == []


@pytest.mark.parametrize("name", DIRECTORIES)
def test_directory_swapped_for_one_of_ours(
    root: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with something in it that takes the place of the one just made keeps its mode and owner."""
    private = root / "private"
    private.mkdir(mode=0o700)
    (private / "secret").touch()
    make = os.mkdir

    def swap(path: str, *arguments: Any, dir_fd: int | None = None) -> None:
        make(path, *arguments, dir_fd=dir_fd)
        if path == name:
            os.rename(path, "away", src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
            os.rename(private, path, dst_dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", swap)
    os.chown(root, *((12345, 23456) if os.geteuid() == 0 else (-1, -1)))
    before = private.stat()
    webroot.place(str(root), TOKEN, CONTENT)
    (after,) = [path.parent.stat() for path in root.rglob("secret")]
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def play_tricks(root: Path, outside: Path) -> None:
    """What an attacker does in his own document root until he is ended: links and folders change places all the time."""
    if os.geteuid() == 0:
        os.setgid(12345)
        os.setuid(12345)
    well_known, folder, spare = root / ".well-known", root / BELOW, root / "spare"
    steps: list[Callable[[], object]] = [
        lambda: os.rename(well_known, spare),
        lambda: well_known.symlink_to(outside),
        well_known.unlink,
        lambda: well_known.symlink_to(outside.parent / "outside-by-name"),
        well_known.unlink,
        lambda: os.rename(spare, well_known),
        lambda: os.rename(folder, root / "challenges"),
        lambda: folder.symlink_to(outside),
        (folder / TOKEN).unlink,
        folder.unlink,
        lambda: os.rename(root / "challenges", folder),
        (folder / TOKEN).unlink,
        lambda: (folder / TOKEN).symlink_to(outside / "precious"),
        lambda: shutil.rmtree(spare, ignore_errors=True),
        lambda: shutil.rmtree(well_known, ignore_errors=True),
    ]
    while True:
        for step in steps:
            with contextlib.suppress(OSError):
                step()


# Python 3.12 and later warn of forks beside threads; the child here only moves files.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_race_with_an_attacker(tmp_path: Path) -> None:
    """Whoever owns the webroot can move folders and links while root works there, and nothing outside is written or removed."""
    tmp_path.chmod(0o711)
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "acme-challenge").mkdir()
    for path in (outside / "precious", outside / TOKEN, outside / "acme-challenge" / TOKEN):
        path.write_text("precious")
    os.chown(root, *((12345, 12345) if os.geteuid() == 0 else (-1, -1)))

    def world() -> list[tuple[str, int, int, str]]:
        found = [(path, path.stat()) for path in (outside, *sorted(outside.rglob("*")))]
        return [(str(path), at.st_mode, at.st_uid, path.read_text() if path.is_file() else "") for path, at in found]

    before = world()
    child = os.fork()
    if child == 0:
        try:
            play_tricks(root, outside)
        finally:
            os._exit(1)
    refused = placed = 0
    try:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            for work in (lambda: webroot.place(str(root), TOKEN, CONTENT), lambda: webroot.remove(str(root), TOKEN)):
                try:
                    placed += work()
                except StoreError:
                    refused += 1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert world() == before
    # Both happened, or nothing was shown.
    assert min(placed, refused) > 10
