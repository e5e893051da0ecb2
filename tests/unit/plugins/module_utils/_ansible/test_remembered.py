# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.remembered import Remembered

CA = "https://ca.example/directory"


def remembered(directory: str | None, ca: str = CA) -> tuple[Remembered, list[str]]:
    warnings: list[str] = []
    return Remembered(directory, "subject", ca, warnings.append), warnings


def test_from_run_to_run(tmp_path: Path) -> None:
    """What one run keeps of a CA the next one finds, and of another CA nothing."""
    directory = str(tmp_path / "state")
    one, warnings = remembered(directory)
    assert (one.kept, one.load()) == (True, {})
    one.update(lambda known: {**known, "a": 1})
    one.update(lambda known: {**known, "b": 2})
    other, _warnings = remembered(directory, "https://other.example")
    other.update(lambda known: {"c": 3})
    assert remembered(directory)[0].load() == {"a": 1, "b": 2}
    assert other.load() == {"c": 3}
    assert warnings == []


def test_without_a_directory() -> None:
    """Without a directory nothing is known, and a change is made for nobody."""
    seen: list[Any] = []
    one, warnings = remembered(None)
    one.update(lambda known: seen.append(known) or {"a": 1})
    assert (one.kept, one.load(), seen, warnings) == (False, {}, [{}], [])


@pytest.mark.parametrize("content", ["", "[]", "null", "{", '{"https://ca.example/directory": []}', "\\xff"])
def test_what_is_no_memory(tmp_path: Path, content: str) -> None:
    """What is none of ours in the file says nothing, and is replaced."""
    (tmp_path / "subject.json").write_text(content)
    one, warnings = remembered(str(tmp_path))
    assert one.load() == {}
    one.update(lambda known: {**known, "a": 1})
    assert (one.load(), warnings) == ({"a": 1}, [])


def test_open_to_others(tmp_path: Path) -> None:
    """A directory in which others could write is closed when something is kept, with one warning; one for everybody is left alone."""
    tmp_path.chmod(0o777)
    one, warnings = remembered(str(tmp_path))
    for _time in range(2):
        one.update(lambda known: {"a": known.get("a", 0) + 1})
    (warning,) = warnings
    assert "could be changed by other users" in warning
    tmp_path.chmod(0o1777)
    one, warnings = remembered(str(tmp_path))
    one.update(lambda known: {"a": 3})
    assert (one.load(), len(warnings)) == ({}, 2)
    tmp_path.chmod(0o700)
    assert one.load() == {"a": 2}


@pytest.mark.parametrize("below", ["a file/state", "relative"])
def test_trouble(tmp_path: Path, below: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that cannot be used is a warning, and the work is done as without it, once."""
    (tmp_path / "a file").write_text("")
    monkeypatch.chdir(tmp_path)
    seen: list[Any] = []
    one, warnings = remembered(below if below == "relative" else str(tmp_path / below))
    assert one.load() == {}
    one.update(lambda known: seen.append(known) or {})
    assert seen == [{}]
    assert [warning.partition(":")[0] for warning in warnings] == [
        "What earlier runs found is not known",
        "What this run asks for is not known to the next one",
    ]
