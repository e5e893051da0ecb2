# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this package raises, and what it says."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import (
    AccountDoesNotExist,
    AcmeError,
    AlreadyRevoked,
    BadNonce,
    OrderNotReady,
    RateLimited,
    bad_response,
    error_for,
    invalid_input,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.hints import hint_for
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ACME_ERROR, ErrorType, Problem

URL = "https://ca.example/1"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("badNonce", BadNonce),
        ("accountDoesNotExist", AccountDoesNotExist),
        ("orderNotReady", OrderNotReady),
        ("alreadyRevoked", AlreadyRevoked),
        ("rateLimited", RateLimited),
        ("malformed", AcmeError),
        ("brandNew", AcmeError),
    ],
)
def test_subtypes(kind: str, expected: type[AcmeError]) -> None:
    """A problem of a type that callers act on has an exception of its own; every other one is an AcmeError."""
    error = error_for(Problem(ACME_ERROR + kind), doing="try", url=URL)
    assert (type(error), error.problem.type, error.doing, error.url) == (expected, ACME_ERROR + kind, "try", URL)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            AcmeError(Problem("x", "no", identifier="a.example"), doing="create the order", url=URL, hint="Do this."),
            f"could not create the order at {URL}: a.example: no (x). Do this.",
        ),
        (AcmeError(Problem("x", "no"), doing="create the order"), "could not create the order: no (x)"),
        (AcmeError(Problem("x", "no")), "could not talk to the CA: no (x)"),
        (
            AcmeError(Problem("x", "no"), retry_after=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
            "could not talk to the CA: no (x); the CA asks to try again after 2026-01-02 03:04:05 UTC",
        ),
    ],
)
def test_text(error: AcmeError, expected: str) -> None:
    """The message says what was being done, where, why it failed, until when to wait, and what to do next."""
    assert str(error) == expected


def test_hint_by_type() -> None:
    """An error without a hint of its own has the one of its problem's type."""
    problem = Problem(ErrorType.CAA.value)
    assert AcmeError(problem).hint == hint_for(problem)
    assert AcmeError(problem, hint="Other.").hint == "Other."


def test_invalid_input() -> None:
    """What the user gave wrongly has a type that playbooks can branch on, and says what to give."""
    error = invalid_input("this is no name", "Give a name.", "create the order")
    assert error.problem == Problem(ErrorType.INVALID_INPUT.value, "this is no name")
    assert str(error) == "could not create the order: this is no name (invalidInput). Give a name."
    # Before anything is asked of a CA.
    assert str(invalid_input("no key")) == "could not use the options: no key (invalidInput)"


def test_bad_response() -> None:
    """An answer that RFC 8555 does not allow names the URL that gave it."""
    error = bad_response("no JSON", doing="try", url=URL)
    assert (error.problem.type, error.problem.detail, error.url) == (ErrorType.BAD_RESPONSE, "no JSON", URL)
