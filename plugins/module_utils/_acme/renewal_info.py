# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renewal information (RFC 9773): when a CA wants a certificate renewed. It is asked for without an account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .client import Client
from .deadline import parse_retry_after
from .directory import json_object
from .errors import AcmeError, ConnectionLost, bad_response
from .problem import ErrorType, Problem
from .renewal_time import Window
from .shown import word
from .url import MAX_URL

DOING = "ask when the certificate is to be renewed"

# RFC 9773 section 4.3.3: such bounds keep a CA from being asked all the time, and from never being asked again.
SOONEST = timedelta(minutes=1)
LATEST = timedelta(days=1)
# Section 4.3.3: after an answer that cannot be used, or none that is likely to come soon.
LONG_TERM = timedelta(hours=6)

# All that RFC 3339 has, and nothing else: Python reads other forms too, and in 3.9 not all of these.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True)
class RenewalInfo:
    """What the CA said, and the time (UTC) from which it is to be asked again."""

    window: Window
    explanation_url: str | None
    ask_again: datetime


def fetch(client: Client, identifier: str) -> RenewalInfo:
    """Return what the CA says of the certificate that is known by this; AcmeError where that is nothing that can be used."""
    directory = client.directory
    if directory.renewal_info is None:
        problem = Problem(ErrorType.BAD_RESPONSE.value, "the CA offers no renewal information (ARI, RFC 9773)")
        hint = "Nothing is wrong; acme_renewal_info: false in the roles keeps it from being asked."
        raise AcmeError(problem, doing=DOING, url=directory.url, hint=hint)
    base = directory.need("renewal_info", DOING)
    response = client.get(f"{base.rstrip('/')}/{identifier}", doing=DOING)
    now = client.deadline.clock.now()
    data = json_object(response, DOING)
    suggested = data.get("suggestedWindow")
    if not isinstance(suggested, dict):
        raise bad_response("the renewal information has no suggestedWindow", doing=DOING, url=response.url)
    start, end = (_time(suggested.get(name)) for name in ("start", "end"))
    if start is None or end is None or not start < end:
        told = " to ".join(word(suggested.get(name), 60) for name in ("start", "end"))
        # Section 4.2: a window that ends before it starts is no answer.
        raise bad_response(f"the suggested window is {told}, which is none", doing=DOING, url=response.url)
    explanation = data.get("explanationURL")
    return RenewalInfo(
        Window(start, end),
        word(explanation, MAX_URL) if isinstance(explanation, str) and explanation else None,
        now + _bounded(parse_retry_after(response.headers.get("Retry-After"), now)),
    )


def ask_again(error: AcmeError, before: int, now: datetime) -> datetime:
    """Return when to ask again after a failure, the one after so many `before` (RFC 9773 section 4.3.3)."""
    if error.retry_after:
        return now + _bounded((error.retry_after - now).total_seconds())
    if not is_temporary(error):
        return now + LONG_TERM
    doubled: timedelta = SOONEST * 2 ** min(before, 20)
    return now + min(LONG_TERM, doubled)


def is_temporary(error: AcmeError) -> bool:
    """Say whether it may pass by itself soon: the CA is busy or broken, or no whole reply came in time."""
    status = error.problem.status
    no_reply = isinstance(error, ConnectionLost) or error.problem.type == ErrorType.DEADLINE
    return no_reply or status == 429 or (status is not None and status >= 500)


def concerns_all(error: AcmeError) -> bool:
    """Say whether asking for another certificate would most likely end the same way, after as long a time."""
    return error.problem.type in (ErrorType.UNREACHABLE, ErrorType.UNTRUSTED, ErrorType.DEADLINE) or (
        error.problem.status in (429, 502, 503, 504)
    )


def _bounded(seconds: float | None) -> timedelta:
    if seconds is None:
        return LONG_TERM
    return min(max(timedelta(seconds=seconds), SOONEST), LATEST)


def _time(value: Any) -> datetime | None:
    """Return an RFC 3339 time as UTC; None when it is none."""
    parts = _TIME.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        return None
    day, clock, fraction, zone = parts.groups()
    text = f"{day}T{clock}.{(fraction or '0')[:6].ljust(6, '0')}{'+00:00' if zone in 'Zz' else zone}"
    try:
        return datetime.fromisoformat(text).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
