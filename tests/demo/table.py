# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What TLS ports serve, as a table. Asked for with Python's own ssl, so that no code of the collection judges itself."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

HEADINGS = ("host", "name", "fingerprint (SHA-256)", "issuer", "days left", "verified")


@dataclass(frozen=True)
class Endpoint:
    """A port of a host, and the name that is asked for there."""

    host: str
    address: str
    port: int
    name: str


def show(endpoints: Sequence[Endpoint], roots: Path) -> bool:
    """Print a line for each endpoint; return whether all were verified against the roots, name and all."""
    rows = [_row(endpoint, roots) for endpoint in endpoints]
    widths = [max(len(row[column]) for row in [HEADINGS, *rows]) for column in range(len(HEADINGS))]
    for row in [HEADINGS, tuple("-" * width for width in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return all(row[-1] == "yes" for row in rows)


def _row(endpoint: Endpoint, roots: Path) -> tuple[str, ...]:
    try:
        certificate = _served(endpoint, ssl.create_default_context(cafile=str(roots)))
        verified = "yes"
    except ssl.SSLCertVerificationError as error:
        unverified = ssl.create_default_context()
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        certificate = _served(endpoint, unverified)
        verified = f"no: {error.verify_message}"
    issuer = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    left = certificate.not_valid_after_utc - datetime.now(timezone.utc)
    return (
        endpoint.host,
        endpoint.name,
        certificate.fingerprint(hashes.SHA256()).hex()[:32] + "...",
        str(issuer[0].value) if issuer else "",
        f"{left.total_seconds() / 86400:.1f}",
        verified,
    )


def _served(endpoint: Endpoint, context: ssl.SSLContext) -> x509.Certificate:
    with (
        socket.create_connection((endpoint.address, endpoint.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=endpoint.name) as secure,
    ):
        return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
