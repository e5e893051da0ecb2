# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificate revocation lists, and what is no word of the issuer's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import crl
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.status_issuer import CRL_URL, StatusIssuer

CA = StatusIssuer()
LEAF, OTHER = CA.leaf(), CA.leaf()


def look_up(data: bytes, leaf: x509.Certificate = LEAF, issuer: x509.Certificate = CA.intermediate) -> Any:
    return crl.look_up(data, leaf, issuer, datetime.now(timezone.utc))


def scope(**more: Any) -> tuple[x509.ExtensionType, bool]:
    """For which certificates a list is."""
    options: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**options, **more}), True


def at(url: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url)]


def test_good() -> None:
    """A certificate that is not in the list of its issuer is good, until the next list comes."""
    found = look_up(CA.crl(OTHER))
    assert (found.revoked, found.revoked_at, found.reason) == (False, None, None)
    now = datetime.now(timezone.utc)
    assert found.this_update < now < found.next_update < now + timedelta(days=7)


@pytest.mark.parametrize(
    ("reason", "expected"), [(None, None), (x509.ReasonFlags.key_compromise, "keyCompromise")], ids=["none", "one"]
)
def test_revoked(reason: x509.ReasonFlags | None, expected: str | None) -> None:
    """One that is in the list is revoked, since when and why is told."""
    found = look_up(CA.crl(OTHER, LEAF, reason=reason))
    assert (found.revoked, found.reason) == (True, expected)
    assert found.revoked_at == found.this_update


def test_pem() -> None:
    """A list in PEM form is read too, as some CAs serve it so."""
    text = x509.load_der_x509_crl(CA.crl(LEAF)).public_bytes(Encoding.PEM)
    assert look_up(text).revoked


@pytest.mark.parametrize(
    "more",
    [
        {"full_name": at(CRL_URL)},
        {"full_name": [*at("http://crl.example/all"), *at(CRL_URL)]},
        {"only_contains_user_certs": True},
    ],
)
def test_scope(more: dict[str, Any]) -> None:
    """A list in parts tells of a certificate that names this part."""
    assert look_up(CA.crl(LEAF, extensions=[scope(**more)])).revoked


FOREIGN = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"key": FOREIGN}, "not signed by the issuer"),
        ({"issuer": "Test Root"}, "that of CN=Test Root, not of the issuer"),
        ({"age": 10, "left": -3}, "was to be replaced by"),
        ({"age": -1}, "not valid before"),
        ({"extensions": [scope(full_name=at("http://crl.example/2.crl"))]}, "another part of the list"),
        ({"extensions": [scope(only_contains_ca_certs=True)]}, "for other certificates"),
        ({"extensions": [scope(only_contains_attribute_certs=True)]}, "for other certificates"),
        ({"extensions": [scope(indirect_crl=True)]}, "for other certificates"),
        (
            {"extensions": [scope(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))]},
            "for some reasons only",
        ),
        ({"extensions": [(x509.DeltaCRLIndicator(1), True)]}, r"not understood \(2\.5\.29\.27\)"),
    ],
    ids=[
        "signature",
        "issuer",
        "old",
        "early",
        "part",
        "CAs",
        "attributes",
        "indirect",
        "reasons",
        "delta",
    ],
)
def test_says_nothing(options: dict[str, Any], why: str) -> None:
    """A list that is not the issuer's, not of now, or not for such certificates says nothing, also not that one is revoked."""
    for revoked in ([], [LEAF]):
        with pytest.raises(StoreError, match=why):
            look_up(CA.crl(*revoked, **options))


def test_not_the_issuer() -> None:
    """With another CA's certificate nothing is verified, whatever its list says."""
    other = StatusIssuer()
    with pytest.raises(StoreError, match="issued by another CA"):
        look_up(other.crl(), LEAF, other.intermediate)


def test_key_that_must_not_sign() -> None:
    """A CA whose key must not be used for lists has made none."""
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    issuer = CA._sign("Test Issuer", CA._key.public_key(), "Test Root", CA._root_key, span(), extensions=[usage])
    with pytest.raises(StoreError, match="must not be used for that"):
        look_up(CA.crl(), LEAF, issuer)


def span() -> tuple[datetime, datetime]:
    now = datetime.now(timezone.utc)
    return now - timedelta(days=1), now + timedelta(days=100)


@pytest.mark.parametrize("data", [b"", b"garbage", b"-----BEGIN X509 CRL-----\n", CA.crl()[:-5], b"<html>"])
def test_malformed(data: bytes) -> None:
    """What is no list is told as such."""
    with pytest.raises(StoreError, match="the CRL is malformed"):
        look_up(data)


WHOLE = CA.crl(LEAF, extensions=[scope(full_name=at(CRL_URL))])


@settings(max_examples=200)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_list(position: int, change: int) -> None:
    """Whatever is changed in a list on its way, it is refused or says the same."""
    good = bytearray(WHOLE)
    good[position] ^= change
    try:
        found = look_up(bytes(good))
    except StoreError:
        return
    assert found.revoked


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([], ()),
        ([CRL_URL], (CRL_URL,)),
        (["ldap://ldap.example/x", "HTTPS://crl.example/", CRL_URL], ("HTTPS://crl.example/", CRL_URL)),
    ],
)
def test_urls(named: list[str], expected: tuple[str, ...]) -> None:
    """The lists that a certificate names and that can be fetched by HTTP are found, in its own order."""
    assert crl.urls(CA.leaf(crl=named)) == expected


def test_urls_of_others() -> None:
    """A list that somebody else signs, or that is for some reasons only, is passed over."""
    reasons = frozenset([x509.ReasonFlags.key_compromise])
    points = [
        x509.DistributionPoint(at("http://a.example"), None, reasons, None),
        x509.DistributionPoint(at("http://b.example"), None, None, [x509.DirectoryName(CA.root.subject)]),
    ]
    assert crl.urls(CA.leaf(x509.CRLDistributionPoints(points), crl=[])) == ()


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ({"only_contains_ca_certs": True}, ""),
        ({"only_contains_user_certs": True}, "for other certificates"),
    ],
)
def test_certificate_of_a_ca(kind: dict[str, bool], why: str) -> None:
    """Of a CA's own certificate only a list tells that has such ones."""
    data = CA.crl(CA.intermediate, key=CA._root_key, issuer="Test Root", extensions=[scope(**kind)])
    if not why:
        assert look_up(data, CA.intermediate, CA.root).revoked
        return
    with pytest.raises(StoreError, match=why):
        look_up(data, CA.intermediate, CA.root)
