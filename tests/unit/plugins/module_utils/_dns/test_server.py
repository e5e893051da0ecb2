# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where name servers are, as users write it."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._dns.errors import DnsError
from ansible_collections.webpki.acme.plugins.module_utils._dns.server import Server, find, parse


@pytest.mark.parametrize(
    ("text", "expected", "shown"),
    [
        ("192.0.2.53", Server("192.0.2.53"), "192.0.2.53"),
        ("192.0.2.53:5353", Server("192.0.2.53", 5353), "192.0.2.53 port 5353"),
        ("2001:DB8:0::53", Server("2001:db8::53"), "2001:db8::53"),
        ("[2001:db8::53]", Server("2001:db8::53"), "2001:db8::53"),
        ("[2001:db8::53]:5353", Server("2001:db8::53", 5353), "2001:db8::53 port 5353"),
    ],
)
def test_addresses(text: str, expected: Server, shown: str) -> None:
    """An address may have a port."""
    assert parse(text) == expected
    assert find(text) == [expected]
    assert str(expected) == shown


@pytest.mark.parametrize(
    "text", ["ns1.example.com", "", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:99999", "[ns1]:53", "192.0.2.53:a"]
)
def test_no_address(text: str) -> None:
    """What is no address is refused, with how to write it."""
    with pytest.raises(DnsError, match="is not the address of a name server. Give it as|has no port"):
        parse(text)


def test_names() -> None:
    """A server can be given by its name, which stays with its addresses."""
    found = find("localhost:5353")
    assert Server("127.0.0.1", 5353, "localhost") in found
    assert str(Server("127.0.0.1", 5353, "localhost")) == "localhost (127.0.0.1 port 5353)"
    with pytest.raises(DnsError, match="'no.such.name.invalid' has no address"):
        find("no.such.name.invalid")
