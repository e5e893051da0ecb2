# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders that a run before this one may have left behind at the CA."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ..._acme import account, certificate, order
from ..._acme.client import Client
from ..._acme.errors import AcmeError
from ..._acme.order import LOOKED_AT, OPEN, Order, OrderRequest, OrderStatus
from ..._acme.parallel import each
from ..._acme.problem import ACME_ERROR, ErrorType


class OpenOrders:
    """The orders of the account that a run may have left behind, where the CA lists them; each is given away once.

    `kept` are those that were known by their URLs. Where none is None, nothing is to be found, and the CA is not asked.
    """

    def __init__(
        self,
        client: Client,
        found: account.Account | None,
        kept: Sequence[Order | AcmeError | None],
        limit: int,
    ) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._orders: list[Order] = []
        self._issued: list[Order] = []
        self._processing: list[Order] = []
        self._unread: AcmeError | None = None
        wanted = kept.count(None)
        listed_at = (found or account.fetch(client)).orders if wanted else None
        if listed_at:
            taken = {one.url for one in kept if isinstance(one, Order)}
            urls = [url for url in order.open_orders(client, listed_at) if url not in taken][-(LOOKED_AT + wanted) :]
            orders = each(urls, lambda url: order.fetch(client, url), limit)
            self._orders = [
                one for one in orders if isinstance(one, Order) and one.status in OPEN and one.offered(client)
            ]
            self._issued = [one for one in orders if isinstance(one, Order) and one.status == OrderStatus.VALID]
            self._processing = [
                one for one in orders if isinstance(one, Order) and one.status == OrderStatus.PROCESSING
            ]
            self._unread = next((one for one in orders if isinstance(one, AcmeError) and not _is_gone(one)), None)

    def take(self, request: OrderRequest, csr: bytes | None) -> Order | None:
        """Return an order that fits the request and is open, or whose certificate has the key of the CSR; or None.

        With a CSR also one that is processing: nobody can see for which key, but whose else should it be. Raise AcmeError
        where one that could not be read may be it.
        """
        if csr:
            for one in self._issued:
                if one.fits(request) and certificate.is_for(self._client, one, csr):
                    return one
        if request.not_before or request.not_after:
            # Not every CA shows what an order was made with.
            return None
        with self._lock:
            for found in (self._orders, self._processing if csr else []):
                for one in found:
                    if one.fits(request):
                        found.remove(one)
                        return one
        if self._unread:
            # It may be the one: another would be a second.
            raise self._unread
        return None


def _is_gone(error: AcmeError) -> bool:
    """Say whether the CA itself says that the account has no such order; what else keeps it from being read may pass."""
    kind, status = error.problem.type, error.problem.status
    refused = status in (400, 401, 403) and kind.startswith(ACME_ERROR) and kind != ErrorType.BAD_NONCE
    return refused or status in (404, 410)


def still_ours(client: Client, url: str) -> Order | None:
    """Return the order; None where the CA has none for this account there, which CAs say in several ways."""
    try:
        return order.fetch(client, url)
    except AcmeError as error:
        if not _is_gone(error):
            raise
    return None
