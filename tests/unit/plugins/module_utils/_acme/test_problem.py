# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problem documents as CAs send them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import (
    ACME_ERROR,
    LOCAL_ERROR,
    MAX_SUBPROBLEMS,
    MAX_TEXT,
    ErrorType,
    Problem,
)
from hypothesis import given

from tests.unit.strategies import json_objects

# RFC 8555 section 6.7.1.
EXAMPLE = {
    "type": "urn:ietf:params:acme:error:malformed",
    "detail": "Some of the identifiers requested were rejected",
    "subproblems": [
        {
            "type": "urn:ietf:params:acme:error:malformed",
            "detail": 'Invalid underscore in DNS name "_example.org"',
            "identifier": {"type": "dns", "value": "_example.org"},
        },
        {
            "type": "urn:ietf:params:acme:error:rejectedIdentifier",
            "detail": 'This CA will not issue for "example.net"',
            "identifier": {"type": "dns", "value": "example.net"},
        },
    ],
}


def test_example_of_the_rfc() -> None:
    """The example of RFC 8555 section 6.7.1 is read whole and shown with the name that each part is about."""
    problem = Problem.from_json(EXAMPLE)
    assert problem.type == ErrorType.MALFORMED
    assert [item.identifier for item in problem.subproblems] == ["_example.org", "example.net"]
    assert [item.type for item in problem.subproblems] == [ErrorType.MALFORMED, ErrorType.REJECTED_IDENTIFIER]
    assert str(problem) == (
        "Some of the identifiers requested were rejected (malformed) ["
        '_example.org: Invalid underscore in DNS name "_example.org" (malformed); '
        'example.net: This CA will not issue for "example.net" (rejectedIdentifier)]'
    )


def test_all_members() -> None:
    """Every member of RFC 7807 is kept."""
    document = {"type": "t", "title": "T", "status": 403, "detail": "d", "instance": "https://ca.example/1"}
    assert Problem.from_json(document) == Problem("t", "d", 403, "T", None, "https://ca.example/1")


def test_empty() -> None:
    """A document without a type has the type that RFC 7807 section 4.2 gives it."""
    assert Problem.from_json({}) == Problem("about:blank")


@pytest.mark.parametrize(
    "document",
    [
        {"type": 1, "title": [], "status": "403", "detail": {}, "instance": None, "identifier": "x", "subproblems": {}},
        {"type": None, "status": True, "identifier": {"value": 1}, "subproblems": ["x", None, 1]},
        {"status": 4.5, "identifier": {"type": "dns"}, "subproblems": "many"},
    ],
)
def test_wrong_kinds(document: dict[str, Any]) -> None:
    """A member of the wrong kind is as good as absent: this is the error path already."""
    assert Problem.from_json(document) == Problem("about:blank")


def test_limits() -> None:
    """What a CA sends is cut to what people can read, and subproblems have none of their own."""
    nested: dict[str, Any] = {"type": "x", "detail": "d" * 5000}
    nested["subproblems"] = [{"type": "y", "subproblems": [{"type": "z"}]}] * 500
    problem = Problem.from_json(nested)
    assert (len(problem.detail), len(problem.subproblems)) == (MAX_TEXT, MAX_SUBPROBLEMS)
    assert problem.subproblems[0] == Problem("y")


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem(ACME_ERROR + "caa"), "caa"),
        (Problem(LOCAL_ERROR + "deadline"), "deadline"),
        (Problem("https://ca.example/odd"), "https://ca.example/odd"),
        (Problem("about:blank"), "about:blank"),
    ],
)
def test_short_type(problem: Problem, expected: str) -> None:
    """The well-known prefixes are left out for people, and only those."""
    assert problem.short_type == expected


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem(ACME_ERROR + "caa"), "caa"),
        (Problem(ACME_ERROR + "caa", "no", title="CAA"), "no (caa)"),
        (Problem(ACME_ERROR + "caa", title="CAA"), "CAA (caa)"),
        (Problem(ACME_ERROR + "caa", "no", identifier="a.example"), "a.example: no (caa)"),
        (Problem(ACME_ERROR + "caa", identifier="a.example"), "a.example (caa)"),
    ],
)
def test_text(problem: Problem, expected: str) -> None:
    """As text a problem is its name, its detail or else its title, and its type."""
    assert str(problem) == expected


def test_uris() -> None:
    """The types are those of RFC 8555 section 6.7 and its successors, and those of this package's own."""
    of_acme = """accountDoesNotExist alreadyReplaced alreadyRevoked badCSR badNonce badRevocationReason caa connection dns
        externalAccountRequired incorrectResponse invalidContact invalidProfile malformed orderNotReady rateLimited
        rejectedIdentifier serverInternal unauthorized unsupportedContact unsupportedIdentifier userActionRequired"""
    of_ours = (
        "badResponse deadline failedBefore invalidInput keyInUse termsNotAgreed unreachable untrusted validationFailed"
    )
    expected = {"urn:ietf:params:acme:error:" + name for name in of_acme.split()}
    expected |= {"urn:webpki:acme:error:" + name for name in of_ours.split()}
    assert {kind.value for kind in ErrorType} == expected


@pytest.mark.parametrize("kind", list(ErrorType))
def test_types_compare_as_text(kind: ErrorType) -> None:
    """A type is a URI and compares, and hashes, as the text that CAs send and playbooks branch on."""
    assert kind.value.startswith((ACME_ERROR, LOCAL_ERROR))
    assert {kind: 1}[kind.value] == 1  # type: ignore[index]


@given(json_objects)
def test_any_json(document: dict[str, Any]) -> None:
    """Whatever a CA sends as a problem document can be read, shown, and handed on as JSON."""
    problem = Problem.from_json(document)
    assert isinstance(problem.type, str)
    assert problem.type
    assert str(problem).isprintable()
    json.dumps(str(problem))
