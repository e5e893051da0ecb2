# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys by which name servers know who asks."""

from __future__ import annotations

import dns.message
import dns.name
import pytest
from ansible_collections.webpki.acme.plugins.module_utils._dns.errors import DnsError
from ansible_collections.webpki.acme.plugins.module_utils._dns.key import ALGORITHMS, Key

SECRET = "cHl0aG9uIG5ldmVyIGZvcmdldHM="


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signed(algorithm: str) -> None:
    """A message is signed with the key, by each algorithm."""
    message = dns.message.make_query("www.example.com", "TXT")
    Key("acme", SECRET, algorithm).sign(message)
    message.to_wire()
    assert message.had_tsig
    assert message.keyname == dns.name.from_text("acme")
    assert message.keyalgorithm == dns.name.from_text(algorithm)


@pytest.mark.parametrize(
    ("name", "secret", "told"),
    [
        ("acme", "%secret%", "the secret of the key acme is not base64. Give it as it stands"),
        ("acme", SECRET[:-2], "is not base64"),
        ("a..b", SECRET, "'a..b' is not a name"),
    ],
)
def test_unusable(name: str, secret: str, told: str) -> None:
    """A key that cannot be used is refused, without its secret in the message, nor in what it looks like."""
    key = Key(name, secret)
    with pytest.raises(DnsError, match=told) as raised:
        key.sign(dns.message.make_query("www.example.com", "TXT"))
    assert secret not in str(raised.value) + repr(key)
