# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.progress import Progress


@pytest.mark.parametrize(
    ("done", "failed", "line"),
    [(0, 0, "0 of 5 orders ready"), (3, 0, "3 of 5 orders ready"), (3, 2, "3 of 5 orders ready, 2 failed")],
)
def test_line(done: int, failed: int, line: str) -> None:
    """A line says how many of how many are done, and how many failed where some did."""
    progress = Progress()
    progress.begin("orders ready", 5)
    for number in range(done + failed):
        progress.count(failed=number < failed)
    assert str(progress) == line


def test_anew() -> None:
    """There is nothing to tell before something was begun, and each step counts anew."""
    progress = Progress()
    assert str(progress) == ""
    progress.begin("orders made", 1)
    progress.count(failed=True)
    progress.begin("orders ready", 2)
    assert str(progress) == "0 of 2 orders ready"
