# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that users name."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible import command


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("true", None),
        ("echo all is well", None),
        (" ", "it is empty"),
        ("sh -c 'echo it is broken. >&2; exit 3'", "exit code 3: it is broken"),
        ("false", "exit code 1"),
        ("sh -c 'kill -15 $$'", "ended by signal 15"),
        ("/no/such/command -t", "No such file or directory"),
        ("'unbalanced", "No closing quotation"),
    ],
)
def test_why_it_failed(text: str, reason: str | None) -> None:
    """A failure is told by how the command ended and what it printed last."""
    assert command.failure(text) == reason


def test_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that hangs is ended with all that it started. The 5 minutes of patience are cut short here."""
    monkeypatch.setattr(command, "LIMIT", 0.3)
    started = tmp_path / "pid"
    begin = time.monotonic()
    reason = command.failure(f"sh -c 'sleep 60 & echo $! >{started}; echo waiting; wait'")
    assert reason == "it was ended after 0.3 seconds: waiting"
    assert time.monotonic() - begin < 10
    with pytest.raises(ProcessLookupError):
        while True:
            os.kill(int(started.read_text()), 0)
            assert time.monotonic() - begin < 10
            time.sleep(0.05)
