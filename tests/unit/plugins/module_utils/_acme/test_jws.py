# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signed messages, checked by code that shares nothing with what made them."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import jws
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import jose

ALGORITHMS = ["ES256", "ES384", "ES512", "RS256"]
URL = "https://ca.example/acme/new-order"
ACCOUNT = "https://ca.example/acme/account/1"
# Long enough for both characters in which base64url differs, and for padding.
SECRET = bytes(range(256))[-32:]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signature(keys: dict[str, Key], algorithm: str) -> None:
    """A request is a flattened JWS whose signature the public key verifies, and no other key does."""
    message = json.loads(jws.request_body(keys[algorithm], ACCOUNT, "n", URL, {"a": "ä"}))
    jose.verify(message, keys[algorithm].public_jwk())
    other = keys["ES256" if algorithm == "RS256" else "RS256"].public_jwk()
    with pytest.raises((ValueError, KeyError)):
        jose.verify(message, other)
    assert jose.payload(message) == {"a": "ä"}


def test_header_with_account(key: Key) -> None:
    """With an account its URL names the key, and the key itself is not sent along (RFC 8555 section 6.2)."""
    message = json.loads(jws.request_body(key, ACCOUNT, "n", URL, {}))
    assert jose.protected(message) == {"alg": "ES256", "kid": ACCOUNT, "nonce": "n", "url": URL}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_header_without_account(keys: dict[str, Key], algorithm: str) -> None:
    """Without an account the public key is sent along, and nothing of the private one."""
    message = json.loads(jws.request_body(keys[algorithm], None, "n", URL, {}))
    header = jose.protected(message)
    assert header == {"alg": algorithm, "jwk": keys[algorithm].public_jwk(), "nonce": "n", "url": URL}
    assert set(header["jwk"]) == ({"kty", "n", "e"} if algorithm == "RS256" else {"kty", "crv", "x", "y"})


def test_post_as_get(key: Key) -> None:
    """No payload is the empty string, an empty one is an empty object (RFC 8555 sections 6.3 and 7.5.1)."""
    assert json.loads(jws.request_body(key, ACCOUNT, "n", URL, None))["payload"] == ""
    assert json.loads(jws.request_body(key, ACCOUNT, "n", URL, {}))["payload"] == "e30"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_external_account_binding(key: Key, algorithm: str) -> None:
    """The binding is a MAC over the account key, with the CA's key identifier, the URL, and no nonce (section 7.3.4)."""
    binding = jws.external_account_binding(key, URL, "kid-1", base64.urlsafe_b64encode(SECRET).decode(), algorithm)
    assert jose.protected(binding) == {"alg": algorithm, "kid": "kid-1", "url": URL}
    assert jose.payload(binding) == key.public_jwk()
    jose.verify_mac(binding, SECRET)


@pytest.mark.parametrize(
    "text",
    [
        base64.urlsafe_b64encode(SECRET).decode(),
        base64.urlsafe_b64encode(SECRET).decode().rstrip("="),
        base64.b64encode(SECRET).decode(),
        " " + base64.b64encode(SECRET).decode()[:20] + "\n  " + base64.b64encode(SECRET).decode()[20:] + "\n",
    ],
    ids=["padded", "not padded", "plain base64", "white space"],
)
def test_hmac_key_forms(key: Key, text: str) -> None:
    """The HMAC key is understood in the forms in which CAs show it."""
    jose.verify_mac(jws.external_account_binding(key, URL, "kid-1", text, "HS256"), SECRET)


@pytest.mark.parametrize("text", ["", " ", "=", "key?", "c2Vj?cmV0", "schlüssel", "a", "abcde", "a.b", "abcd\0"])
def test_hmac_key_refused(key: Key, text: str) -> None:
    """What is not base64 is refused here, and not by a CA that would count the binding as used."""
    with pytest.raises(AcmeError, match="HMAC key of external_account_binding") as caught:
        jws.external_account_binding(key, URL, "kid-1", text, "HS256")
    assert caught.value.problem.type == ErrorType.INVALID_INPUT


@given(st.text(max_size=20))
def test_any_hmac_key(text: str) -> None:
    """Whatever is given as HMAC key, it is a secret or an AcmeError."""
    try:
        assert jws._decode_hmac_key(text)
    except AcmeError as error:
        assert error.problem.type == ErrorType.INVALID_INPUT


@pytest.mark.parametrize("new", ALGORITHMS)
def test_key_change(keys: dict[str, Key], new: str) -> None:
    """The inner message of a rollover is signed by the new key, names the old one, and has no nonce (section 7.3.5)."""
    old = keys["ES384" if new == "ES256" else "ES256"]
    inner = jws.key_change(keys[new], old, ACCOUNT, URL)
    jose.verify(inner, keys[new].public_jwk())
    assert jose.protected(inner) == {"alg": new, "jwk": keys[new].public_jwk(), "url": URL}
    assert jose.payload(inner) == {"account": ACCOUNT, "oldKey": old.public_jwk()}
