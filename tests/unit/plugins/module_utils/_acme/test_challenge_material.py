# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is placed for a challenge."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.challenge_material import (
    MATERIAL,
    dns_01,
    http_01,
    is_token,
    key_authorization,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import jose

# The token and the thumbprint of the examples in RFC 8555, sections 8.1 and 8.3.
TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
THUMBPRINT = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"


def test_example_of_the_rfc() -> None:
    """The http-01 example of RFC 8555 section 8.3: token, dot, thumbprint, at the well-known path."""
    assert key_authorization(TOKEN, THUMBPRINT) == f"{TOKEN}.{THUMBPRINT}"
    assert http_01("example.org", TOKEN, THUMBPRINT) == {
        "token": TOKEN,
        "path": ".well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
        "content": "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",
    }


def test_dns_01() -> None:
    """The dns-01 record holds the SHA-256 of the key authorization in base64url without padding (section 8.4)."""
    material = dns_01("www.example.org", TOKEN, THUMBPRINT)
    assert material["record"] == "_acme-challenge.www.example.org"
    assert jose.decode(material["value"]) == hashlib.sha256(f"{TOKEN}.{THUMBPRINT}".encode()).digest()
    assert len(material["value"]) == 43


def test_known_answer_dns_01() -> None:
    """A dns-01 value that was computed with other tools (openssl dgst -sha256 -binary | base64)."""
    assert dns_01("a.example", "token", "thumbprint")["value"] == "61rBZ_4knHblO0MNoxFsXZ_eTFUHum0B6IVRbhvUn5I"


def test_table() -> None:
    """Each challenge type is served by its own function."""
    assert dict(MATERIAL) == {"http-01": http_01, "dns-01": dns_01}


@pytest.mark.parametrize("token", [TOKEN, "a", "-_-", "0" * 200])
def test_token_taken(token: str) -> None:
    """A token is base64url of any reasonable length."""
    assert is_token(token)


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "../../etc/cron.d/x",
        "..",
        ".",
        "a/b",
        "a\\b",
        "a\0",
        "a\n",
        "\na",
        "a b",
        "a.b",
        "a=",
        "a+",
        "ä",
        "٣",
        "a" * 201,
        "a" * 1_000_000,
    ],
)
def test_token_refused(token: str | None) -> None:
    """A token becomes a file name and a DNS value, so nothing but base64url is one (RFC 8555 section 11.3)."""
    assert not is_token(token)


@given(st.text(max_size=30))
def test_any_token(token: str) -> None:
    """Whatever is taken for a token is one harmless path component."""
    if is_token(token):
        assert http_01("a.example", token, "t")["path"].split("/")[2:] == [token]
        assert token.isascii()
        assert token.isprintable()
