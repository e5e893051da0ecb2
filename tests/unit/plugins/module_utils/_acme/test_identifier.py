# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identifiers of orders."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.identifier import Identifier


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("a.example", "dns", "a.example"),
        ("A.Example", "dns", "a.example"),
        ("*.a.example", "dns", "*.a.example"),
        ("xn--bcher-kva.example", "dns", "xn--bcher-kva.example"),
        ("192.0.2.1", "ip", "192.0.2.1"),
        ("2001:DB8:0:0::1", "ip", "2001:db8::1"),
        ("192.0.2.1.example", "dns", "192.0.2.1.example"),
        ("1.2.3", "dns", "1.2.3"),
    ],
)
def test_of(name: str, kind: str, value: str) -> None:
    """An address is an ip identifier in its short form (RFC 8738), anything else a dns one in lower case."""
    assert Identifier.of(name) == Identifier(kind, value)
    assert Identifier.of(name).to_json() == {"type": kind, "value": value}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"type": "dns", "value": "A.EXAMPLE"}, Identifier("dns", "a.example")),
        ({"type": "ip", "value": "2001:db8::1"}, Identifier("ip", "2001:db8::1")),
        ({"type": "ip", "value": "2001:DB8::1"}, Identifier("ip", "2001:db8::1")),
        ({"type": "ip", "value": "2001:0db8:0:0:0:0:0:1"}, Identifier("ip", "2001:db8::1")),
        ({"type": "ip", "value": "a.example"}, Identifier("ip", "a.example")),
        ({"type": "dns", "value": "2001:db8::1"}, Identifier("dns", "2001:db8::1")),
        ({"type": "permanent-identifier", "value": "X"}, Identifier("permanent-identifier", "x")),
        ({}, Identifier("None", "none")),
        ({"type": 1, "value": []}, Identifier("1", "[]")),
    ],
)
def test_from_json(document: dict[str, Any], expected: Identifier) -> None:
    """What a CA sends may be in another case or form, or of a type unknown here; it is never an exception."""
    assert Identifier.from_json(document) == expected
