# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revocation (RFC 8555 section 7.6)."""

from __future__ import annotations

from enum import IntEnum

from .client import Client
from .errors import AlreadyRevoked
from .key import Key, b64


class RevocationReason(IntEnum):
    """RFC 5280 section 5.3.1, by the names that it gives; those that a subscriber may ask for."""

    unspecified = 0
    keyCompromise = 1
    affiliationChanged = 3
    superseded = 4
    cessationOfOperation = 5


def revoke(client: Client, certificate: bytes, reason: RevocationReason | None, certificate_key: Key | None) -> bool:
    """Revoke a certificate (DER), signed by the account's key or by the certificate's own.

    Return False when it had been revoked before.
    """
    doing = "revoke the certificate"
    url = client.directory.need("revoke_cert", doing)
    payload: dict[str, object] = {"certificate": b64(certificate)}
    if reason is not None:
        payload["reason"] = int(reason)
    try:
        # Safe to repeat: the second time the CA says alreadyRevoked.
        client.post(url, payload, doing=doing, safe=True, key=certificate_key)
    except AlreadyRevoked:
        return False
    return True
