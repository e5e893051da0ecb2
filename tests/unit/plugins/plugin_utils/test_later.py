# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import later


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], None),
        (["missing"], None),
        (["lifetime"], None),
        (["names", "expired"], "it is expired"),
    ],
)
def test_expired(codes: list[str], expected: str | None) -> None:
    """Only a certificate that was there, and has ended, cannot wait; another host's says nothing."""
    reasons = [{"code": code, "text": f"it is {code}"} for code in codes]
    order = {"reasons": {"web1": reasons, "web2": [{"code": "expired", "text": "over"}]}}
    assert later.expired(order, "web1") == expected
