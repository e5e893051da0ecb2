# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What name servers and users write is shown in one line."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._dns.errors import DnsError
from ansible_collections.webpki.acme.plugins.module_utils._dns.shown import MAX_TEXT, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=spf1 -all", "v=spf1 -all"),
        ("\x1b[31mred\n", "\\x1b[31mred\\n"),
        ("a" * 1000, "a" * MAX_TEXT + "..."),
    ],
)
def test_shown(text: str, expected: str) -> None:
    """What steers a terminal does not come through, nor what is longer than anybody reads."""
    assert shown(text) == expected
    assert DnsError(text).message == expected


def test_error() -> None:
    """An error says what to do after what is wrong."""
    assert str(DnsError("it is broken", "Mend it.")) == "it is broken. Mend it."
    assert str(DnsError("it is broken")) == "it is broken"
