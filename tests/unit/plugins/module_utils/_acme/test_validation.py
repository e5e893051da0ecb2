# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proving the names of an order."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import validation
from ansible_collections.webpki.acme.plugins.module_utils._acme.authorization import Authorization
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError, DeadlineExceeded
from ansible_collections.webpki.acme.plugins.module_utils._acme.order import Order
from ansible_collections.webpki.acme.plugins.module_utils._acme.polling import EARLY_PAUSES
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Response
from ansible_collections.webpki.acme.plugins.module_utils._acme.validation import Validation

from tests.unit.clock import FakeClock
from tests.unit.scripted_ca import Fault, Reply, ScriptedCA, fault, problem, reply

INCORRECT = "urn:ietf:params:acme:error:incorrectResponse"


def document(name: str, status: str, *types: str, error: str | None = None) -> dict[str, Any]:
    """Return an authorization as a CA sends it."""
    listed = [{"type": one, "url": f"https://ca.example/{name}/{one}", "status": status, "token": "t"} for one in types]
    if error:
        listed[0]["error"] = {"type": INCORRECT, "detail": error, "status": 403}  # type: ignore[assignment]
    return {"identifier": {"type": "dns", "value": name}, "status": status, "challenges": listed}


def authz(name: str, status: str, *types: str) -> Authorization:
    """Return an authorization."""
    body = json.dumps(document(name, status, *types)).encode()
    return Authorization.from_response(
        f"https://ca.example/{name}", Response("https://ca.example/", 200, {}, body), "try"
    )


def order(ca: ScriptedCA, status: str, authorizations: int = 0, error: Any = None, **headers: str) -> Reply:
    """Return the CA's reply with an order."""
    return reply(
        {
            "status": status,
            "identifiers": [],
            "authorizations": [ca.url(f"/authz/{number}") for number in range(authorizations)],
            "finalize": ca.url("/finalize"),
            "error": error,
        },
        **headers,
    )


def wait(ca: ScriptedCA, client: Client) -> Order | AcmeError:
    """Wait for an order of which the challenges of two names were answered."""
    answers = tuple(("http-01", ca.url(f"/challenge/{name}"), name) for name in ("a.example", "b.example"))
    (ended,) = validation.wait_all(client, [Validation(ca.url("/order"), answers)], 4)
    return ended


def failed(ca: ScriptedCA, client: Client, *authorizations: dict[str, Any], error: Any = None) -> AcmeError:
    """Wait for an order that becomes invalid with these authorizations; return the error."""
    for number, one in enumerate(authorizations):
        ca.on(f"/authz/{number}", reply(one))
    ca.on("/order", order(ca, "pending"), order(ca, "invalid", len(authorizations), error))
    ended = wait(ca, client)
    assert isinstance(ended, AcmeError)
    assert f"could not wait for the validation at {ca.url('/order')}" in str(ended)
    return ended


def test_choose() -> None:
    """The challenge of the type asked for is chosen for each name that still has to be proven, and for no other."""
    authorizations = [
        authz("a.example", "pending", "dns-01", "http-01"),
        authz("b.example", "valid"),
        authz("c.example", "processing", "dns-01"),
        authz("d.example", "pending", "http-01"),
    ]
    chosen = validation.choose(authorizations, "http-01")
    assert [(challenge.url, name) for challenge, name in chosen] == [
        ("https://ca.example/a.example/http-01", "a.example"),
        ("https://ca.example/d.example/http-01", "d.example"),
    ]


def test_choose_preferred() -> None:
    """Of several types each name has the first one that is offered for it."""
    authorizations = [authz("a.example", "pending", "dns-01", "http-01"), authz("b.example", "pending", "dns-01")]
    chosen = validation.choose(authorizations, "http-01", "dns-01")
    assert [(challenge.type, name) for challenge, name in chosen] == [("http-01", "a.example"), ("dns-01", "b.example")]


def test_choose_not_offered() -> None:
    """When the type is not offered for one name nothing is chosen, so that no attempt is spent on the others."""
    with pytest.raises(AcmeError, match=r"no http-01 challenge for b\.example") as caught:
        validation.choose(
            [authz("a.example", "pending", "http-01"), authz("b.example", "pending", "dns-01")], "http-01"
        )
    assert caught.value.problem.identifier == "b.example"


