# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last look at a chain before it is deployed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import certificate as certificates
from . import key as keys
from . import names
from .errors import StoreError
from .facts import rfc3339

if TYPE_CHECKING:
    from .libraries import PrivateKey, x509

# Hosts whose clock runs a little behind the CA's are common, and a certificate is served for weeks.
_CLOCK_SKEW = timedelta(minutes=5)
_CLOCK_HINT = "Check the clock of this host; if it is right, request the certificate again."
_CHAIN_HINT = "Request the certificate again; if the CA goes on giving out such chains, tell it."


def check(chain: Sequence[x509.Certificate], key: PrivateKey, identifiers: Sequence[str] | None, now: datetime) -> None:
    """Raises StoreError unless the first certificate fits the key and, when given, the normalised identifiers,
    and the chain holds together."""
    with certificates.reading("the chain"):
        if not keys.fits(key, chain[0].public_key()):
            raise StoreError(
                "the certificate does not belong to the private key", "Request it again for the staged key."
            )
        if identifiers is not None:
            _check_names(chain[0], identifiers)
    hold_together(chain, now)


def hold_together(chain: Sequence[x509.Certificate], now: datetime) -> None:
    """Raises StoreError unless all are valid now (5 minutes allowed for clocks), and each is signed by the next, which may do so."""
    with certificates.reading("the chain"):
        for position, certificate in enumerate(chain, 1):
            _check_validity(certificate, position, now)
        for position, (certificate, issuer) in enumerate(zip(chain, chain[1:]), 1):
            if not certificates.signed_by(certificate, issuer):
                raise StoreError(
                    f"certificate {position} of the chain is not signed by certificate {position + 1}", _CHAIN_HINT
                )
        for position in range(1, len(chain)):
            _check_authority(chain[position], position + 1, chain[1:position])
        if certificates.claims_self_signed(chain[-1]) and not certificates.is_self_signed(chain[-1]):
            raise StoreError(
                f"{_which(chain[-1], len(chain))} names itself as its issuer, but did not sign itself", _CHAIN_HINT
            )


def _check_names(leaf: x509.Certificate, identifiers: Sequence[str]) -> None:
    difference = names.differences(identifiers, certificates.identifiers(leaf))
    if difference:
        raise StoreError(f"the certificate is for other names: {difference}")


def _check_validity(certificate: x509.Certificate, position: int, now: datetime) -> None:
    which = _which(certificate, position)
    not_before, not_after = certificates.validity(certificate)
    if now > not_after:
        raise StoreError(f"{which} expired at {rfc3339(not_after)}", _CLOCK_HINT)
    if now + _CLOCK_SKEW < not_before:
        raise StoreError(f"{which} is not valid before {rfc3339(not_before)}", _CLOCK_HINT)


def _check_authority(certificate: x509.Certificate, position: int, between: Sequence[x509.Certificate]) -> None:
    """RFC 5280 section 6.1.4 (k) to (n): whether it may have signed, given those between it and the first certificate."""
    which = _which(certificate, position)
    authority = certificates.authority(certificate)
    if not authority.is_ca:
        raise StoreError(f"{which} is not that of a CA, and has signed another", _CHAIN_HINT)
    if not authority.may_sign:
        raise StoreError(f"{which} must not be used to sign certificates, and was", _CHAIN_HINT)
    # Section 4.2.1.9: those that a CA made for itself, to change its key, do not count.
    longer = sum(one.issuer != one.subject for one in between)
    if authority.path_length is not None and longer > authority.path_length:
        raise StoreError(f"{which} allows {authority.path_length} CAs below it, and has {longer}", _CHAIN_HINT)


def _which(certificate: x509.Certificate, position: int) -> str:
    return f"certificate {position} of the chain ({certificates.shown_name(certificate.subject) or 'no subject'})"
