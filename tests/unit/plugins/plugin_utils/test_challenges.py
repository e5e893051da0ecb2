# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which type of challenge is for which name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.challenge_material import MATERIAL
from ansible_collections.webpki.acme.plugins.plugin_utils import challenges

HTTP, DNS, ACCOUNT, PERSIST, TLS = "http-01", "dns-01", "dns-account-01", "dns-persist-01", "tls-alpn-01"


def test_types() -> None:
    """The types that can be asked for are those that are known how to meet."""
    assert set(challenges.TYPES) == set(MATERIAL)


@pytest.mark.parametrize(
    ("given", "by_name"),
    [
        (None, {"a.example": [HTTP], "*.a.example": [], "192.0.2.1": [HTTP]}),
        (DNS, {"a.example": [DNS], "*.a.example": [DNS], "192.0.2.1": []}),
        (
            [HTTP, DNS],
            {"a.example": [HTTP, DNS], "*.a.example": [DNS], "192.0.2.1": [HTTP], "2001:db8::1": [HTTP]},
        ),
        ("dns-persist-01, tls-alpn-01", {"a.example": [PERSIST, TLS], "*.a.example": [PERSIST], "192.0.2.1": [TLS]}),
        (
            {"*.lab.example": [ACCOUNT, DNS], "www.example": TLS, "*": HTTP},
            {
                "x.lab.example": [ACCOUNT, DNS],
                "y.x.lab.example": [ACCOUNT, DNS],
                "*.lab.example": [ACCOUNT, DNS],
                "lab.example": [HTTP],
                "www.example": [TLS],
                "www.example.org": [HTTP],
                "*.example.org": [],
            },
        ),
        ({"a.example": DNS}, {"a.example": [DNS], "b.example": []}),
        ({"*.Bücher.example": DNS, "2001:DB8:0::1": TLS}, {"x.xn--bcher-kva.example": [DNS], "2001:db8::1": [TLS]}),
        # Nothing but the asterisk has a meaning of its own.
        ({"a.example": DNS, "[ab].example": DNS}, {"aXexample": [], "b.example": []}),
    ],
)
def test_able(given: Any, by_name: dict[str, list[str]]) -> None:
    """Each name has the types of the first pattern that fits it, without those that cannot prove it."""
    assert {name: challenges.able(challenges.rules(given), name) for name in by_name} == by_name


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("dns01", "challenge is 'dns01'. Give one of http-01, dns-01, "),
        ([HTTP, "x"], "challenge is 'x'"),
        ([], "challenge is empty"),
        ({}, "challenge is empty"),
        ({"*": "x"}, "challenge is 'x'"),
        (True, "challenge is 'True'"),
        ([None], "challenge is 'None'"),
        ([{}], "challenge is '{}'"),
    ],
)
def test_unclear(given: Any, told: str) -> None:
    """What is no type, no list and no dictionary of them is told."""
    with pytest.raises(ValueError, match=".") as caught:
        challenges.rules(given)
    assert str(caught.value).startswith(told)
    assert challenges.problem({"identifiers": ["a.example"], "challenge": given}) == str(caught.value)


@pytest.mark.parametrize(
    ("given", "name", "told"),
    [
        (None, "*.a.example", "*.a.example is a wildcard, which cannot be proven by http-01. "),
        ([TLS, HTTP], "*.a.example", "*.a.example is a wildcard, which cannot be proven by http-01 or tls-alpn-01. "),
        (DNS, "192.0.2.1", "192.0.2.1 is an address, which cannot be proven by dns-01. "),
        ({"b.example": DNS}, "a.example", "challenge says nothing for a.example that can prove it. "),
        ([HTTP, DNS], "*.a.example", None),
        (None, "not a name", None),
        (None, "", None),
    ],
)
def test_problem(given: Any, name: str, told: str | None) -> None:
    """A name that nothing can prove is told, with what to do, before a CA is asked."""
    found = challenges.problem({"identifiers": ["b.example", name], "challenge": given})
    assert found is None if told is None else str(found).startswith(told)


