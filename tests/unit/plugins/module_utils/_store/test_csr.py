# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate signing requests."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import csr, names
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography import x509

LONG = "a" * 60 + ".example"
KEY = keys.generate(keys.KeyType.ECDSA_P256)


@pytest.mark.parametrize(
    ("identifiers", "subject"),
    [
        (["www.example", "b.example"], "CN=www.example"),
        (["*.example.com"], "CN=*.example.com"),
        ([LONG, "b.example"], "CN=b.example"),
        ([LONG], ""),
        (["192.0.2.1"], ""),
        (["::1", "www.example"], "CN=www.example"),
    ],
)
def test_content(identifiers: list[str], subject: str) -> None:
    """A request holds exactly the identifiers, a subject only where one of them is a name short enough, and one key."""
    request = csr.load(csr.build(KEY, identifiers).encode(), "x")
    held = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(entry.value) for entry in held] == identifiers
    assert request.subject.rfc4514_string() == subject
    assert request.is_signature_valid
    assert keys.fits(KEY, request.public_key())


@pytest.mark.parametrize("key_type", [keys.KeyType.RSA_2048, keys.KeyType.ECDSA_P384])
def test_key_types(key_type: keys.KeyType) -> None:
    """Requests are made with every type of key."""
    key = keys.generate(key_type)
    assert csr.fits(csr.load(csr.build(key, ["a.example"]).encode(), "x"), key, ["a.example"])


@pytest.mark.parametrize(
    ("identifiers", "same_key", "expected"),
    [
        (["b.example", "::1", "a.example"], True, True),
        (["a.example", "b.example"], True, False),
        (["a.example", "b.example", "::1", "c.example"], True, False),
        (["a.example", "b.example", "::1"], False, False),
    ],
)
def test_fits(identifiers: list[str], same_key: bool, expected: bool) -> None:
    """A request fits when its identifiers, in any order, and its key are those wanted."""
    request = csr.load(csr.build(KEY, ["a.example", "b.example", "::1"]).encode(), "x")
    key = KEY if same_key else keys.generate(keys.KeyType.ECDSA_P256)
    assert csr.fits(request, key, identifiers) is expected


def test_all_normalised_identifiers_can_be_asked_for() -> None:
    """What names.py lets through can stand in a request."""
    given = ["Bücher.example", "*.example.com", "192.0.2.1", "2001:db8::1", "xn--r8jz45g.xn--zckzah"]
    csr.build(KEY, names.normalise_all(given))


@pytest.mark.parametrize("pem", [b"", b"x" * 100, b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"])
def test_malformed(pem: bytes) -> None:
    """What is no request is refused with its place."""
    with pytest.raises(StoreError, match=r"/x\.csr holds no certificate signing request"):
        csr.load(pem, "/x.csr")
