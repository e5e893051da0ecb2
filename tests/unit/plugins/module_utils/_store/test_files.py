# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import files
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError, doing


def test_names_of_users() -> None:
    """Users and groups are given by name or number; one that the host does not know is refused."""
    assert files.access(0o600, "root", "root") == files.Access(0o600, 0, 0)
    assert files.access(0o600, "123", "456") == files.Access(0o600, 123, 456)
    assert files.access(0o600) == files.Access(0o600, -1, -1)
    for unknown in ("no-such-one", str(2**32), str(2**32 - 1), "²", "a\0"):
        with pytest.raises(StoreError, match="there is no user"):
            files.access(0o600, unknown)
        with pytest.raises(StoreError, match="there is no group"):
            files.access(0o600, None, unknown)


def test_read(tmp_path: Path) -> None:
    """A file is read, one that is not there is None, and a link is followed."""
    path = tmp_path / "file"
    assert files.read(str(path)) is None
    path.write_bytes(b"x")
    (tmp_path / "link").symlink_to(path)
    assert files.read(str(tmp_path / "link")) == b"x"


def test_read_strange_files(tmp_path: Path) -> None:
    """A directory, a pipe or a huge file in place of a file is refused, without waiting for it."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(files.MAX_SIZE + 1)
    for name, why in ((".", "not a regular file|directory"), ("pipe", "not a regular file"), ("huge", "larger than")):
        with pytest.raises(StoreError, match=why):
            files.read(str(tmp_path / name))


def test_errors_advise() -> None:
    """An error of the operating system says what was being done and what to do about it."""
    with pytest.raises(StoreError) as caught, doing("write /x"):
        raise PermissionError(13, "Permission denied")
    assert str(caught.value).startswith("cannot write /x: Permission denied. Run the task as")
