# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a certificate is served, as users write it."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.served_on import place
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:443", ("127.0.0.1", 443)),
        ("[::1]:8443", ("::1", 8443)),
        ("web.example:1", ("web.example", 1)),
        ("web:65535", ("web", 65535)),
    ],
)
def test_place(text: str, expected: tuple[str, int]) -> None:
    """A host with a port is understood, with brackets around an IPv6 address."""
    assert place(text) == expected


@given(st.text(max_size=30) | st.text(alphabet="a1:[].\n \0\u0661", max_size=12) | st.integers().map("a:{}".format))
def test_any_text(text: str) -> None:
    """Whatever is written, it is a host and a port that can be one, or a StoreError with an example."""
    try:
        host, port = place(text)
    except StoreError as error:
        assert "127.0.0.1:443" in error.hint
        return
    assert 0 < port < 65536
    assert host
    assert not any(one.isspace() for one in host)
