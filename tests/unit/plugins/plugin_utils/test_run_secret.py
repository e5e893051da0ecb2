# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secret of a run: one for all of its processes, and for nobody else."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from ansible import constants
from ansible_collections.webpki.acme.plugins.plugin_utils.run_secret import run_secret


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that Ansible makes for a run."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path), raising=False)
    return tmp_path


def test_same_in_all_processes() -> None:
    """All processes of a run have the same, also those that ask for it at the same time, first."""
    with multiprocessing.get_context("fork").Pool(8) as pool:
        told = set(pool.starmap(run_secret, [()] * 64))
    assert told == {run_secret()}


def test_another_in_another_run(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run has another one."""
    other = directory / "other"
    other.mkdir()
    before = run_secret()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(other))
    assert len(before) == 32
    assert run_secret() != before


def test_for_its_owner_only(directory: Path) -> None:
    """It lies in one file, which only its owner can read."""
    run_secret()
    (file,) = directory.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
