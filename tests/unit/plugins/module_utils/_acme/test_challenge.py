# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Challenges: read, and answered."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import challenge
from ansible_collections.webpki.acme.plugins.module_utils._acme.challenge import Challenge
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem

from tests.unit.clock import FakeClock
from tests.unit.scripted_ca import Answer, Fault, ScriptedCA, fault, problem, reply

URL = "https://ca.example/challenge/1"


def read(document: dict[str, Any]) -> Challenge:
    """Read a challenge as an authorization lists it."""
    return Challenge.from_json(document, doing="try", seen_at="https://ca.example/authz/1")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"type": "http-01", "url": URL, "status": "pending", "token": "abc"},
            Challenge("http-01", URL, "pending", "abc", None),
        ),
        (
            {"type": "http-01", "url": URL, "status": "invalid", "token": "abc", "error": {"type": "t", "detail": "d"}},
            Challenge("http-01", URL, "invalid", "abc", Problem("t", "d")),
        ),
        (
            {"type": "dns-persist-01", "url": URL, "status": "pending", "issuer-domain-names": ["ca.example"]},
            Challenge("dns-persist-01", URL, "pending", None, None, ["ca.example"]),
        ),
        (
            {"type": "brand-new-77", "url": URL, "status": "odd", "token": 1, "error": "x"},
            Challenge("brand-new-77", URL, "odd", "", None),
        ),
        ({"url": URL}, Challenge("None", URL, "pending", None, None)),
    ],
    ids=["pending", "invalid", "no token", "unknown", "bare"],
)
def test_from_json(document: dict[str, Any], expected: Challenge) -> None:
    """Types and statuses that are unknown here are kept, and a token may be missing."""
    assert read(document) == expected


@pytest.mark.parametrize("url", [None, "", "http://ca.example/1", "file:///etc/passwd", 1])
def test_url_refused(url: Any) -> None:
    """A challenge is answered at an https URL or not at all."""
    with pytest.raises(AcmeError, match="https URL must stand"):
        read({"type": "http-01", "url": url})


def answered(ca: ScriptedCA, client: Client, *answers: Answer) -> tuple[bool, list[Any]]:
    """Answer a challenge at a CA that replies so; return whether it was ours to answer, and the payloads sent."""
    ca.on("/challenge", *answers)
    ours = challenge.answer(client, "http-01", ca.url("/challenge"), "a.example")
    return ours, [request.payload for request in ca.asked("/challenge")]


def now(status: str) -> Answer:
    """Return a challenge of this status."""
    return lambda request: reply({"type": "http-01", "url": URL, "status": status})


LOST = fault(Fault.RESET)
BROKEN = problem("serverInternal", 500)
REFUSED = problem("malformed", 400, "Cannot update challenge with status valid")


def test_answer(ca: ScriptedCA, client: Client) -> None:
    """A challenge is answered by an empty object (RFC 8555 section 7.5.1)."""
    assert answered(ca, client, now("processing")) == (True, [{}])


@pytest.mark.parametrize("trouble", [LOST, BROKEN, reply("", 502), reply("", 504)], ids=["lost", "500", "502", "504"])
def test_trouble(ca: ScriptedCA, client: Client, clock: FakeClock, trouble: Answer) -> None:
    """When nobody knows whether the answer arrived the challenge is looked at, and answered again only if it is pending."""
    assert answered(ca, client, trouble, now("processing")) == (True, [{}, None])
    ca.requests.clear()
    assert answered(ca, client, trouble, now("pending"), now("processing")) == (True, [{}, None, {}])
    assert clock.slept == []


@pytest.mark.parametrize("status", ["processing", "valid", "invalid"])
def test_answered_before(ca: ScriptedCA, client: Client, status: str) -> None:
    """A challenge that was answered for another order is not ours: the CA is left to it."""
    assert answered(ca, client, REFUSED, now(status)) == (False, [{}, None])


def test_refused(ca: ScriptedCA, client: Client) -> None:
    """A refusal of a challenge that is still pending is an error that names type and name."""
    with pytest.raises(
        AcmeError, match="could not answer the http-01 challenge for a.example.*Cannot update"
    ) as caught:
        answered(ca, client, REFUSED, now("pending"))
    assert caught.value.problem.type == ErrorType.MALFORMED


def test_other_refusal(ca: ScriptedCA, client: Client) -> None:
    """A refusal for another reason is final."""
    with pytest.raises(AcmeError):
        answered(ca, client, problem("unauthorized", 403), now("valid"))
    assert len(ca.asked("/challenge")) == 1
