# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.times import rfc3339, seconds


@pytest.mark.parametrize(
    ("moment", "text"),
    [(0.0, "1970-01-01T00:00:00Z"), (1_800_000_000.0, "2027-01-15T08:00:00Z"), (0.001, "1970-01-01T00:00:01Z")],
)
def test_told(moment: float, text: str) -> None:
    """A time is told in whole seconds, and never an earlier one: who comes then does not come too early."""
    assert rfc3339(moment) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T02:00:00+02:00", 0.0),
        ("2027-01-15T08:00:00.500000+00:00", 1_800_000_000.5),
    ],
)
def test_read(text: str, moment: float) -> None:
    """A time is read with its zone."""
    assert seconds(text) == moment


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-01-15", "2027-01-15T08:00:00"])
def test_not_read(text: str) -> None:
    """What is no time, or has no zone, is refused."""
    with pytest.raises(ValueError):
        seconds(text)
