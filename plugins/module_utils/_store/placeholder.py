# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A self-signed certificate that lets a web server start before its real certificate has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .csr import general_names, subject
from .libraries import hashes, x509

if TYPE_CHECKING:
    from .libraries import PrivateKey

LIFETIME = timedelta(days=7)


def build(key: PrivateKey, identifiers: Sequence[str], now: datetime) -> x509.Certificate:
    """A certificate for the normalised identifiers, signed with its own key, valid for 7 days from now."""
    # Some servers refuse a certificate without a subject.
    name = subject(identifiers)
    if not name.rdns:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "placeholder")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(general_names(identifiers)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
