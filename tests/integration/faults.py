# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between a client and a CA, at which places of an issuance, and where that is no reason to fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Callable

from tests.lab.fault_proxy import Asked, End, Fault, Reply, Step, refused

#: Longer than any deadline.
HOURS = 3 * 3600
#: A client waits for a reply this long, in seconds; a late one comes well after that.
REQUEST_TIMEOUT = 4
LATE = 5.5
PAGE = b"<!DOCTYPE html>\n<html><head><title>Not a CA</title></head><body>Try again.</body></html>\n"
#: 100 MB, in parts.
PART, PARTS = b"x" * 65536, 1600


@dataclass(frozen=True)
class Place:
    """The request of an issuance at which a fault is met: the so manieth of its step, and what a failure calls it."""

    name: str
    step: Step
    doing: str
    first: int = 1
    #: Whether it is met by a run that takes up the order which another one has left behind.
    take_up: bool = False


PLACES = [
    Place("directory", Step.DIRECTORY, "read the directory of the CA"),
    Place("nonce", Step.NEW_NONCE, "get a nonce"),
    Place("account", Step.NEW_ACCOUNT, "look up the account"),
    Place("registration", Step.NEW_ACCOUNT, "create the account", first=2),
    Place("account again", Step.ACCOUNT, "read the account", take_up=True),
    Place("orders", Step.ORDERS, "read the account's list of orders", take_up=True),
    Place("left order", Step.ORDER, "read the order", take_up=True),
    Place("order", Step.NEW_ORDER, "create the order"),
    Place("authorization", Step.AUTHORIZATION, "read the authorization"),
    Place("challenge", Step.CHALLENGE, "answer the http-01 challenge for {name}"),
    Place("poll", Step.ORDER, "wait for the validation"),
    Place("finalize", Step.FINALIZE, "finalize the order"),
    Place("download", Step.CERTIFICATE, "download the certificate"),
    Place("alternate", Step.CERTIFICATE, "download an alternate chain", first=2),
    Place("revocation", Step.REVOKE, "revoke the certificate"),
]
EVERYWHERE = frozenset(place.name for place in PLACES)
NOWHERE: frozenset[str] = frozenset()


def problem(status: int, kind: str, **headers: str | None) -> Reply:
    """A problem document."""
    document = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": "the lab says no", "status": status}
    plain = Reply(status, (("Content-Type", "application/problem+json"),), json.dumps(document).encode())
    return plain.having(**headers)


def page(status: int) -> Reply:
    """A web page."""
    return Reply(status, (("Content-Type", "text/html; charset=utf-8"),), PAGE)


def instead(make: Callable[[], Reply]) -> Fault:
    """The CA never sees the request."""
    return lambda asked: make()


def acted_on(reply: Reply) -> Fault:
    """The CA does what it was asked for, and its reply is lost to this one."""

    def fault(asked: Asked) -> Reply:
        asked.reply()
        return reply

    return fault


def changed(change: Callable[[Reply], Reply]) -> Fault:
    """The CA's reply comes, but not as it was."""
    return lambda asked: change(asked.reply())


def redirected(status: int, host: str) -> Fault:
    return lambda asked: Reply(status, (("Location", f"https://{host}:{asked.port}/elsewhere"),))


def soon() -> str:
    return "1"


def date() -> str:
    # It has no fractions of a second.
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=2), usegmt=True)


def hours() -> str:
    return str(HOURS)


def bad_nonce(asked: Asked) -> Reply:
    return problem(400, "badNonce", Replay_Nonce=asked.nonce())


#: Links that cannot be followed, or are none, beside one to a chain that is not there.
ODD_LINKS = ", ".join(
    ["<http://ca.example/1>;rel=alternate", "<//[>;rel=alternate", "garbage", "<>", "</a>;rel", '</b>;rel="up"']
)
_BUSY = {500: "serverInternal", 503: "serverInternal", 429: "rateLimited"}

FAULTS: dict[str, Fault] = {
    **{
        f"{status} {when.__name__}": instead(
            lambda status=status, when=when: problem(status, _BUSY[status], Retry_After=when())
        )  # type: ignore[misc]
        for status in _BUSY
        for when in (soon, date, hours)
    },
    "500 acted on": acted_on(problem(500, "serverInternal")),
    "502 page acted on": acted_on(page(502)),
    "500 page for a stale nonce": instead(lambda: page(500)),
    "bad nonce": bad_nonce,
    "bad nonce without another": instead(lambda: problem(400, "badNonce")),
    "refused": refused,
    "reset before": instead(lambda: Reply(end=End.RESET)),
    "reset after": acted_on(Reply(end=End.RESET)),
    "cut": changed(lambda reply: replace(reply, end=End.CUT)),
    "late": changed(lambda reply: replace(reply, delay=LATE)),
    "403 page": instead(lambda: page(403)),
    "200 page": acted_on(page(200)),
    "200 empty": acted_on(Reply()),
    "redirect": redirected(302, "127.0.0.1"),
    "redirect to another host": redirected(307, "localhost"),
    "huge": acted_on(Reply(200, (("Content-Type", "application/json"),), PART, times=PARTS)),
    "endless": acted_on(Reply(200, (("Content-Type", "application/json"),), PART, times=PARTS, stated=False)),
    "wrong type": changed(lambda reply: reply.having(Content_Type="text/html")),
    "no type": changed(lambda reply: reply.having(Content_Type=None)),
    "no links": changed(lambda reply: reply.having(Link=None)),
    "odd links": changed(lambda reply: reply.having(Link=ODD_LINKS)),
}

#: Where a certificate is issued all the same when it happens once. Where a name is missing the failure is told.
SURVIVED: Mapping[str, frozenset[str]] = {
    **{f"{status} {when}": EVERYWHERE for status in _BUSY for when in ("soon", "date")},
    **{f"{status} hours": NOWHERE for status in _BUSY},
    "500 acted on": EVERYWHERE,
    "502 page acted on": EVERYWHERE,
    "500 page for a stale nonce": EVERYWHERE,
    # Where no nonce is used it is a refusal like others.
    "bad nonce": EVERYWHERE - {"directory", "nonce"},
    "bad nonce without another": EVERYWHERE - {"directory", "nonce"},
    "refused": NOWHERE,
    # The order may still arrive: another one would be a second.
    "reset before": EVERYWHERE - {"order"},
    "reset after": EVERYWHERE,
    "cut": EVERYWHERE,
    "late": EVERYWHERE,
    "403 page": NOWHERE,
    "200 page": NOWHERE,
    # What the CA has to say to these is seen at the order.
    "200 empty": frozenset({"challenge", "finalize", "revocation"}),
    "redirect": NOWHERE,
    "redirect to another host": NOWHERE,
    "huge": NOWHERE,
    "endless": NOWHERE,
    "wrong type": EVERYWHERE,
    "no type": EVERYWHERE,
    "no links": EVERYWHERE,
    "odd links": EVERYWHERE,
}

#: The same for what happens to each request of a step, from one on and for ever.
SURVIVED_FOR_EVER: Mapping[str, frozenset[str]] = {
    "429 soon": NOWHERE,
    "503 soon": NOWHERE,
    "500 page for a stale nonce": NOWHERE,
    "bad nonce": NOWHERE,
    "reset before": NOWHERE,
    # What it did stands in the order.
    "late": frozenset({"order", "finalize"}),
}
