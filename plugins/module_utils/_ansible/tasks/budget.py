# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate-limit sense: which orders are made in this run, and which are left for the next. What tasks/order.py asks of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Union

from ..._acme import budget
from ..._acme.budget import Later, Taken, Wanted
from ..._acme.ca import directory_url
from ..._acme.errors import AcmeError, invalid_input
from ..._acme.order import Order, OrderRequest
from ..._acme.parallel import each
from ..._acme.problem import ErrorType, Problem
from ..._acme.rate_limits import Limits, limits_of
from ..remembered import Remembered, member
from ..times import rfc3339, seconds
from .failed_names import FailedNames, failures

DOING = "create the order"
# Whatever becomes of an order, after a week nobody has to know what it was counted as.
_OVER_AFTER = 7 * 86400
_GUESSED = (
    "The Python library publicsuffixlist is not installed where the CA is talked to, so the last two labels of a name were taken "
    "for its registered domain. More may have been left for the next run than has to wait."
)


# An order that is there already, why that is not known, or None.
Kept = Union[Order, AcmeError, None]


class Left(AcmeError):
    """In the place of an order that is left for the next run, which nobody has failed; `until` is in seconds since the epoch."""

    def __init__(self, later: Later) -> None:
        super().__init__(Problem(ErrorType.RATE_LIMITED.value, later.reason), doing=DOING)
        self.later = later

    def shown(self) -> dict[str, Any]:
        """Return what the result says of it."""
        put_off = {"until": rfc3339(self.later.until), "reason": self.later.reason}
        return {"changed": False, "url": None, "status": None, "authorizations": [], "put_off": put_off}


class Ration:
    """What one task may ask of one CA."""

    def __init__(self, params: Mapping[str, Any], account: str | None, warn: Callable[[str], None]) -> None:
        """`account` is the URL of the account. Raise AcmeError for limits that make no sense."""
        self._limits = limits_of(params["ca"], params["rate_limits"])
        self._failed = FailedNames(params, warn)
        self._remembered = remembered(params, warn)
        self._account = account
        self._warn = warn
        self._now = time.time()
        self._taken: dict[int, Taken] = {}
        self._wanted: dict[int, Wanted] = {}

    def within(
        self,
        requests: Sequence[OrderRequest | AcmeError],
        items: Sequence[Mapping[str, Any]],
        kept: Sequence[Kept],
        check_mode: bool = False,
    ) -> list[OrderRequest | AcmeError]:
        """Return the requests, with why not in the place of those that are not to be sent; an order that is there needs none."""
        found = each(zip(requests, items, kept), self._checked, 1)
        self._wanted = {
            number: _wanted(request, items[number])
            for number, request in enumerate(found)
            if isinstance(request, OrderRequest) and kept[number] is None
        }
        if self._wanted and self._limits != Limits():
            for number, share in self._shared_out(check_mode).items():
                if isinstance(share, Later):
                    found[number] = Left(share)
                else:
                    self._taken[number] = share
        return found

    def settle(self, made: Sequence[tuple[Order, bool] | AcmeError]) -> None:
        """Note which orders were made, and put back what the CA refused, and so did not count."""
        if not (self._remembered.kept and self._taken):
            return

        def change(known: dict[str, Any]) -> dict[str, Any]:
            buckets, orders = member(known, "buckets"), member(known, "orders")
            for number, taken in self._taken.items():
                one = made[number]
                if not isinstance(one, AcmeError):
                    orders[one[0].url] = {"at": self._now, "taken": budget.certificates(taken)}
                elif not one.doubtful:
                    buckets = budget.given_back(buckets, taken)
            return {"buckets": self._with_late(buckets, made), "orders": orders}

        self._remembered.update(change)

    def _with_late(self, buckets: dict[str, Any], made: Sequence[tuple[Order, bool] | AcmeError]) -> dict[str, Any]:
        """Return the buckets with what was asked for as exempt, and was made by the CA as any other order."""
        late = []
        for number, one in self._wanted.items():
            outcome = made[number]
            if one.exempt and not isinstance(outcome, AcmeError) and outcome[1] and outcome[0].replaces is None:
                late.append(replace(one, exempt=False, force=True))
        if not late:
            return buckets
        left = budget.Budget(self._limits, self._account, self._now, buckets)
        left.take(late)
        return left.spent()

    def _checked(self, one: tuple[OrderRequest | AcmeError, Mapping[str, Any], Kept]) -> OrderRequest:
        """Return a request that may be sent; raise AcmeError for one that the CA would refuse, or has refused just now."""
        request, item, kept = one
        if isinstance(request, AcmeError):
            raise request
        expires = _expires(item)
        names = [identifier.value for identifier in request.identifiers]
        most = self._limits.names(request.profiles)
        if kept is None and most and len(names) > most:
            raise invalid_input(
                f"it has {len(names)} names, and this CA takes {most} in a certificate",
                "Divide them among several certificates.",
                DOING,
            )
        refusal = None if kept or item["force"] else self._failed.refusal(names, expires)
        if refusal:
            raise refusal
        return request

    def _shared_out(self, check_mode: bool) -> dict[int, Taken | Later]:
        found: list[Taken | Later] = []

        def change(known: dict[str, Any]) -> dict[str, Any]:
            before = member(known, "buckets") if self._remembered.kept else None
            left = budget.Budget(self._limits, self._account, self._now, before)
            found.extend(left.take(list(self._wanted.values())))
            if left.guessed:
                self._warn(_GUESSED)
            return {"buckets": left.spent(), "orders": self._recent(member(known, "orders"))}

        if check_mode:
            change(self._remembered.load())
        else:
            # What is taken is written down before it is asked for: another run may be at work at the same time.
            self._remembered.update(change)
        return dict(zip(self._wanted, found))

    def _recent(self, orders: Mapping[str, Any]) -> dict[str, Any]:
        return {url: one for url, one in orders.items() if _is_recent(one, self._now)}


