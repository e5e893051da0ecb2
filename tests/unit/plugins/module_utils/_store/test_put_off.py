# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Until when a CA is not asked again: for the same names at the same CA, for a week at the most, and never for ever."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import layout, put_off
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from ansible_collections.webpki.acme.plugins.module_utils._store.facts import rfc3339
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CA = "https://ca.example/directory"
NAMES = ("www.example.com", "example.com")


def keep(place: layout.Home, now: datetime, hours: float) -> None:
    put_off.keep(place, CA, NAMES, (now + timedelta(hours=hours)).isoformat(), "too many", now)


def test_kept(place: layout.Home, now: datetime) -> None:
    """What is kept is told until the time has come, with the reason."""
    keep(place, now, 2)
    found = put_off.load(place, CA, NAMES[::-1], now)
    assert found is not None
    assert found.to_dict() == {"until": rfc3339(now + timedelta(hours=2)), "reason": "too many"}
    assert put_off.load(place, CA, NAMES, now + timedelta(hours=2)) is None


@pytest.mark.parametrize(("ca", "names"), [("https://other.example", NAMES), (None, NAMES), (CA, NAMES[:1])])
def test_of_something_else(place: layout.Home, now: datetime, ca: str | None, names: tuple[str, ...]) -> None:
    """Another CA, or other names, are asked at once."""
    keep(place, now, 2)
    assert put_off.load(place, ca, names, now) is None


def test_longest(place: layout.Home, now: datetime) -> None:
    """No CA keeps a host from a certificate for longer than a week, and no clock that was wrong does."""
    keep(place, now, 24 * 400)
    found = put_off.load(place, CA, NAMES, now)
    assert found is not None
    assert found.until <= now + put_off.LONGEST
    assert put_off.load(place, CA, NAMES, now - timedelta(days=1)) is None


@pytest.mark.parametrize("time", ["", "soon", "2026-07-31", "2026-07-31T12:00:00", "0001-01-01T00:00:00+23:59"])
def test_no_time(place: layout.Home, now: datetime, time: str) -> None:
    """What is no time with a zone is refused, and nothing is written."""
    with pytest.raises(StoreError, match="Give a time with its zone"):
        put_off.keep(place, CA, NAMES, time, "too many", now)
    assert not Path(place.put_off).exists()


def test_forgotten(place: layout.Home, now: datetime) -> None:
    """What is forgotten is gone; there may be nothing to forget."""
    put_off.forget(place)
    keep(place, now, 2)
    put_off.forget(place)
    assert put_off.load(place, CA, NAMES, now) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=_JSON.map(json.dumps).map(str.encode) | st.binary(), until=st.text())
def test_any_file(place: layout.Home, now: datetime, content: bytes, until: str) -> None:
    """Whatever the file holds, the CA may be asked."""
    path = Path(place.put_off)
    path.parent.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {"ca": CA, "identifiers": sorted(NAMES), "until": until, "reason": None}
    for data in (content, json.dumps(record).encode()):
        path.write_bytes(data)
        assert put_off.load(place, CA, NAMES, now) is None


def test_each_ca_by_itself(place: layout.Home, now: datetime) -> None:
    """What one CA said does not take the place of what another one said of the same names, but of what it said itself before."""
    later = [(now + timedelta(hours=hours)).isoformat() for hours in (1, 2, 3)]
    put_off.keep(place, CA, NAMES, later[0], "too many", now)
    put_off.keep(place, "https://other.example", NAMES, later[1], "busy", now)
    put_off.keep(place, CA, NAMES, later[2], "still too many", now)
    found = [put_off.load(place, ca, NAMES, now) for ca in (CA, "https://other.example")]
    assert [one and (one.ca, one.reason) for one in found] == [
        (CA, "still too many"),
        ("https://other.example", "busy"),
    ]
    put_off.keep(place, CA, NAMES[:1], later[0], "other names", now)
    assert put_off.load(place, "https://other.example", NAMES, now) is None
