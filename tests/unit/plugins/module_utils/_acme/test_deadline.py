# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time: deadlines and Retry-After."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.deadline import (
    MAX_RETRY_AFTER,
    Clock,
    Deadline,
    parse_retry_after,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import DeadlineExceeded
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.clock import FakeClock

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)


def test_system_clock() -> None:
    """The clock of the system sleeps, grows, and tells the time in UTC."""
    clock = Clock()
    before = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - before >= 0.01
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now().timestamp() - time.time()) < 5


def test_default_clock() -> None:
    """Without a clock the system's is used."""
    assert 59 < Deadline.after(60).remaining() <= 60


def test_remaining(clock: FakeClock) -> None:
    """The time that remains shrinks to zero and not below."""
    deadline = Deadline.after(10, clock)
    assert deadline.remaining() == 10
    deadline.wait(4, "try")
    assert deadline.remaining() == 6
    clock.sleep(7)
    assert deadline.remaining() == 0


def test_check(clock: FakeClock) -> None:
    """A check passes until no time is left, then says what was being done, where, and how to go on."""
    deadline = Deadline.after(10, clock)
    clock.sleep(9.9)
    deadline.check("try", "https://ca.example/1")
    clock.sleep(0.1)
    with pytest.raises(DeadlineExceeded, match=r"could not try at https://ca\.example/1: the deadline of 10 seconds"):
        deadline.check("try", "https://ca.example/1")


def test_wait(clock: FakeClock) -> None:
    """A wait that ends with the deadline is still waited for."""
    Deadline.after(10, clock).wait(10, "try")
    assert clock.slept == [10]


def test_wait_too_long(clock: FakeClock) -> None:
    """A wait beyond the deadline ends at once, with the time at which the next attempt may be made."""
    with pytest.raises(DeadlineExceeded, match="last seen: pending") as caught:
        Deadline.after(10, clock).allow(3600, "try", "https://ca.example/1", "last seen: pending")
    assert clock.slept == []
    assert caught.value.retry_after == clock.start + timedelta(hours=1)
    assert (caught.value.problem.type, caught.value.url) == (ErrorType.DEADLINE, "https://ca.example/1")
    assert caught.value.hint.startswith("Run it again later")
    with pytest.raises(DeadlineExceeded, match=r"before the next attempt \(deadline\)"):
        Deadline.after(10, clock).wait(11, "try")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("007", 7),
        ("Wed, 04 Mar 2026 05:07:07 GMT", 60),
        ("Wed, 04 Mar 2026 06:07:07 +0100", 60),
        ("Wednesday, 04-Mar-26 05:07:07 GMT", 60),
        ("Wed Mar  4 05:07:07 2026", 60),
        ("Wed, 04 Mar 2026 05:06:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("9" * 5000, MAX_RETRY_AFTER.total_seconds()),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER.total_seconds()),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("1e3", None),
        ("+5", None),
        ("٣", None),
        ("²", None),
        ("soon", None),
        ("Wed, 99 Mar 2026 05:07:07 GMT", None),
        ("Wed, 04 Mar 99999999999999999999 05:07:07 GMT", None),
    ],
)
def test_retry_after(value: str | None, expected: float | None) -> None:
    """Retry-After is seconds or a date in any of the three forms of RFC 9110; all else is as good as absent."""
    assert parse_retry_after(value, NOW) == expected


@given(st.integers(min_value=0, max_value=MAX_RETRY_AFTER.days * 86400))
def test_both_forms_agree(seconds: int) -> None:
    """A number of seconds and the date that is so far away mean the same."""
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(str(seconds), NOW) == parse_retry_after(date, NOW) == seconds


@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(
            r"\A(Mon, )?[0-9]{1,3}[ -](Jan|Feb|x)[ -][0-9]{1,6} [0-9]{1,3}:[0-9]{1,3}(:[0-9]{1,3})? ([+-][0-9]{1,9}|GMT|Z)\Z"
        ),
    )
)
def test_any_retry_after(text: str) -> None:
    """Whatever stands in Retry-After, the wait is between nothing and the longest, or unknown."""
    seconds = parse_retry_after(text, NOW)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER.total_seconds()
