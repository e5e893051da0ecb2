# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.serials import normalised


@pytest.mark.parametrize("text", ["04a1b2", "4A1B2", "04:a1:b2", "0x4a1b2", " 04 a1 b2\n", "00:04:A1:B2"])
def test_normalised(text: str) -> None:
    """However a serial number is written, it is the same number."""
    assert normalised(text) == "4a1b2"


def test_zero() -> None:
    """Zero is a number too."""
    assert normalised("00") == "0"


@pytest.mark.parametrize("text", ["", "www", "-1", "0x", "12 and 13", "f" * 41, "1.5", "٣"])
def test_none(text: str) -> None:
    """What is no such number is refused, with how one is written."""
    with pytest.raises(ValueError, match="Give it in hexadecimal digits"):
        normalised(text)
