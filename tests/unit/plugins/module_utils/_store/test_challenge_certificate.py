# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that meet tls-alpn-01."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import certificate as certificates
from ansible_collections.webpki.acme.plugins.module_utils._store import challenge_certificate
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography import x509

DIGEST = "00" * 31 + "ff"


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("www.example.org", x509.DNSName("www.example.org")),
        ("Bücher.example", x509.DNSName("xn--bcher-kva.example")),
        ("192.0.2.1", x509.IPAddress(ip_address("192.0.2.1"))),
        ("2001:db8::1", x509.IPAddress(ip_address("2001:db8::1"))),
    ],
)
def test_build(now: datetime, identifier: str, name: x509.GeneralName) -> None:
    """It is for exactly this name, and has the digest as an OCTET STRING in a critical extension (RFC 8737 section 3)."""
    pem = challenge_certificate.build(identifier, DIGEST, now).encode()
    made = x509.load_pem_x509_certificate(pem)
    assert list(made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == [name]
    proof = made.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31"))
    assert proof.critical
    assert proof.value.public_bytes() == bytes.fromhex("0420" + DIGEST)
    assert len(made.extensions) == 2
    told = certificates.facts(made, "x", keys.load(pem, "x"))
    assert told.self_signed
    assert told.key_matches
    assert now < told.not_after <= now + timedelta(hours=1)


@pytest.mark.parametrize(
    ("identifier", "digest", "told"),
    [
        ("*.example.org", DIGEST, "is a wildcard"),
        ("http://example.org/", DIGEST, "is not a domain name or IP address"),
        ("example.org", DIGEST[2:], "is no SHA-256"),
        ("example.org", "x" * 64, "is no SHA-256"),
        ("example.org", "", "is no SHA-256"),
    ],
)
def test_refused(now: datetime, identifier: str, digest: str, told: str) -> None:
    """No certificate is made for what it cannot prove."""
    with pytest.raises(StoreError, match=told):
        challenge_certificate.build(identifier, digest, now)
