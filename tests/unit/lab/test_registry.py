# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.lab import registry
from tests.lab.errors import LabError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A register of the test's own."""
    monkeypatch.setattr(registry, "_HOME", tmp_path / "labs")


def test_labs_do_not_share_a_network(tmp_path: Path) -> None:
    """Each lab has a slot of its own, and the developer's is always the first."""
    with registry.locked():
        slots = [registry.register(name, tmp_path).slot for name in ("a1", "b1", "lab")]
    assert slots == [1, 2, 0]


def test_a_lab_is_abandoned_when_its_owner_has_ended(tmp_path: Path) -> None:
    """It is not when the owner runs, nor when it is meant to stay; a pid used again does not count."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    mine = registry.Entry("a1", 1, tmp_path, f"{os.getpid()}:1")
    gone = registry.Entry("b1", 2, tmp_path, f"{ended.pid}:1")
    with registry.locked():
        running = registry.register("c1", tmp_path)
    assert (mine.abandoned, gone.abandoned, running.abandoned) == (True, True, False)
    assert not registry.disown(running).abandoned


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    """Two labs of one name would share bridge and namespaces."""
    with registry.locked():
        entry = registry.register("a1", tmp_path)
        with pytest.raises(LabError, match="already"):
            registry.register("a1", tmp_path)
        registry.remove(entry)
        registry.register("a1", tmp_path)


@pytest.mark.parametrize("name", ["", "A1", "a-b", "../a", "ninechars"])
def test_a_name_that_is_no_interface_is_refused(name: str, tmp_path: Path) -> None:
    """The name becomes part of interface names, which are short."""
    with registry.locked(), pytest.raises(LabError):
        registry.register(name, tmp_path)
