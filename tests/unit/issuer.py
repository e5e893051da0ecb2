# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA in memory that signs whatever it is asked for, also what a real one would not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.webpki.acme.plugins.module_utils._store.csr import general_names
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Issuer:
    """A root and an intermediate; certificates come from the intermediate."""

    def __init__(self) -> None:
        now = datetime.now(timezone.utc)
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        span = (now - timedelta(days=1000), now + timedelta(days=1000))
        self.root = self._sign("Test Root", self._root_key.public_key(), "Test Root", self._root_key, span)
        self.intermediate = self._sign("Test Issuer", self._key.public_key(), "Test Root", self._root_key, span)

    def certificate(
        self, public_key: Any, identifiers: list[str], left: float = 90, lifetime: float = 90
    ) -> x509.Certificate:
        """A certificate of so many days, of which so many are left (more than all of them: not valid yet)."""
        end = datetime.now(timezone.utc) + timedelta(days=left)
        return self._sign(
            identifiers[0] if identifiers else "nameless",
            public_key,
            "Test Issuer",
            self._key,
            (end - timedelta(days=lifetime), end),
            identifiers,
        )

    def fullchain(self, public_key: Any, identifiers: list[str], left: float = 90, lifetime: float = 90) -> str:
        """The same with the intermediate, as PEM text."""
        return pem(self.certificate(public_key, identifiers, left, lifetime), self.intermediate)

    def answer(self, csr: str) -> str:
        """What a CA makes of a PEM request: the certificate with the intermediate, as PEM text."""
        request = x509.load_pem_x509_csr(csr.encode())
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return self.fullchain(request.public_key(), [str(entry.value) for entry in names])

    def _sign(
        self,
        subject: str,
        public_key: Any,
        issuer: str,
        key: Any,
        span: tuple[datetime, datetime],
        identifiers: list[str] | None = None,
        extensions: Sequence[x509.ExtensionType] = (),
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(issuer))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(span[0])
            .not_valid_after(span[1])
            .add_extension(x509.BasicConstraints(ca=identifiers is None, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        if identifiers:
            names = x509.SubjectAlternativeName(general_names(identifiers))
            builder = builder.add_extension(names, critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(key, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> str:
    return "".join(entry.public_bytes(serialization.Encoding.PEM).decode() for entry in certificates)
