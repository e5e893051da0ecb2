# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as a CA hands them out (RFC 8555 section 7.4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from . import libraries, order, validation
from .chain import Chain, select, split
from .client import PEM_CHAIN, Client
from .errors import AcmeError, OrderNotReady, bad_response
from .order import Order, OrderStatus
from .parallel import each
from .polling import Pending, Watch, poll_all
from .problem import ErrorType, Problem

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MAX_ALTERNATES = 10
DOING = "wait for the certificate"
# As often an order may say that it is ready, and not be it when the CSR comes.
MAX_NOT_READY = 5


@dataclass(frozen=True)
class Issued:
    """The certificate of an order: the chain that was chosen, and the others. `changed` unless it was issued before.

    When no chain is the preferred one, or one that was asked for cannot be had, `error` says so: it has been issued. `passed_over`
    says so where the default chain will do. `profile` is that of the order, as far as the CA tells it.
    """

    url: str
    changed: bool
    chain: Chain
    others: tuple[Chain, ...]
    error: AcmeError | None = None
    passed_over: AcmeError | None = None
    profile: str | None = None


@dataclass
class Issuance:
    """An order that is to be issued: its URL, the CSR (DER), which chain is preferred (see `select`), all chains or one.

    With `fallback` the default chain will do where there is none that is preferred.
    `finalize` is the URL for the CSR where the order is known to be ready, which saves looking at it first.
    """

    url: str
    csr: bytes
    preferred: str | None = None
    alternates: bool = False
    finalize: str | None = None
    fallback: bool = False
    changed: bool = False
    tried: bool = False
    taken: bool = False
    not_ready: int = 0

    def look(self, client: Client) -> Issued | Pending:
        """Finalize the order once it is ready, and return the certificate once it is valid."""
        if self.finalize and not self.tried:
            now = self._finalized(client, self.finalize)
        else:
            now = order.fetch(client, self.url)
            self.changed = self.changed or now.status != OrderStatus.VALID
            if now.status == OrderStatus.READY and not self.taken:
                now = self._finalized(client, now.finalize)
        # Right after finalize a CA may still show the order as it was before (a race that several have).
        waiting = [OrderStatus.PROCESSING, OrderStatus.READY, *([OrderStatus.PENDING] if self.tried else [])]
        return now.pending() if now.status in waiting else self._collect(client, now)

    def _finalized(self, client: Client, finalize_url: str) -> Order:
        self.tried = True
        try:
            now = order.finalize(client, self.url, finalize_url, self.csr)
        except OrderNotReady:
            self.not_ready += 1
            if self.not_ready == MAX_NOT_READY:
                raise
            return order.fetch(client, self.url)
        # Some CAs call an order ready that they do not take a CSR for yet: then it is pending again.
        self.changed, self.taken = True, now.status != OrderStatus.PENDING
        return now

    def _collect(self, client: Client, now: Order) -> Issued:
        if now.status == OrderStatus.INVALID:
            raise validation.failure(client, now, DOING)
        if now.status not in (OrderStatus.PENDING, OrderStatus.VALID):
            problem = Problem(ErrorType.VALIDATION_FAILED.value, f"the order is {now.status}")
            raise AcmeError(problem, doing=DOING, url=now.url)
        if now.status != OrderStatus.VALID:
            detail = f"the order is {now.status}: its names have not been validated"
            raise AcmeError(
                Problem(ErrorType.ORDER_NOT_READY.value, detail),
                doing="finalize the order",
                url=now.url,
                hint="Answer its challenges first (webpki.acme.challenge).",
            )
        if now.certificate is None:
            detail = "the order is valid, but names no certificate"
            raise bad_response(detail, doing="issue the certificate", url=now.url)
        default, found = download(client, now.certificate, alternates=bool(self.preferred) or self.alternates)
        others = [one for one in found if isinstance(one, Chain)]
        lacking = next((one for one in found if isinstance(one, AcmeError)), None)
        chosen = default
        refused: AcmeError | None = None
        try:
            chosen = select(default, others, self.preferred, now.certificate)
        except AcmeError as none_fits:
            # The one that could not be had may be it.
            refused = lacking or none_fits
        left = tuple(one for one in (default, *others) if one is not chosen)
        failed, passed_over = (None, refused) if self.fallback else (refused, None)
        if self.alternates:
            failed = failed or lacking
        return Issued(now.url, self.changed, chosen, left, failed, passed_over, now.profile)


def issue_all(client: Client, issuances: Sequence[Issuance], limit: int) -> list[Issued | AcmeError]:
    """Finalize all orders that are ready, wait until they are valid, and return their certificates.

    One that is on its way, or was issued before, is not finalized again.
    """
    watched = [Watch(one.url, partial(one.look, client), at_once=True) for one in issuances]
    client.progress.begin("certificates issued", len(watched))
    return poll_all(
        watched, client.deadline, limit, doing=DOING, round_trip=client.transport.round_trip, progress=client.progress
    )


def download(client: Client, url: str, *, alternates: bool) -> tuple[Chain, list[Chain | AcmeError]]:
    """Return the certificate with its default chain, and its alternate chains if wanted (RFC 8555 section 7.4.2).

    An alternate chain that cannot be had does not lose the certificate: its error stands in its place.
    """
    doing = "download the certificate"
    response = client.post_as_get(url, doing=doing, accept=PEM_CHAIN)
    default = split(response.body, doing=doing, url=url)

    def other(link: str) -> Chain:
        reply = client.post_as_get(link, doing="download an alternate chain", accept=PEM_CHAIN)
        return split(reply.body, doing="download an alternate chain", url=link)

    return default, each(response.links("alternate")[:MAX_ALTERNATES] if alternates else [], other, 1)


def is_for(client: Client, valid: Order, csr: bytes) -> bool:
    """Say whether the certificate of a valid order has the key of a CSR (DER), and the most of its time before it."""
    if valid.certificate is None:
        return False
    form = (libraries.serialization.Encoding.DER, libraries.serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        found, _others = download(client, valid.certificate, alternates=False)
        issued = libraries.x509.load_pem_x509_certificate(found.certificate.encode("ascii"))
        mine, asked = (one.public_key().public_bytes(*form) for one in (issued, libraries.x509.load_der_x509_csr(csr)))
    except (ValueError, TypeError, libraries.UnsupportedAlgorithm):
        return False
    except AcmeError as error:
        if error.problem.status not in (404, 410):
            raise
        # It is of no use where the CA has it no more.
        return False
    start, end = (_moment(issued, name) for name in ("not_valid_before", "not_valid_after"))
    # One that lay there for long would soon be due, and one that has expired would be refused again and again.
    return bool(mine == asked and client.deadline.clock.now() < start + (end - start) / 3)


def _moment(certificate: Certificate, name: str) -> datetime:
    # cryptography before 42 has no times with a zone.
    moment: datetime = getattr(certificate, f"{name}_utc", None) or getattr(certificate, name).replace(
        tzinfo=timezone.utc
    )
    return moment
