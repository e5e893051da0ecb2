# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders (RFC 8555 sections 7.1.3 and 7.4)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from . import account
from .client import Client
from .deadline import parse_retry_after
from .directory import Directory, json_object
from .errors import AcmeError, OrderNotReady, bad_response, invalid_input
from .identifier import Identifier
from .key import b64
from .polling import Pending
from .problem import ErrorType, Problem
from .shown import listed, word
from .transport import Response
from .url import https_url


class OrderStatus(str, Enum):
    """RFC 8555 section 7.1.6."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


# One that is processing was finalized, with a CSR that only its owner knows.
OPEN = (OrderStatus.PENDING, OrderStatus.READY)

# With these a CA says that the request as such is not to its liking.
NOT_LIKED = (ErrorType.MALFORMED, ErrorType.BAD_RESPONSE)

# A list of orders may be long, and hold those that are over (RFC 8555 section 7.1.2.1): this many are looked at, at the most,
# beside as many as are wanted.
LOOKED_AT = 30
_PAGES = 500


@dataclass(frozen=True)
class OrderRequest:
    """What is asked for; the times are RFC 3339, `replaces` the ARI identifier of the predecessor (RFC 9773).

    Of the profiles the first one that the CA offers is asked for; without any the CA chooses.
    """

    identifiers: tuple[Identifier, ...]
    profiles: tuple[str, ...] = ()
    replaces: str | None = None
    not_before: str | None = None
    not_after: str | None = None

    def to_json(self, profile: str | None = None) -> dict[str, Any]:
        """Return the payload of newOrder."""
        optional = {
            "profile": profile,
            "replaces": self.replaces,
            "notBefore": self.not_before,
            "notAfter": self.not_after,
        }
        given = {name: value for name, value in optional.items() if value}
        return {"identifiers": [item.to_json() for item in self.identifiers], **given}


@dataclass(frozen=True)
class Order:
    """An order as the CA has it. `retry_after` is in seconds, from the reply that brought it."""

    url: str
    status: str
    identifiers: tuple[Identifier, ...]
    authorizations: tuple[str, ...]
    finalize: str
    certificate: str | None
    expires: str | None
    profile: str | None
    error: Problem | None
    retry_after: float | None = field(default=None, compare=False)
    #: The certificate that the CA takes it for the replacement of (RFC 9773 section 5), and why it did not, where it was asked to.
    replaces: str | None = None
    not_replaced: Problem | None = field(default=None, compare=False)

    @classmethod
    def from_response(cls, url: str, response: Response, doing: str) -> Order:
        """Read the order object."""
        data = json_object(response, doing)

        def listed(name: str, kind: type) -> list[Any]:
            value = data.get(name)
            if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
                raise bad_response(f"the order has no list of {name}", doing=doing, url=url)
            return value

        def checked(value: Any) -> str:
            return https_url(value, doing=doing, seen_at=url)

        error = data.get("error")
        retry_after = response.headers.get("Retry-After")
        return cls(
            url=url,
            status=word(data.get("status")),
            identifiers=tuple(Identifier.from_json(item) for item in listed("identifiers", dict)),
            authorizations=tuple(checked(item) for item in listed("authorizations", str)),
            finalize=checked(data.get("finalize")),
            certificate=checked(data["certificate"]) if data.get("certificate") else None,
            expires=word(data["expires"]) if isinstance(data.get("expires"), str) else None,
            profile=word(data["profile"]) if isinstance(data.get("profile"), str) else None,
            error=Problem.from_json(error) if isinstance(error, Mapping) else None,
            retry_after=parse_retry_after(retry_after, datetime.now(timezone.utc)),
            replaces=word(data["replaces"]) if isinstance(data.get("replaces"), str) else None,
        )

    def pending(self) -> Pending:
        """Return how it stands, for those who wait for it."""
        return Pending(f"the order is {self.status}", self.retry_after)

    def fits(self, request: OrderRequest) -> bool:
        """Say whether this is an order for the same: names (in any sequence) and, where asked for, one of the profiles.

        And not one that replaces another certificate than the request; one that replaces none will do.
        """
        same = set(self.identifiers) == set(request.identifiers)
        same = same and (not request.replaces or self.replaces in (None, request.replaces))
        return same and (not request.profiles or self.profile in request.profiles)

    def offered(self, client: Client) -> bool:
        """Say whether the CA still offers the profile that this order was made with: otherwise it will not issue for it."""
        profiles = client.directory.profiles
        return not profiles or self.profile is None or self.profile in profiles


def create(client: Client, request: OrderRequest) -> Order:
    """Make an order; the CA may give one back that was open (RFC 8555 section 7.4)."""
    doing = "create the order"
    directory = client.directory
    profile = _offered(directory, request.profiles, doing)
    payload = request.to_json(profile)
    if not directory.renewal_info:
        # RFC 9773 section 5: not where the CA does not know what it means.
        payload.pop("replaces", None)
    not_replaced: Problem | None = None
    try:
        response = client.post(directory.new_order, payload, doing=doing)
    except AcmeError as error:
        if (request.not_before or request.not_after) and error.problem.type in NOT_LIKED:
            error.hint = "Few CAs let their customers choose the times: leave not_before and not_after out."
        over_it = "replaces" in payload and _may_be_over_replaces(error)
        if error.doubtful or not over_it:
            client.wait_out(error, doing)
            made = _made_all_the_same(client, request, error, over_it)
            if made:
                return made
        if over_it:
            # An order that replaces nothing is better than none.
            not_replaced = error.problem
            del payload["replaces"]
        response = client.post(directory.new_order, payload, doing=doing)
    order = Order.from_response(response.location(doing), response, doing)
    if set(order.identifiers) != set(request.identifiers):
        # RFC 8555 section 7.4: the identifiers of the order are those of the request.
        raise bad_response("the CA made an order for other names than were asked for", doing=doing, url=order.url)
    # Not every CA says in the order which profile it is for.
    return replace(order, profile=order.profile or profile, not_replaced=not_replaced)


def _may_be_over_replaces(error: AcmeError) -> bool:
    """Say whether a CA may have refused an order for what it replaces, which CAs say in several ways; Pebble with 500."""
    kind, status = error.problem.type, error.problem.status
    return kind in (ErrorType.ALREADY_REPLACED, ErrorType.UNAUTHORIZED, ErrorType.MALFORMED) or status in (404, 500)


def _offered(directory: Directory, profiles: Sequence[str], doing: str) -> str | None:
    """Return the first of the profiles that the CA offers; None where none is asked for. It refuses what it does not offer."""
    found = next((profile for profile in profiles if profile in directory.profiles), None)
    if profiles and found is None:
        wanted = f"the profile {profiles[0]}" if len(profiles) == 1 else f"any of the profiles {', '.join(profiles)}"
        detail = f"the CA does not offer {wanted} (offered: {listed(directory.profiles)})"
        raise AcmeError(Problem(ErrorType.INVALID_PROFILE.value, detail), doing=doing, url=directory.new_order)
    return found


def _made_all_the_same(client: Client, request: OrderRequest, lost: AcmeError, over_it: bool) -> Order | None:
    """Return the order that a request made of which nobody knows whether it arrived; None when it certainly made none.

    Also None where the CA may have refused what it replaces. Otherwise raise its error: a second order is worse than none.
    """
    found: list[Order] = []
    whole = False
    # Not every CA shows what an order was made with.
    if not (request.not_before or request.not_after):
        with contextlib.suppress(AcmeError):
            url = account.fetch(client).orders
            urls = open_orders(client, url) if url else []
            found = [fetch(client, one) for one in urls[-LOOKED_AT:]]
            whole = bool(url) and len(urls) < LOOKED_AT
    for one in found:
        if one.status in OPEN and one.fits(request):
            return one
    # What was lost on its way may still arrive, and a gateway does not wait until the CA is done.
    if (whole or over_it) and lost.problem.status == 500:
        return None
    raise lost


def fetch(client: Client, url: str, doing: str = "read the order") -> Order:
    """Return the order as the CA has it now."""
    if not url:
        raise invalid_input("the order has no URL", "Give the one that webpki.acme.order returned.", doing)
    return Order.from_response(url, client.post_as_get(url, doing=doing), doing)


def open_orders(client: Client, orders_url: str) -> Sequence[str]:
    """Return the URLs of the account's list (RFC 8555 section 7.1.2.1), in its sequence: CAs put the newest at the end."""
    doing = "read the account's list of orders"
    found: dict[str, None] = {}
    page: str | None = orders_url
    for _number in range(_PAGES):
        if not page:
            break
        response = client.post_as_get(page, doing=doing)
        listed = json_object(response, doing).get("orders")
        urls = [https_url(item, doing=doing, seen_at=page) for item in (listed if isinstance(listed, list) else [])]
        # Pages that lead to one another would never end.
        more = found.keys() < {*found, *urls}
        found.update(dict.fromkeys(urls))
        page = next(iter(response.links("next")), None) if more else None
    return list(found)


def finalize(client: Client, url: str, finalize_url: str, csr: bytes) -> Order:
    """Send the CSR (DER) of a ready order; return the order as it then is (RFC 8555 section 7.4)."""
    doing = "finalize the order"
    try:
        response = client.post(finalize_url, {"csr": b64(csr)}, doing=doing)
    except AcmeError as error:
        if error.problem.type == ErrorType.INVALID_PROFILE:
            error.hint = (
                "The CA has withdrawn the profile since the order was made. Choose one that webpki.acme.directory_info lists; "
                "the next run makes another order."
            )
        if not isinstance(error, OrderNotReady):
            client.wait_out(error, doing)
        # Whether it was accepted, or not awaited yet, stands in the order; asking twice could be refused.
        now = fetch(client, url)
        if now.status == OrderStatus.READY:
            response = client.post(now.finalize, {"csr": b64(csr)}, doing=doing)
        else:
            return now
    if not response.body:
        return fetch(client, url)
    return Order.from_response(url, response, doing)
