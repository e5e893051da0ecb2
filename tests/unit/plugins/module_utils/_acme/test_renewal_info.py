# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a CA says of renewal, at a scripted CA."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import renewal_info
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError, ConnectionLost
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem
from ansible_collections.webpki.acme.plugins.module_utils._acme.renewal_time import Window

from tests.unit.clock import FakeClock
from tests.unit.scripted_ca import ScriptedCA, problem, reply

START, END = "2027-01-02T04:00:00Z", "2027-01-03T04:00:00Z"
NOW = datetime(2027, 1, 1, tzinfo=timezone.utc)


def suggested(start: Any = START, end: Any = END, **more: Any) -> dict[str, Any]:
    """An answer of the form that RFC 9773 section 4.2 gives."""
    return {"suggestedWindow": {"start": start, "end": end}, **more}


def test_without_an_account(ca: ScriptedCA, sign_in: Callable[..., Client], clock: FakeClock) -> None:
    """The window is asked for by an unsigned GET, without key or account."""
    ca.on("/renewal-info/an.id", reply(suggested(explanationURL="https://ca.example/why"), Retry_After="3600"))
    found = renewal_info.fetch(sign_in(key=None, account_url=None), "an.id")
    window = Window(datetime(2027, 1, 2, 4, tzinfo=timezone.utc), datetime(2027, 1, 3, 4, tzinfo=timezone.utc))
    assert (found.window, found.explanation_url) == (window, "https://ca.example/why")
    assert found.ask_again == clock.now() + timedelta(hours=1)
    assert [(request.method, request.path) for request in ca.requests] == [
        ("GET", "/directory"),
        ("GET", "/renewal-info/an.id"),
    ]


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("2027-01-02T03:04:05Z", datetime(2027, 1, 2, 3, 4, 5)),
        ("2027-01-02t03:04:05z", datetime(2027, 1, 2, 3, 4, 5)),
        ("2027-01-02T03:04:05+00:00", datetime(2027, 1, 2, 3, 4, 5)),
        ("2027-01-02T03:04:05-02:30", datetime(2027, 1, 2, 5, 34, 5)),
        ("2027-01-02T03:04:05.5Z", datetime(2027, 1, 2, 3, 4, 5, 500000)),
        ("2027-01-02T03:04:05.123456789Z", datetime(2027, 1, 2, 3, 4, 5, 123456)),
    ],
)
def test_times(ca: ScriptedCA, client: Client, time: str, read: datetime) -> None:
    """Times are read in every form of RFC 3339."""
    ca.on("/renewal-info/an.id", reply(suggested(start=time)))
    assert renewal_info.fetch(client, "an.id").window.start == read.replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "answer",
    [
        "no JSON",
        [],
        {},
        {"suggestedWindow": []},
        {"suggestedWindow": {"start": START}},
        suggested(start=None),
        suggested(start=1),
        suggested(start="2027-01-02"),
        suggested(start="2027-01-02T04:00:00"),
        suggested(start="2027-02-30T04:00:00Z"),
        suggested(start="0001-01-01T00:00:00+23:59"),
        suggested(start=END, end=START),
        suggested(start=START, end=START),
    ],
)
def test_no_window(ca: ScriptedCA, client: Client, answer: Any) -> None:
    """An answer without a window that lasts is told as what it is, and asked for again after six hours."""
    ca.on("/renewal-info/an.id", reply(answer))
    with pytest.raises(AcmeError) as failed:
        renewal_info.fetch(client, "an.id")
    assert failed.value.problem.type == ErrorType.BAD_RESPONSE
    assert renewal_info.ask_again(failed.value, 0, NOW) == NOW + timedelta(hours=6)


@pytest.mark.parametrize("url", [None, 7, "", []])
def test_no_explanation(ca: ScriptedCA, client: Client, url: Any) -> None:
    """The CA need not explain itself."""
    ca.on("/renewal-info/an.id", reply(suggested(explanationURL=url)))
    assert renewal_info.fetch(client, "an.id").explanation_url is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 21600),
        ("soon", 21600),
        ("-5", 21600),
        ("0", 60),
        ("59", 60),
        ("7200", 7200),
        ("86401", 86400),
        ("99999999999999", 86400),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 60),
    ],
)
def test_retry_after(ca: ScriptedCA, client: Client, clock: FakeClock, header: str | None, seconds: float) -> None:
    """The CA is asked again when it wants to be, within a minute and a day; without its word after six hours."""
    ca.on("/renewal-info/an.id", reply(suggested(), **({"Retry_After": header} if header else {})))
    assert renewal_info.fetch(client, "an.id").ask_again == clock.now() + timedelta(seconds=seconds)


def test_none_offered(ca: ScriptedCA, client: Client) -> None:
    """Where the directory has no renewal information it is said that this is so, and that nothing is wrong."""
    directory = {name: url for name, url in ca.directory().items() if name != "renewalInfo"}
    ca.on("/directory", reply(directory))
    with pytest.raises(AcmeError, match=r"offers no renewal information \(ARI, RFC 9773\).*Nothing is wrong"):
        renewal_info.fetch(client, "an.id")


def failure(status: int | None, kind: str = "about:blank", retry_after: datetime | None = None) -> AcmeError:
    """An error with this status."""
    return AcmeError(Problem(kind, status=status), retry_after=retry_after)


@pytest.mark.parametrize(
    ("error", "before", "seconds"),
    [
        (failure(500), 0, 60),
        (failure(500), 1, 120),
        (failure(503), 3, 480),
        (failure(503), 400, 21600),
        (failure(429), 0, 60),
        (ConnectionLost(Problem(ErrorType.UNREACHABLE.value)), 0, 60),
        (failure(None, ErrorType.UNREACHABLE.value), 0, 21600),
        (failure(404), 0, 21600),
        (failure(404), 7, 21600),
        (failure(503, retry_after=NOW + timedelta(seconds=1)), 9, 60),
        (failure(404, retry_after=NOW + timedelta(hours=2)), 0, 7200),
        (failure(503, retry_after=NOW + timedelta(days=9)), 0, 86400),
    ],
)
def test_ask_again_after_trouble(error: AcmeError, before: int, seconds: float) -> None:
    """After what may pass soon the waits double, after all else there are six hours, and the CA's own word counts more."""
    assert renewal_info.ask_again(error, before, NOW) == NOW + timedelta(seconds=seconds)


def test_not_known(ca: ScriptedCA, client: Client) -> None:
    """A certificate that the CA does not know is no trouble for the others."""
    ca.on("/renewal-info/an.id", problem("malformed", 404))
    with pytest.raises(AcmeError) as failed:
        renewal_info.fetch(client, "an.id")
    assert not renewal_info.concerns_all(failed.value)
    assert renewal_info.concerns_all(failure(503))
    assert renewal_info.concerns_all(failure(None, ErrorType.UNREACHABLE.value))
