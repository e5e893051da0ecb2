# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account keys that other users can read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.ca_task import CaTask
from ansible_collections.webpki.acme.plugins.module_utils._ansible.private import exposed

MODES = [
    (0o600, ""),
    (0o400, ""),
    (0o640, ""),
    (0o440, ""),
    (0o644, "read"),
    (0o604, "read"),
    (0o666, "read"),
    (0o777, "read"),
    (0o660, "changed"),
    (0o620, "changed"),
    (0o602, "changed"),
]
KEY = "-----BEGIN PRIVATE KEY-----\n"


@pytest.mark.parametrize(("mode", "done"), MODES)
def test_modes(tmp_path: Path, mode: int, done: str) -> None:
    """A key that every user may read, or others may change, is told about; that its group may read it is not."""
    path = tmp_path / "account.pem"
    path.write_text(KEY)
    path.chmod(mode)
    told = exposed(str(path))
    assert (f"can be {done} by other users (mode {mode:04o})" in told) == bool(done)
    assert bool(told) == bool(done)


@pytest.mark.parametrize("path", [None, "", "/nowhere/account.pem", "a\0b"])
def test_nothing_to_look_at(path: str | None) -> None:
    """Where there is no such file there is nothing to tell."""
    assert exposed(path) == ""


@pytest.mark.parametrize("kind", ["another file", "pipe", "folder"])
def test_no_key(tmp_path: Path, kind: str) -> None:
    """What is no key is left to who reads it, and what can be read once only is not read."""
    path = tmp_path / "account.pem"
    {"another file": path.touch, "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    path.chmod(0o644)
    assert exposed(str(path)) == ""


@pytest.mark.parametrize("option", ["account_key_file", "new_account_key_file"])
def test_warning(tmp_path: Path, option: str) -> None:
    """Every task that takes such a key warns of it, whatever else becomes of the task."""
    path = tmp_path / "account.pem"
    path.write_text(KEY)
    path.chmod(0o644)

    def run(options: Any, check_mode: bool, warn: Any) -> dict[str, Any]:
        return {"changed": False}

    (told,) = CaTask(run, missing={}).outcome({option: str(path)}, False)["warnings"]
    assert f"The account key {path} can be read by other users" in told
