# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate is revoked, asked where it says that this is told: CRL and OCSP. What is said is verified.

Nothing here raises: that there is no answer is one of the answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .._store import certificate as certificates
from .._store import crl, ocsp
from .._store.errors import StoreError
from .._store.facts import rfc3339
from .._store.revocation import Status
from .._store.shown import shown
from .fetched import fetch

if TYPE_CHECKING:
    from .._store.libraries import x509

GOOD, REVOKED, UNKNOWN = "good", "revoked", "unknown"


class Revocation:
    """Asks, with so many seconds for each URL. Each CRL is fetched once, as many certificates name the same one.

    Safe for use by several threads at once.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._fetched: dict[str, bytes | StoreError] = {}

    def by_crl(self, chain: Sequence[x509.Certificate], now: datetime) -> dict[str, Any] | None:
        """What its CRL says of the first certificate of a chain; None when it names none.

        status is GOOD, REVOKED or UNKNOWN, and then problem says why. Times are RFC 3339; see Status.
        """
        return _first(
            chain, crl.urls, lambda url, leaf, issuer: crl.look_up(self._crl(url), leaf, issuer, now), "the CRL"
        )

    def by_ocsp(self, chain: Sequence[x509.Certificate], now: datetime) -> dict[str, Any] | None:
        """The same, asked of its OCSP responder."""

        def ask(url: str, leaf: x509.Certificate, issuer: x509.Certificate) -> Status:
            asked = ocsp.request(leaf, issuer)
            return ocsp.look_up(fetch(url, self._seconds, asked, "application/ocsp-request"), leaf, issuer, now)

        return _first(chain, ocsp.urls, ask, "the OCSP response")

    def _crl(self, url: str) -> bytes:
        with self._lock:
            own = self._locks.setdefault(url, threading.Lock())
        with own:
            if url not in self._fetched:
                try:
                    self._fetched[url] = fetch(url, self._seconds)
                except StoreError as error:
                    self._fetched[url] = error
            found = self._fetched[url]
        if isinstance(found, StoreError):
            raise found
        return found


def _first(
    chain: Sequence[x509.Certificate],
    urls: Callable[[x509.Certificate], Sequence[str]],
    ask: Callable[[str, x509.Certificate, x509.Certificate], Status],
    what: str,
) -> dict[str, Any] | None:
    """The first answer that one of the URLs has, or why none has one."""
    problems: list[str] = []
    try:
        named = urls(chain[0])
        issuer = next((one for one in chain[1:] if certificates.signed_by(chain[0], one)), None)
    except StoreError as error:
        return _told(None, None, str(error))
    if not named:
        return None
    if issuer is None:
        return _told(named[0], None, f"the certificate of its issuer is not in the chain, so nothing can verify {what}")
    for url in named:
        try:
            return _told(url, ask(url, chain[0], issuer), None)
        except StoreError as error:
            problems.append(str(error))
    return _told(named[0], None, "; ".join(dict.fromkeys(problems)))


def _told(url: str | None, status: Status | None, problem: str | None) -> dict[str, Any]:
    said = UNKNOWN if status is None else REVOKED if status.revoked else GOOD
    times = ("revoked_at", "this_update", "next_update")
    known = {name: rfc3339(moment) if (moment := getattr(status, name, None)) else None for name in times}
    reason = status.reason if status else None
    return {"status": said, "url": url and shown(url), "problem": problem, "reason": reason, **known}
