# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is placed for a challenge."""

from __future__ import annotations

import hashlib

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.challenge_material import (
    MATERIAL,
    Asked,
    dns_01,
    dns_account_01,
    dns_persist_01,
    http_01,
    is_token,
    key_authorization,
    server_name,
    tls_alpn_01,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import jose

# The token and the thumbprint of the examples in RFC 8555, sections 8.1 and 8.3.
TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
THUMBPRINT = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
ACCOUNT = "https://example.com/acme/acct/ExampleAccount"


def asked(name: str = "www.example.org", **more: object) -> Asked:
    """What a challenge for a name asks for."""
    return Asked(name, **{"token": TOKEN, "thumbprint": THUMBPRINT, "account_url": ACCOUNT, **more})  # type: ignore[arg-type]


def digest() -> bytes:
    """SHA-256 of the key authorization."""
    return hashlib.sha256(f"{TOKEN}.{THUMBPRINT}".encode()).digest()


def test_example_of_the_rfc() -> None:
    """The http-01 example of RFC 8555 section 8.3: token, dot, thumbprint, at the well-known path."""
    assert key_authorization(asked()) == f"{TOKEN}.{THUMBPRINT}"
    assert http_01(asked()) == {
        "token": TOKEN,
        "path": ".well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
        "content": "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI",
    }


def test_dns_01() -> None:
    """The dns-01 record holds the SHA-256 of the key authorization in base64url without padding (section 8.4)."""
    material = dns_01(asked())
    assert material["record"] == "_acme-challenge.www.example.org"
    assert jose.decode(material["value"]) == digest()
    assert len(material["value"]) == 43


def test_known_answer_dns_01() -> None:
    """A dns-01 value that was computed with other tools (openssl dgst -sha256 -binary | base64)."""
    found = dns_01(asked("a.example", token="token", thumbprint="thumbprint"))
    assert found["value"] == "61rBZ_4knHblO0MNoxFsXZ_eTFUHum0B6IVRbhvUn5I"


def test_dns_account_01() -> None:
    """The example of the draft: the label is made of the account's URL, the value is that of dns-01."""
    material = dns_account_01(asked("example.org"))
    assert material["record"] == "_ujmmovf2vn55tgye._acme-challenge.example.org"
    assert material["value"] == dns_01(asked("example.org"))["value"]


@pytest.mark.parametrize(("wildcard", "policy"), [(False, ""), (True, "; policy=wildcard")])
def test_dns_persist_01(wildcard: bool, policy: str) -> None:
    """The record names the first of the CA's names and the account, and for a wildcard says so."""
    material = dns_persist_01(asked("example.org", wildcard=wildcard, token="", issuers=("ca.example", "b.example")))
    assert material == {
        "record": "_validation-persist.example.org",
        "value": f"ca.example; accounturi={ACCOUNT}{policy}",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("www.example.org", "www.example.org"),
        ("192.0.2.1", "1.2.0.192.in-addr.arpa"),
        ("2001:db8::1", "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_tls_alpn_01(name: str, expected: str) -> None:
    """A name is asked for by itself, an address by its reverse name (RFC 8738 section 6); the digest is hexadecimal."""
    assert server_name(name) == expected
    assert tls_alpn_01(asked(name)) == {"server_name": expected, "digest": digest().hex()}


def test_table() -> None:
    """Each challenge type is served by its own function."""
    assert dict(MATERIAL) == {
        "http-01": http_01,
        "dns-01": dns_01,
        "dns-account-01": dns_account_01,
        "dns-persist-01": dns_persist_01,
        "tls-alpn-01": tls_alpn_01,
    }


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
        assert http_01(asked(token=token))["path"].split("/")[2:] == [token]
        assert token.isascii()
        assert token.isprintable()
