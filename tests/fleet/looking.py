# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a visitor sees: the certificate on a TLS port, verified, with its name."""

from __future__ import annotations

import hashlib
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509


@dataclass(frozen=True)
class Seen:
    """A served certificate; error says why a visitor who trusts the CA would not go on, empty when he would."""

    certificate: x509.Certificate
    fingerprint: str
    error: str

    @property
    def names(self) -> set[str]:
        """The domain names that it is for."""
        extension = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return set(extension.value.get_values_for_type(x509.DNSName))


def look(address: str, name: str, roots: Path, port: int = 443) -> Seen:
    """Connect as a visitor of NAME who was sent to ADDRESS and trusts ROOTS."""
    context = ssl.create_default_context(cafile=str(roots))
    error = ""
    try:
        certificate = _handshake(address, port, name, context)
    except ssl.SSLCertVerificationError as refused:
        error = refused.verify_message
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        certificate = _handshake(address, port, name, context)
    return Seen(x509.load_der_x509_certificate(certificate), hashlib.sha256(certificate).hexdigest(), error)


def _handshake(address: str, port: int, name: str, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection((address, port), timeout=5) as connection,
        context.wrap_socket(connection, server_hostname=name) as tls,
    ):
        certificate = tls.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate
