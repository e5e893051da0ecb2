# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signed certificate timestamps (RFC 6962 section 3.3): that logs have promised to publish a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .facts import rfc3339
from .libraries import decode_dss_signature, hashes, x509
from .revocation import extension, reading

if TYPE_CHECKING:
    from cryptography.x509.certificate_transparency import SignedCertificateTimestamp


@dataclass(frozen=True)
class Timestamp:
    """One: the log in lower-case hex, when it promised (aware UTC), and what is wrong with its form; empty when nothing is."""

    log_id: str
    at: datetime
    problem: str = ""


def read(certificate: x509.Certificate, now: datetime) -> list[Timestamp]:
    """The timestamps that are embedded in a certificate. Whether the logs have signed them, only they can tell.

    StoreError when the list of them cannot be read.
    """
    with reading("the certificate"):
        listed = extension(certificate, x509.PrecertificateSignedCertificateTimestamps) or ()
        found: list[Timestamp] = []
        for one in listed:
            log_id, at = one.log_id.hex(), one.timestamp.replace(tzinfo=timezone.utc)
            problem = _problem(one, at, now) or _twice(log_id, found)
            found.append(Timestamp(log_id, at, problem))
        return found


def told(found: Sequence[Timestamp]) -> dict[str, Any]:
    """The shape that modules return. valid is None where there is nothing to say it of."""
    problems = [f"{one.log_id}: {one.problem}" for one in found if one.problem]
    return {
        "count": len(found),
        "valid": not problems if found else None,
        "problem": "; ".join(problems) or None,
        "logs": [{"log_id": one.log_id, "timestamp": rfc3339(one.at)} for one in found],
    }


def _problem(one: SignedCertificateTimestamp, at: datetime, now: datetime) -> str:
    if at > now:
        return f"it is of {rfc3339(at)}, which is not yet"
    # RFC 6962 section 2.1.4: nothing else may sign them.
    kind = one.signature_algorithm.name
    if kind not in ("ECDSA", "RSA") or not isinstance(one.signature_hash_algorithm, hashes.SHA256):
        return "it is signed in a way that logs must not use"
    try:
        whole = kind == "RSA" or all(decode_dss_signature(one.signature))
    except ValueError:
        whole = False
    return "" if whole and one.signature else "its signature is malformed"


def _twice(log_id: str, before: Sequence[Timestamp]) -> str:
    return "it is there twice" if any(one.log_id == log_id for one in before) else ""
