# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run tells the next one: kept for its owner only, never lost between two runs at once, and never needed."""

from __future__ import annotations

import os
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import memory
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError


def test_remembered(tmp_path: Path) -> None:
    """What was made of what was known is known from then on, of that subject only."""
    state = tmp_path / "state"
    assert memory.load(str(state), "orders") == {}
    assert not state.exists()
    assert memory.update(str(state), "orders", lambda known: {**known, "a": 1}) == {"a": 1}
    assert memory.update(str(state), "orders", lambda known: {**known, "b": 2}) == {"a": 1, "b": 2}
    assert memory.load(str(state), "orders") == {"a": 1, "b": 2}
    assert memory.load(str(state), "failures") == {}
    assert [stat.S_IMODE(path.stat().st_mode) for path in (state, state / "orders.json")] == [0o700, 0o600]


@pytest.mark.parametrize("content", [b"", b"garbage\0\xff", b"[1]", b'{"a": ' * 100_000])
def test_garbled(tmp_path: Path, content: bytes) -> None:
    """What cannot be understood is as good as nothing, and is replaced."""
    (tmp_path / "orders.json").write_bytes(content)
    assert memory.load(str(tmp_path), "orders") == {}
    assert memory.update(str(tmp_path), "orders", lambda known: {"a": 1}) == {"a": 1}


def test_two_at_once(tmp_path: Path) -> None:
    """Each of several runs at once builds on what the others wrote."""

    def count(_number: int) -> None:
        memory.update(str(tmp_path), "orders", lambda known: {"count": known.get("count", 0) + 1})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(12)))
    assert memory.load(str(tmp_path), "orders") == {"count": 12}


@pytest.mark.parametrize("bits", [0o770, 0o707, 0o777])
def test_open_to_others(tmp_path: Path, bits: int) -> None:
    """A directory in which others could write is closed to them, once, and that is said."""
    tmp_path.chmod(bits)
    assert memory.load(str(tmp_path), "orders") == {}
    (told,) = memory.close(str(tmp_path))
    assert f"could be changed by other users (mode {bits:04o})" in told
    assert not stat.S_IMODE(tmp_path.stat().st_mode) & 0o022
    assert memory.close(str(tmp_path)) == []


def test_for_everybody(tmp_path: Path) -> None:
    """One that is meant for everybody, such as /tmp, is neither read nor written."""
    memory.update(str(tmp_path), "orders", lambda known: {"a": 1})
    tmp_path.chmod(0o1777)
    for use in (
        lambda: memory.load(str(tmp_path), "orders"),
        lambda: memory.close(str(tmp_path)),
        lambda: memory.update(str(tmp_path), "orders", dict),
    ):
        with pytest.raises(StoreError, match="is a directory for everybody"):
            use()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owned_by_someone_else(tmp_path: Path) -> None:
    """What belongs to another user is not believed, and says what to do."""
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(StoreError, match="belongs to user 12345, who could put other records there") as caught:
        memory.load(str(tmp_path), "orders")
    assert "chown" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_open_for_good() -> None:
    """One that is open to others, and cannot be closed, is refused with what to do."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        os.chmod(directory, 0o777)
        os.seteuid(12345)
        try:
            with pytest.raises(StoreError, match=r"changed by other users \(mode 0777\), and it belongs") as caught:
                memory.close(directory)
        finally:
            os.seteuid(0)
    assert caught.value.hint == "Close it to them (mode 0755), or choose another one."


def test_relative(tmp_path: Path) -> None:
    """A relative path is refused, as the next run may be started somewhere else."""
    with pytest.raises(StoreError, match="not an absolute path"):
        memory.load("state", "orders")
