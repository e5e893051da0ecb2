# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate with two chains, as a CA whose root another one has signed too offers them."""

from __future__ import annotations

import functools
import hashlib
from datetime import datetime, timedelta, timezone

from ansible_collections.webpki.acme.plugins.module_utils._acme.chain import Chain
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

KEY = ec.generate_private_key(ec.SECP256R1())


def key_identifier(name: str) -> bytes:
    """What the key of this name is known by."""
    return hashlib.sha256(name.encode()).digest()[:20]


@functools.cache
def pem(subject: str, issuer: str, keys: bool = True) -> str:
    """A certificate as PEM. keys: it says which keys are its own and its issuer's."""

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])

    today = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(
        name(issuer), name(subject), KEY.public_key(), 1, today, today + timedelta(days=1)
    )
    if keys:
        own, above = key_identifier(subject), key_identifier(issuer)
        builder = builder.add_extension(x509.SubjectKeyIdentifier(own), critical=False).add_extension(
            x509.AuthorityKeyIdentifier(above, None, None), critical=False
        )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


LEAF = pem("a.example", "Intermediate")
INTERMEDIATE = pem("Intermediate", "Root X1")
CROSS = pem("Root X1", "Root X2")
SHORT = Chain((LEAF, INTERMEDIATE))
LONG = Chain((LEAF, INTERMEDIATE, CROSS))