@pytest.mark.parametrize("status", ["ready", "processing", "valid", "brand-new"])
def test_wait(ca: ScriptedCA, client: Client, status: str) -> None:
    """Waiting ends when the order is ready or further."""
    ca.on("/order", order(ca, "pending"), order(ca, "pending"), order(ca, status))
    ended = wait(ca, client)
    assert isinstance(ended, Order)
    assert ended.status == status


def test_nothing_answered(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """An order for which nothing was answered is ready as a rule, and looked at once."""
    ca.on("/order", order(ca, "ready"))
    validation.wait_all(client, [Validation(ca.url("/order"), ())], 4)
    assert (clock.passed, len(ca.asked("/order"))) == (0, 1)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_wait_at_the_pace_of_the_ca(ca: ScriptedCA, client: Client, clock: FakeClock, form: str) -> None:
    """Retry-After on an order that is being worked on sets the pace, in both its forms."""
    date = format_datetime(clock.now() + timedelta(seconds=8), usegmt=True)
    pending = order(ca, "pending", Retry_After="8" if form == "seconds" else date)
    ca.on("/order", pending, pending, pending, order(ca, "ready"))
    wait(ca, client)
    assert clock.slept[:3] == pytest.approx(EARLY_PAUSES)
    assert clock.slept[3] == pytest.approx(8, abs=0.001 if form == "seconds" else 3)


def test_wait_through_trouble(ca: ScriptedCA, client: Client) -> None:
    """A reply that is lost while waiting is no reason to give up."""
    trouble = [fault(Fault.RESET), problem("serverInternal", 500), problem("badNonce")]
    ca.on("/order", order(ca, "pending"), *trouble, order(ca, "ready"))
    assert isinstance(wait(ca, client), Order)


def test_wait_for_ever(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """An order that stays pending ends at the deadline, and the message says so."""
    ca.on("/order", order(ca, "pending"))
    ended = wait(ca, client)
    assert isinstance(ended, DeadlineExceeded)
    assert re.search("could not wait for the validation at .*the order is pending.*raise the deadline", str(ended))
    assert clock.passed <= 60


def tried(ca: ScriptedCA, name: str, status: str = "pending", authorization: str = "pending") -> dict[str, Any]:
    """Return an authorization that the CA tried to validate, and may try again."""
    one = document(name, authorization, "http-01", error="saw 404")
    one["challenges"][0].update(url=ca.url(f"/challenge/{name}"), status=status)
    return one


def test_answered_again(ca: ScriptedCA, client: Client) -> None:
    """A challenge that a CA leaves pending after a failed try is answered again, and so the order gets ready."""
    ca.on("/authz/0", reply(tried(ca, "a.example")))
    ca.on("/authz/1", reply(tried(ca, "b.example", "valid", "valid")))
    ca.on("/order", lambda _: order(ca, "ready" if ca.asked("/challenge/a.example") else "pending", 2))
    ca.on("/challenge/a.example", reply(tried(ca, "a.example")["challenges"][0]))
    assert isinstance(wait(ca, client), Order)
    assert [request.payload for request in ca.asked("/challenge/a.example")] == [{}]
    assert ca.asked("/challenge/b.example") == []


def test_never_validated(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """A name that stays unproven is answered three times more, without a flood of requests; the error tells what was seen."""
    ca.on("/order", order(ca, "pending", 2))
    ca.on("/authz/0", reply(tried(ca, "a.example")))
    ca.on("/authz/1", reply(tried(ca, "b.example", "processing")))
    ca.on("/challenge/a.example", problem("malformed"))
    ended = wait(ca, client)
    assert isinstance(ended, DeadlineExceeded)
    assert [one.identifier for one in ended.problem.subproblems] == ["a.example", "b.example"]
    assert "a.example: saw 404 (incorrectResponse)" in str(ended)
    assert "webroot" in str(ended)
    again = [request for request in ca.asked("/challenge/a.example") if request.payload == {}]
    assert (len(again), ca.asked("/challenge/b.example")) == (3, [])
    assert len(ca.asked("/authz/0")) <= clock.passed / validation.AUTHORIZATIONS_EVERY + 1


def test_stuck_at_once(ca: ScriptedCA, client: Client) -> None:
    """Also when the CA asks for too long a wait at once the error tells what it saw."""
    ca.on("/order", order(ca, "pending", 1, Retry_After="3600"))
    ca.on("/authz/0", reply(tried(ca, "a.example")))
    ca.on("/challenge/a.example", reply(tried(ca, "a.example")["challenges"][0]))
    ended = wait(ca, client)
    assert isinstance(ended, DeadlineExceeded)
    assert "saw 404" in str(ended)
    assert ended.retry_after is not None


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_names_that_wait(ca: ScriptedCA, client: Client, status: str) -> None:
    """Where the CA saw nothing yet the error tells which names it waits for, and how they stand."""
    ca.on("/order", order(ca, "pending", 2))
    ca.on("/authz/0", reply(document("a.example", status, "http-01")))
    ca.on("/authz/1", reply(document("b.example", "valid")))
    ended = wait(ca, client)
    assert isinstance(ended, DeadlineExceeded)
    assert f"[a.example: the authorization is {status} (deadline)]. Run it again later" in str(ended)


@pytest.mark.parametrize("status", ["invalid", "deactivated", "expired", "revoked"])
@pytest.mark.parametrize("pace", [{}, {"Retry_After": "3600"}], ids=["", "hour"])
def test_lost_though_pending(
    ca: ScriptedCA, client: Client, clock: FakeClock, status: str, pace: dict[str, str]
) -> None:
    """An order that a CA leaves pending though one of its names cannot be proven any more is not waited for."""
    ca.on("/order", order(ca, "pending", 2, **pace))
    ca.on("/authz/0", reply(document("a.example", status)))
    ca.on("/authz/1", reply(document("b.example", "pending", "http-01")))
    (ended,) = validation.wait_all(client, [Validation(ca.url("/order"), ())], 4)
    assert isinstance(ended, AcmeError)
    assert f"a.example: the authorization is {status}" in str(ended)
    assert str(ended).endswith("Run it again: what has failed or ended is ordered anew.")
    assert (clock.passed < 5, ended.retry_after) == (True, None)


def test_authorizations_cannot_be_read(ca: ScriptedCA, client: Client) -> None:
    """What is asked only to know more is no reason to fail."""
    ca.on("/order", *[order(ca, "pending", 1)] * 4, order(ca, "ready", 1))
    ca.on("/authz/0", problem("unauthorized", 403))
    assert isinstance(wait(ca, client), Order)


def test_one_name_failed(ca: ScriptedCA, client: Client) -> None:
    """When one name failed its problem is the order's, with the name and what the CA saw."""
    error = failed(
        ca,
        client,
        document("a.example", "valid", "http-01"),
        document("b.example", "invalid", "http-01", error="the file said 'x'"),
    )
    assert (error.problem.type, error.problem.identifier) == (INCORRECT, "b.example")
    assert "b.example: the file said 'x' (incorrectResponse)" in str(error)
    assert "webroot" in str(error)


def test_several_names_failed(ca: ScriptedCA, client: Client) -> None:
    """When several names failed each is told with its reason, in the sequence of their names."""
    error = failed(
        ca,
        client,
        document("c.example", "expired"),
        document("b.example", "valid", "http-01"),
        document("a.example", "invalid", "http-01", error="no file"),
    )
    assert error.problem.type == ErrorType.VALIDATION_FAILED
    assert [problem.identifier for problem in error.problem.subproblems] == ["a.example", "c.example"]
    assert "2 of 3 names could not be validated" in str(error)
    assert "a.example: no file (incorrectResponse); c.example: the authorization is expired" in str(error)
    assert "webroot" in str(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"type": "urn:ietf:params:acme:error:caa", "detail": "forbidden"}, r"forbidden \(caa\)"),
        (None, "the order is invalid"),
    ],
)
def test_no_name_failed(ca: ScriptedCA, client: Client, error: Any, text: str) -> None:
    """When all names are fine the order's own error tells why it failed; without one its status does."""
    found = failed(ca, client, document("a.example", "valid", "http-01"), error=error)
    assert found.problem.type == (error["type"] if error else ErrorType.VALIDATION_FAILED)
    with pytest.raises(AcmeError, match=text):
        raise found
