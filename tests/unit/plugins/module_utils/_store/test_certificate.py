# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and PEM texts of them."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import certificate as certificates
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.unit.issuer import Issuer, pem

KEY = keys.generate(keys.KeyType.ECDSA_P256)


def test_chain_round_trip(issuer: Issuer) -> None:
    """A chain keeps its order; text around the certificates and the style of line ends make no difference."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example"])
    text = "subject=a\n" + pem(leaf) + "\r\nissuer=b\n" + pem(issuer.intermediate).replace("\n", "\r\n")
    chain = certificates.load_chain(text.encode(), "x")
    assert chain == (leaf, issuer.intermediate)
    assert certificates.to_pem(*chain).decode() == pem(leaf, issuer.intermediate)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
        "<html>502 Bad Gateway</html>",
    ],
)
def test_malformed(text: str) -> None:
    """What is no certificate, or only half of one, is refused with its place."""
    with pytest.raises(StoreError, match=r"/x\.pem holds"):
        certificates.load_chain(text.encode(), "/x.pem")


def test_half_a_chain(issuer: Issuer) -> None:
    """A chain that breaks off within a certificate is refused, not shortened."""
    text = pem(issuer.intermediate, issuer.root)
    with pytest.raises(StoreError, match="no complete certificate"):
        certificates.load_chain(text[:-40].encode(), "x")


def test_der(issuer: Issuer) -> None:
    """DER, as a TLS connection gives it, is read, and refused when it is malformed."""
    der = issuer.root.public_bytes(serialization.Encoding.DER)
    assert certificates.load_der(der, "x") == issuer.root
    with pytest.raises(StoreError, match="malformed"):
        certificates.load_der(der[:-5], "x")


def test_signatures(issuer: Issuer) -> None:
    """Only the issuer of a certificate counts as such: not one of the same name, not one of another."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example"])
    assert certificates.signed_by(leaf, issuer.intermediate)
    assert not certificates.signed_by(leaf, issuer.root)
    assert not certificates.signed_by(leaf, Issuer().intermediate)
    assert certificates.is_self_signed(issuer.root)
    assert not certificates.is_self_signed(leaf)


def test_signatures_without_help(issuer: Issuer) -> None:
    """Signatures are checked also where cryptography (before 40) has no function for it."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example"])
    certificates._verify(leaf, issuer.intermediate)
    with pytest.raises(certificates.InvalidSignature):
        certificates._verify(leaf, issuer.root)


def test_identifiers(issuer: Issuer) -> None:
    """The identifiers are the names and addresses of the subjectAltName extension, and none without it."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example", "192.0.2.1", "2001:db8::1"])
    assert certificates.identifiers(leaf) == ("a.example", "192.0.2.1", "2001:db8::1")
    assert certificates.identifiers(issuer.root) == ()


def test_validity_is_utc(issuer: Issuer) -> None:
    """The times of a certificate are aware of their zone, with every release of cryptography."""
    begin, end = certificates.validity(issuer.root)
    assert begin.utcoffset() is not None
    assert (end - begin).days == 2000


def test_late_errors_of_the_parser() -> None:
    """What the parser finds only when a part is looked at becomes the same kind of error."""
    with pytest.raises(StoreError, match="x holds a malformed certificate"), certificates.reading("x"):
        raise x509.DuplicateExtension("twice", x509.oid.ExtensionOID.KEY_USAGE)
