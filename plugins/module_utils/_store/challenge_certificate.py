# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The self-signed certificate that meets a tls-alpn-01 challenge (RFC 8737 section 3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import key as keys
from .csr import general_names
from .errors import StoreError
from .key_type import KeyType
from .libraries import hashes, serialization, x509
from .names import normalise

LIFETIME = timedelta(hours=1)
# id-pe-acmeIdentifier.
_ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31"
_DIGEST_SIZE = 32


def build(identifier: str, digest: str, now: datetime) -> str:
    """Key and certificate as PEM for a domain name or IP address; `digest` is the key authorization's SHA-256 in hexadecimal.

    StoreError for a wildcard, and for what is no such digest.
    """
    name = normalise(identifier)
    if name.startswith("*."):
        raise StoreError(f"{name} is a wildcard, which cannot be proven by tls-alpn-01", "Choose dns-01.")
    try:
        content = bytes.fromhex(digest)
    except ValueError:
        content = b""
    if len(content) != _DIGEST_SIZE:
        raise StoreError(f"the digest for {name} is no SHA-256 in hexadecimal", "Give the one from webpki.acme.order.")
    key = keys.generate(KeyType("ecdsa-p256"))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "challenge")])
    # DER of an OCTET STRING in the extension's own, and exactly one name.
    proof = x509.UnrecognizedExtension(x509.ObjectIdentifier(_ACME_IDENTIFIER), bytes((4, _DIGEST_SIZE)) + content)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(general_names([name])), critical=False)
        .add_extension(proof, critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return (keys.to_pem(key) + pem).decode("ascii")
