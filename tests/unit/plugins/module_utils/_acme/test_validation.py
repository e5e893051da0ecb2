# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proving the names of an order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import validation
from ansible_collections.webpki.acme.plugins.module_utils._acme.authorization import Authorization
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Response

from tests.unit.scripted_ca import Reply, ScriptedCA, reply

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


def order(ca: ScriptedCA, status: str, authorizations: int = 0, error: Any = None) -> Reply:
    """Return the CA's reply with an order."""
    return reply(
        {
            "status": status,
            "identifiers": [],
            "authorizations": [ca.url(f"/authz/{number}") for number in range(authorizations)],
            "finalize": ca.url("/finalize"),
            "error": error,
        }
    )


def failed(ca: ScriptedCA, client: Client, *authorizations: dict[str, Any], error: Any = None) -> AcmeError:
    """Wait for an order that becomes invalid with these authorizations; return the error."""
    for number, one in enumerate(authorizations):
        ca.on(f"/authz/{number}", reply(one))
    ca.on("/order", order(ca, "pending"), order(ca, "invalid", len(authorizations), error))
    with pytest.raises(AcmeError, match=f"could not wait for the validation at {ca.url('/order')}") as caught:
        validation.wait(client, ca.url("/order"))
    return caught.value


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


def test_choose_not_offered() -> None:
    """When the type is not offered for one name nothing is chosen, so that no attempt is spent on the others."""
    with pytest.raises(AcmeError, match=r"no http-01 challenge for b\.example") as caught:
        validation.choose(
            [authz("a.example", "pending", "http-01"), authz("b.example", "pending", "dns-01")], "http-01"
        )
    assert caught.value.problem.identifier == "b.example"


@pytest.mark.parametrize("status", ["ready", "processing", "valid"])
def test_wait(ca: ScriptedCA, client: Client, status: str) -> None:
    """Waiting ends when the order is ready or further."""
    ca.on("/order", order(ca, "pending"), order(ca, status))
    assert validation.wait(client, ca.url("/order")).status == status


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