def remembered(params: Mapping[str, Any], warn: Callable[[str], None]) -> Remembered:
    """Return what is known of the limits of a CA: the buckets, and for each order what it was counted as."""
    return Remembered(params["state_directory"], "limits", directory_url(params["ca"]), warn)


def shown(listed: Sequence[Any]) -> list[Any]:
    """Return outcomes with what the result says in the place of those that were left."""
    return [one.shown() if isinstance(one, Left) else one for one in listed]


def ended(
    params: Mapping[str, Any],
    begun: Sequence[Any],
    outcomes: Sequence[Order | AcmeError],
    warn: Callable[[str], None],
) -> None:
    """Note what became of orders whose challenges were answered: where one failed no certificate is issued, and its names wait.

    `begun` has an AcmeError for those of which nothing was asked.
    """
    if params["state_directory"] is None:
        return
    waited = [one for one, before in zip(outcomes, begun) if not isinstance(before, AcmeError)]
    failed = [one for one in waited if isinstance(one, AcmeError)]
    proven = [name.value for one in waited if isinstance(one, Order) for name in one.identifiers]
    FailedNames(params, warn).note(failed, proven)
    limits = remembered(params, warn)
    counted = member(limits.load(), "orders")
    over = [one for one in waited if one.url in counted and (isinstance(one, Order) or failures(one))]
    if not over:
        return

    def change(known: dict[str, Any]) -> dict[str, Any]:
        buckets, orders = member(known, "buckets"), member(known, "orders")
        for one in over:
            taken = member(orders, str(one.url)).get("taken")
            orders.pop(str(one.url), None)
            if isinstance(one, AcmeError) and isinstance(taken, list):
                buckets = budget.given_back(buckets, taken)
        return {"buckets": buckets, "orders": orders}

    limits.update(change)


def _wanted(request: OrderRequest, item: Mapping[str, Any]) -> Wanted:
    return Wanted(
        names=tuple(identifier.value for identifier in request.identifiers),
        expires=_expires(item),
        renews=item["renews"],
        exempt=item["exempt"],
        force=item["force"],
    )


def _expires(item: Mapping[str, Any]) -> float | None:
    try:
        return seconds(item["expires"]) if item["expires"] else None
    except ValueError:
        hint = "Give a time with its zone, such as 2026-07-31T12:00:00Z."
        raise invalid_input(f"expires is {item['expires']!r}", hint, DOING) from None


def _is_recent(order: Any, now: float) -> bool:
    try:
        return bool(now - order["at"] < _OVER_AFTER)
    except (KeyError, TypeError):
        return False
