# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS records of a run, from what orders need to why one is not in place."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import records

WWW = "_acme-challenge.www.example.com"
TOP = "_acme-challenge.example.com"
TARGETS = [{"record": "a.example.net", "zone": "example.net", "texts": ["1", "2"]}, {"record": TOP, "texts": ["3"]}]


def authorization(name: str, text: str, *, wildcard: bool = False, status: str = "pending") -> dict[str, Any]:
    """An authorization that offers all that has a record, and a file."""
    dns_01 = {"record": f"_acme-challenge.{name}", "value": text}
    return {
        "identifier": name,
        "wildcard": wildcard,
        "status": status,
        "challenges": {
            "http-01": {"token": "t", "content": "c"},
            "dns-01": dns_01,
            "dns-account-01": {"record": f"_x._acme-challenge.{name}", "value": text},
        },
    }


def order(name: str, *identifiers: str, challenge: Any = "dns-01") -> dict[str, Any]:
    """An order of a plan, proven by one type of challenge."""
    rules = challenge if isinstance(challenge, list) else [["*", [challenge]]]
    return {"name": name, "identifiers": list(identifiers), "challenge": rules, "hosts": ["web"]}


def found(*authorizations: dict[str, Any]) -> dict[str, Any]:
    """The result of an order."""
    return {"authorizations": list(authorizations)}


def test_wanted() -> None:
    """Texts for the same record come together, of a name with its wildcard and of several orders, and each once."""
    planned = {
        "orders": [
            order("one", "example.com", "*.example.com"),
            order("two", "example.com", "www.example.com"),
            order("three", "done.example.com"),
            order("four", "file.example.com", challenge="http-01"),
            order("five", "own.example.com", challenge="dns-account-01"),
            order("six", "gone.example.com"),
        ]
    }
    results = {
        "one": found(authorization("example.com", "1"), authorization("example.com", "2", wildcard=True)),
        "two": found(authorization("example.com", "1"), authorization("www.example.com", "3")),
        "three": found(authorization("done.example.com", "4", status="valid")),
        "four": found(authorization("file.example.com", "5")),
        "five": found(authorization("own.example.com", "6")),
    }
    assert records.wanted(planned, results) == [
        {"record": TOP, "texts": ["1", "2"]},
        {"record": WWW, "texts": ["3"]},
        {"record": "_x._acme-challenge.own.example.com", "texts": ["6"]},
    ]


