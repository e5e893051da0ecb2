# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of others, fit to be shown."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store.shown import shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ('The name (a.example) does not resolve: "NXDOMAIN"', 'The name (a.example) does not resolve: "NXDOMAIN"'),
        ("Gr\u00fc\u00dfe \u65e5\u672c", "Gr\u00fc\u00dfe \u65e5\u672c"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("a\0b\x7f\x9b", "a\\x00b\\x7f\\x9b"),
        ("\u202ea\u2028b", "\\u202ea\\u2028b"),
        ("\ud800\U000e0001", "\\ud800\\U000e0001"),
    ],
)
def test_shown(text: str, expected: str) -> None:
    """What can be printed stays as it is; all else is shown as Python would write it."""
    assert shown(text) == expected
