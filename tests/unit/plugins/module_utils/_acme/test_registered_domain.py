# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import libraries, registered_domain

CASES = [
    (["www.example.com"], {"example.com"}, {"example.com"}),
    (["example.com", "a.b.example.com", "*.example.com"], {"example.com"}, {"example.com"}),
    (["www.example.co.uk", "www.example.org.uk"], {"example.co.uk", "example.org.uk"}, {"co.uk", "org.uk"}),
    # In the list's private part: each customer counts alone.
    (["a.github.io", "b.a.github.io", "c.github.io"], {"a.github.io", "c.github.io"}, {"github.io"}),
    # Suffixes themselves.
    (["github.io", "co.uk"], {"github.io", "co.uk"}, {"github.io", "co.uk"}),
    (["www.city.kawasaki.jp", "a.b.kawasaki.jp"], {"city.kawasaki.jp", "a.b.kawasaki.jp"}, {"kawasaki.jp"}),
    (["www.xn--bcher-kva.xn--p1ai"], {"xn--bcher-kva.xn--p1ai"}, {"xn--bcher-kva.xn--p1ai"}),
    # Not in the list at all.
    (["www.example.internal", "localhost"], {"example.internal", "localhost"}, {"example.internal", "localhost"}),
    (["192.0.2.1", "192.0.2.2"], {"192.0.2.1", "192.0.2.2"}, {"192.0.2.1", "192.0.2.2"}),
    (["2001:db8:0:1::1", "2001:db8:0:1::2"], {"2001:db8:0:1::/64"}, {"2001:db8:0:1::/64"}),
]


@pytest.mark.parametrize(("names", "registered", "_guessed"), CASES)
def test_with_the_list(names: list[str], registered: set[str], _guessed: set[str]) -> None:
    """Names count by what somebody can register, addresses by what one customer has."""
    find, sure = registered_domain.finder()
    assert (find(names), sure) == (registered, True)


@pytest.mark.parametrize(("names", "_registered", "guessed"), CASES)
def test_without_it(
    monkeypatch: pytest.MonkeyPatch, names: list[str], _registered: set[str], guessed: set[str]
) -> None:
    """Without the library the last two labels are taken, which counts together what may count apart, and never less."""
    monkeypatch.setattr(libraries, "public_suffixes", lambda: None)
    find, sure = registered_domain.finder()
    assert (find(names), sure) == (guessed, False)