def test_targets() -> None:
    """Records whose aliases lead to the same place come together there; one whose zone was not found has none."""
    wanted = [{"record": name, "texts": [name[:1]]} for name in ("a.test", "b.test", "c.test")]
    looked = [
        {"record": "a.test", "target": "x.example.net", "zone": "example.net", "prefix": "x"},
        {"record": "b.test", "target": "x.example.net", "zone": "example.net", "prefix": "x"},
        {"record": "c.test", "failed": True, "msg": "no"},
    ]
    assert records.targets(wanted, {"records": looked}) == [
        {"record": "x.example.net", "zone": "example.net", "texts": ["a", "b"]}
    ]
    assert records.targets(wanted, {"failed": True, "msg": "no library"}) == []
    before = [
        {"record": "x.example.net", "zone": "example.net", "texts": ["0", "a"]},
        {"record": "y.example.net", "zone": "example.net", "texts": ["1"]},
    ]
    assert records.targets(wanted, {"records": looked}, before) == [
        {"record": "x.example.net", "zone": "example.net", "texts": ["0", "a", "b"]},
        {"record": "y.example.net", "zone": "example.net", "texts": ["1"]},
    ]
    assert before[0]["texts"] == ["0", "a"]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([{}], {}),
        ([{"failed": False, "msg": "fine"}], {}),
        # One task for all.
        ([{"failed": True, "msg": "no way"}], {"a.example.net": "no way", TOP: "no way"}),
        ([{"failed": True}], {"a.example.net": "it failed", TOP: "it failed"}),
        # A module that takes a list of them.
        ([{"failed": True, "msg": "1", "records": [{"record": TOP, "failed": True, "msg": "no"}]}], {TOP: "no"}),
        # Loops over them, over their texts, and over the results of a loop over them.
        ([{"results": [{"item": TARGETS[0]}, {"item": TARGETS[1], "failed": True, "msg": "no"}]}], {TOP: "no"}),
        ([{"results": [{"item": [TARGETS[1], "3"], "failed": True, "msg": "no"}]}], {TOP: "no"}),
        ([{"results": [{"item": {"item": TARGETS[1]}, "failed": True, "msg": "no"}]}], {TOP: "no"}),
        # Loops over something else are about all.
        (
            [{"failed": True, "msg": "no", "results": [{"item": "example.net", "failed": True}]}],
            {"a.example.net": "no", TOP: "no"},
        ),
        # What is told first counts.
        (
            [{"results": [{"item": TARGETS[1], "failed": True, "msg": "one"}]}, {"failed": True, "msg": "two"}],
            {TOP: "one", "a.example.net": "two"},
        ),
        # Others are no concern.
        ([{"records": [{"record": "other.test", "failed": True, "msg": "no"}]}], {}),
    ],
)
def test_refused(results: list[dict[str, Any]], expected: dict[str, str]) -> None:
    """A result is about the records that it tells of, otherwise about all."""
    assert records.refused(TARGETS, *results) == expected


WANTED = [{"record": TOP, "texts": ["1"]}, {"record": WWW, "texts": ["2"]}]
ZONES = {"records": [{"record": TOP, "target": TOP}, {"record": WWW, "target": "a.example.net"}]}


@pytest.mark.parametrize(
    ("zones", "refused", "waited", "expected"),
    [
        (ZONES, {}, {"records": [{"record": TOP}, {"record": "a.example.net"}]}, {}),
        (ZONES, {"a.example.net": "no"}, {"records": [{"record": TOP}]}, {WWW: "no"}),
        (
            ZONES,
            {},
            {"records": [{"record": TOP, "failed": True, "msg": "late"}, {"record": "a.example.net"}]},
            {TOP: "late"},
        ),
        # `failed_when: false` has taken from whole results that they failed.
        (ZONES, {}, {"msg": "no library"}, {TOP: "no library", WWW: "no library"}),
        ({"msg": "no library"}, {}, {}, {TOP: "no library", WWW: "no library"}),
        ({}, {}, {}, {TOP: "it was not looked for", WWW: "it was not looked for"}),
        (
            {"records": [{"record": TOP, "failed": True, "msg": "no zone"}, ZONES["records"][1]]},
            {},
            {"records": [{"record": "a.example.net"}]},
            {TOP: "no zone"},
        ),
    ],
)
def test_problems(zones: Any, refused: Any, waited: Any, expected: dict[str, str]) -> None:
    """What went wrong first with a record is why it is not in place; of others is said what was said before."""
    before = {"earlier.test": "no", WWW: "no longer true"}
    assert records.problems(WANTED, zones, refused, waited, before) == {
        "earlier.test": "no",
        **expected,
    }


@pytest.mark.parametrize(
    ("dns", "told"),
    [
        ({"problems": {}}, None),
        ({"problems": {WWW: "no"}}, None),
        ({"problems": {TOP: "no"}}, f"the DNS record {TOP} is not in place: no"),
        ({}, f"the DNS record {TOP} is not in place: it was not placed"),
    ],
)
def test_problem(dns: dict[str, Any], told: str | None) -> None:
    """An order is told of the first of its own records that is not in place."""
    assert records.problem(order("one", "example.com"), found(authorization("example.com", "1")), dns) == told
    assert (
        records.problem(order("one", "example.com", challenge="http-01"), found(authorization("example.com", "1")), {})
        is None
    )
