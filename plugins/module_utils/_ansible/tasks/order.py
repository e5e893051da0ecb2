# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders: made, or taken up when one for the same names is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._acme import account, authorization, certificate, order
from ..._acme.authorization import FAILED, Authorization
from ..._acme.client import Client
from ..._acme.errors import AcmeError
from ..._acme.identifier import Identifier
from ..._acme.order import OPEN, Order, OrderRequest, OrderStatus
from ..._acme.parallel import each, following
from ..._acme.problem import ErrorType, Problem
from ..ca_task import CaTask
from ..conversation import conversation
from ..identifiers import checked
from ..results import collected, items, problem
from . import budget
from .certificate import csr_der
from .open_orders import OpenOrders, still_ours

# An order, and whether it was made just now.
Made = tuple[Order, bool]


def present(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return for each order asked for one at the CA, with what its challenges want to see."""
    names = [item["name"] for item in params["orders"]]
    requests = each(params["orders"], _request, 1)
    if check_mode:
        ration = budget.Ration(params, params["account_uri"], warn)
        requests = ration.within(requests, params["orders"], [None] * len(requests), check_mode)
        return _listed(items(names, budget.shown(requests), _expected), params["account_uri"])
    limit = params["concurrency"]
    with conversation(params) as client:
        found = account.sign_in(client)
        client.expect(sum(len(item["identifiers"]) for item in params["orders"]))
        wanted = list(zip(requests, params["orders"]))
        kept = each(wanted, lambda one: _kept(client, *one), limit)
        known = OpenOrders(client, found, kept if params["take_up"] else [], limit)
        there = each(list(zip(kept, wanted)), lambda one: _there(known, *one), limit)
        ration = budget.Ration(params, client.account_url, warn)
        made = _made(client, there, ration.within(requests, params["orders"], there), limit)
        ration.settle(made)
        made = _each_its_own(names, made)
        read = _anew(client, requests, _with_authorizations(client, made, limit), limit)
        listed = items(names, budget.shown(_described_all(client, read)), dict)
    _tell_exempt(params["orders"], listed, warn)
    return _listed(listed, client.account_url)


def info(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return orders and their authorizations as the CA has them."""
    with conversation(params) as client:
        account.sign_in(client)
        limit = params["concurrency"]
        urls = [item["url"] for item in params["orders"]]
        found: list[Made | AcmeError] = each(urls, lambda url: (order.fetch(client, url), False), limit)
        read = _with_authorizations(client, found, limit)
        names = [item["name"] or item["url"] for item in params["orders"]]
        listed = items(names, _described_all(client, read), dict)
    return collected("orders", listed, account_uri=client.account_url)


def _listed(listed: list[dict[str, Any]], account_uri: str | None) -> dict[str, Any]:
    left = [item["name"] for item in listed if item.get("put_off")]
    return collected("orders", listed, account_uri=account_uri, **({"put_off": left} if left else {}))


def _tell_exempt(
    asked: Sequence[Mapping[str, Any]], listed: Sequence[dict[str, Any]], warn: Callable[[str], None]
) -> None:
    """Say of each order whether rate limits are for it (RFC 9773 section 5), and warn of what the CA did not take as a renewal."""
    for item, result in zip(asked, listed):
        if result.get("url"):
            result["exempt"] = bool(item["exempt"] and result["replaces"])
        if result.get("not_replaced"):
            why = result["not_replaced"]
            warn(f"{item['name']}: ordered, but not as the replacement of the certificate that it is to replace: {why}")


def _described_all(
    client: Client, read: Sequence[tuple[Made, list[Authorization]] | AcmeError]
) -> list[dict[str, Any] | AcmeError]:
    """Return the dictionary of each order, or why it has none: one with a token that is refused does not fail the others."""

    def described(one: tuple[Made, list[Authorization]] | AcmeError) -> dict[str, Any]:
        if isinstance(one, AcmeError):
            raise one
        return describe(client, *one)

    return each(read, described, 1)


def describe(client: Client, made: Made, authorizations: Sequence[Authorization]) -> dict[str, Any]:
    """Return an order and its authorizations as a dictionary."""
    found, changed = made
    return {
        "changed": changed,
        "url": found.url,
        "status": found.status,
        "expires": found.expires,
        "profile": found.profile,
        "replaces": found.replaces,
        "not_replaced": str(found.not_replaced) if found.not_replaced else None,
        "identifiers": sorted(item.value for item in found.identifiers),
        # A CA may list them in any sequence, and another one each time.
        "authorizations": [_described(client, item) for item in sorted(authorizations, key=lambda item: item.name)],
        "problem": problem(found.error) if found.error else None,
    }


def _described(client: Client, found: Authorization) -> dict[str, Any]:
    failed = found.problem()
    return {
        "identifier": found.identifier.value,
        "wildcard": found.wildcard,
        "url": found.url,
        "status": found.status,
        "expires": found.expires,
        "challenges": found.material(client.key, client.account_url),
        "problem": problem(failed) if failed else None,
    }


def _request(item: Mapping[str, Any]) -> OrderRequest:
    return OrderRequest(
        identifiers=tuple(Identifier.of(name) for name in checked(item["identifiers"])),
        profiles=tuple(profile for profile in item["profile"] or () if profile),
        replaces=item["replaces"],
        not_before=item["not_before"],
        not_after=item["not_after"],
    )


def _expected(one: OrderRequest | dict[str, Any]) -> dict[str, Any]:
    if isinstance(one, dict):
        return one
    return {"changed": True, "url": None, "status": None, "authorizations": []}


def _kept(client: Client, request: OrderRequest | AcmeError, item: Mapping[str, Any]) -> Order | None:
    """Return the order at the URL that was given, when it may still bring the certificate; None when one is to be had anew."""
    if isinstance(request, AcmeError):
        raise request
    found = still_ours(client, item["url"]) if item["url"] else None
    if found is None or found.status == OrderStatus.INVALID or not found.fits(request):
        return None
    if found.status in OPEN and not found.offered(client):
        # It would be taken up, and refused when it is finalized, for as long as the CA keeps it.
        return None
    csr = _csr(item)
    over = csr and found.status == OrderStatus.VALID and not certificate.is_for(client, found, csr)
    return None if over else found


def _there(
    known: OpenOrders, kept: Order | AcmeError | None, wanted: tuple[OrderRequest | AcmeError, Mapping[str, Any]]
) -> Order | None:
    """Return the order that is taken up; None when one is to be made."""
    request, item = wanted
    if isinstance(kept, AcmeError):
        raise kept
    if isinstance(request, AcmeError):
        raise request
    # Where the URL was known, an order that was issued is not in doubt.
    return kept or known.take(request, None if item["url"] else _csr(item))


def _made(
    client: Client, there: Sequence[Order | AcmeError | None], requests: Sequence[OrderRequest | AcmeError], limit: int
) -> list[Made | AcmeError]:
    """Return the orders that are there, and with them those that are made now."""

    def make(one: tuple[Order | AcmeError | None, OrderRequest | AcmeError]) -> Made:
        found, request = one
        if isinstance(found, AcmeError):
            raise found
        if isinstance(request, AcmeError):
            raise request
        return (found, False) if found else (order.create(client, request), True)

    # What is left for the next run is not among those of which it is told how many were made, and how many failed.
    todo = [request if isinstance(request, budget.Left) else (one, request) for one, request in zip(there, requests)]
    client.progress.begin("orders made", sum(not isinstance(one, AcmeError) for one in todo))
    return following(todo, lambda some: each(some, make, limit, client.progress))


def _csr(item: Mapping[str, Any]) -> bytes | None:
    return csr_der(item["csr"], "create the order") if item["csr"] else None


def _each_its_own(names: Sequence[str], made: Sequence[Made | AcmeError]) -> list[Made | AcmeError]:
    """Return the same, with an error where the CA gave an order to two items: it takes the CSR of one of them only."""
    first: dict[str, str] = {}

    def checked(pair: tuple[str, Made | AcmeError]) -> Made:
        name, one = pair
        if isinstance(one, AcmeError):
            raise one
        other = first.setdefault(one[0].url, name)
        if other != name:
            # RFC 8555 section 7.4 leaves it to the CA whether the same identifiers make another order.
            detail = f"the CA gave one order for {name} and for {other}, which want certificates for the same names"
            refused = Problem(ErrorType.INVALID_INPUT.value, detail)
            hint = f"Let them share one certificate, or run again when {other} has its own."
            raise AcmeError(refused, doing="create the order", url=one[0].url, hint=hint)
        return one

    return each(zip(names, made), checked, 1)


def _with_authorizations(
    client: Client, made: Sequence[Made | AcmeError], limit: int
) -> list[tuple[Made, list[Authorization]] | AcmeError]:
    """Return each order with its authorizations, which are asked for all orders together."""
    urls = [() if isinstance(one, AcmeError) else one[0].authorizations for one in made]
    found: list[tuple[Made, list[Authorization]] | AcmeError] = []
    client.progress.begin("authorizations read", sum(map(len, urls)))
    for one, own in zip(made, authorization.fetch_all(client, urls, limit, client.progress)):
        if isinstance(one, AcmeError):
            found.append(one)
        else:
            found.append(own if isinstance(own, AcmeError) else _checked(one, own))
    return found


def _anew(
    client: Client,
    requests: Sequence[OrderRequest | AcmeError],
    read: list[tuple[Made, list[Authorization]] | AcmeError],
    limit: int,
) -> list[tuple[Made, list[Authorization]] | AcmeError]:
    """Return the same, with another order in the place of each that was taken up and cannot become ready any more.

    RFC 8555 section 7.1.6: with an authorization its orders fail. Not every CA says so, and one would be taken up for ever.
    """

    def lost(one: tuple[Made, list[Authorization]] | AcmeError) -> bool:
        if isinstance(one, AcmeError):
            return False
        (found, new), own = one
        return not new and found.status in OPEN and any(item.status in FAILED for item in own)

    again = [number for number, one in enumerate(read) if lost(one)]
    todo = [request for number in again if isinstance(request := requests[number], OrderRequest)]
    made: list[Made | AcmeError] = each(todo, lambda request: (order.create(client, request), True), limit)
    for number, other in zip(again, _with_authorizations(client, made, limit) if made else ()):
        read[number] = other
    return read


def _checked(made: Made, own: list[Authorization]) -> tuple[Made, list[Authorization]] | AcmeError:
    try:
        return made, authorization.asked_for(own, made[0].identifiers, made[0].url)
    except AcmeError as error:
        return error


_ORDER_ITEM = {
    "name": {"type": "str", "required": True},
    "identifiers": {"type": "list", "elements": "str", "required": True},
    "url": {"type": "str"},
    "csr": {"type": "str"},
    "profile": {"type": "list", "elements": "str"},
    "replaces": {"type": "str"},
    "not_before": {"type": "str"},
    "not_after": {"type": "str"},
    "expires": {"type": "str"},
    "renews": {"type": "bool", "default": False},
    "exempt": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
}
_ORDER_OPTIONS = {
    "orders": {"type": "list", "elements": "dict", "required": True, "options": _ORDER_ITEM},
    "take_up": {"type": "bool", "default": True},
    "rate_limits": {"type": "dict"},
    "state_directory": {"type": "path"},
}

ORDER = CaTask(present, _ORDER_OPTIONS)


_ORDER_INFO_ITEM = {"name": {"type": "str"}, "url": {"type": "str", "required": True}}
_ORDER_INFO_OPTIONS = {"orders": {"type": "list", "elements": "dict", "required": True, "options": _ORDER_INFO_ITEM}}

ORDER_INFO = CaTask(info, _ORDER_INFO_OPTIONS)