@pytest.mark.parametrize(
    ("given", "name", "refused"),
    [
        (DNS, "a.example", True),
        ([HTTP, DNS], "*.a.example", True),
        ([HTTP, DNS], "a.example", False),
        (PERSIST, "*.a.example", False),
    ],
)
def test_no_dns(given: Any, name: str, refused: bool) -> None:
    """Where nothing says how records are made, names for which some would be are told before a CA is asked."""
    found = challenges.problem({"identifiers": [name], "challenge": given}, dns=False)
    assert (found is not None) is refused
    assert found is None or "Set acme_dns or acme_dns_tasks" in found


def order(given: Any, *names: str) -> dict[str, Any]:
    """An order of the plan."""
    return {"identifiers": list(names), "challenge": challenges.rules(given)}


def authorization(name: str, *offered: str, status: str = "pending") -> dict[str, Any]:
    """An authorization as webpki.acme.order returns it; a type with a "!" is one that is refused."""
    told = {kind.strip("!"): {"refused": "it is odd"} if "!" in kind else {} for kind in offered}
    wildcard = name.startswith("*.")
    identifier = name[2:] if wildcard else name
    return {"identifier": identifier, "wildcard": wildcard, "status": status, "challenges": told}


@pytest.mark.parametrize(
    ("given", "found", "expected"),
    [
        ([HTTP, DNS], authorization("a.example", DNS, HTTP), HTTP),
        ([HTTP, DNS], authorization("a.example", DNS), DNS),
        ([HTTP, DNS], authorization("*.a.example", DNS, HTTP), DNS),
        ([PERSIST, DNS], authorization("a.example", DNS, "dns-persist-01!"), DNS),
        ([PERSIST], authorization("a.example", DNS, "dns-persist-01!"), None),
        (HTTP, authorization("a.example", DNS), None),
    ],
)
def test_chosen(given: Any, found: dict[str, Any], expected: str | None) -> None:
    """Of the types that can prove a name the preferred one that the CA offers is chosen."""
    assert challenges.chosen(order(given), found) == expected


def test_to_prove() -> None:
    """What is proven already, or cannot be, is not to be proven."""
    offered = [
        authorization("a.example", HTTP, DNS),
        authorization("*.a.example", DNS),
        authorization("b.example", HTTP, status="valid"),
        authorization("c.example", "new-77"),
    ]
    found = challenges.to_prove(order([HTTP, DNS]), {"authorizations": offered})
    assert [(one["wildcard"], kind) for one, kind in found] == [(False, HTTP), (True, DNS)]
    assert challenges.to_prove(order(HTTP), {}) == []


def test_possible() -> None:
    """What may be placed is known before the CA is asked."""
    assert challenges.possible(order([HTTP, DNS], "*.a.example")) == {DNS}
    assert challenges.possible(order([HTTP, DNS], "*.a.example", "a.example")) == {HTTP, DNS}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"challenge": [HTTP, DNS]}, [{"a.example": [HTTP, DNS], "*.a.example": [DNS]}]),
        (
            {"challenge": [HTTP, DNS, TLS], "challenge_fallback": True},
            [
                {"a.example": [HTTP, DNS, TLS], "*.a.example": [DNS]},
                {"a.example": [DNS, TLS], "*.a.example": [DNS]},
                {"a.example": [TLS], "*.a.example": [DNS]},
            ],
        ),
        ({"challenge": {"*": DNS}, "challenge_fallback": True}, [{"a.example": [DNS], "*.a.example": [DNS]}]),
    ],
)
def test_tries(own: dict[str, Any], expected: list[dict[str, list[str]]]) -> None:
    """With challenge_fallback each further try is by the next types, as long as a name has any."""
    names = ["a.example", "*.a.example"]
    found = challenges.tries({"identifiers": names, **own})
    assert [{name: challenges.able(rules, name) for name in names} for rules in found] == expected


def test_tries_of_wildcards() -> None:
    """A name keeps its own types in each try, also beside a wildcard, or a wildcard of a wildcard, that fits it."""
    given = {"x.b.example": [HTTP, TLS], "*.y.b.example": [ACCOUNT, PERSIST], "*": DNS}
    for names in (["*.b.example", "*.y.b.example", "x.b.example"], ["x.b.example", "*.y.b.example", "*.b.example"]):
        found = challenges.tries({"identifiers": names, "challenge": given, "challenge_fallback": True})
        assert len(found) == 2
        assert {name: challenges.able(found[1], name) for name in names} == {
            "x.b.example": [TLS],
            "*.b.example": [DNS],
            "*.y.b.example": [PERSIST],
        }
