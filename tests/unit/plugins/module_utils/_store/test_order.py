# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order for a staged request: remembered as long as that request waits, for its CA only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import due, layout, order
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store import request as requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CA = "https://ca.example/directory"
URL = "https://ca.example/order/1"
WANTED = due.Wanted(("a.example", "b.example"))


def test_remembered(place: layout.Home) -> None:
    """What is remembered is told for the same CA, and for no other one."""
    requests.stage(place, None, WANTED)
    assert order.load(place, CA) is None
    order.keep(place, CA, URL)
    assert [order.load(place, ca) for ca in (CA, None, "https://other.example")] == [URL, None, None]


def test_the_last_one(place: layout.Home) -> None:
    """A later order takes the place of the one before; the same one again is not written again."""
    requests.stage(place, None, WANTED)
    order.keep(place, CA, URL)
    before = Path(place.in_staged(layout.ORDER)).stat().st_ino
    order.keep(place, CA, URL)
    assert Path(place.in_staged(layout.ORDER)).stat().st_ino == before
    order.keep(place, CA, URL + "2")
    assert order.load(place, CA) == URL + "2"


def test_without_a_request(place: layout.Home) -> None:
    """Where no request waits nothing is written."""
    order.keep(place, CA, URL)
    assert not Path(place.directory).exists()


@pytest.mark.parametrize(
    "wanted",
    [replace(WANTED, identifiers=("a.example",)), replace(WANTED, key_type=keys.KeyType.ECDSA_P384)],
    ids=["names", "key"],
)
def test_another_request(place: layout.Home, wanted: due.Wanted) -> None:
    """With the request its order is forgotten."""
    requests.stage(place, None, WANTED)
    order.keep(place, CA, URL)
    assert not requests.stage(place, None, WANTED).made
    assert order.load(place, CA) == URL
    assert requests.stage(place, None, wanted).made
    assert order.load(place, CA) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["ca", "url"]), inner),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=_JSON.map(json.dumps).map(str.encode) | st.binary())
def test_any_file(place: layout.Home, content: bytes) -> None:
    """Whatever the file holds, there is a URL in it or there is none."""
    path = Path(place.in_staged(layout.ORDER))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    found = order.load(place, None)
    assert found is None or isinstance(found, str)
