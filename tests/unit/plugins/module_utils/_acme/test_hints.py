# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last sentence of an error message."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import hints
from ansible_collections.webpki.acme.plugins.module_utils._acme.hints import hint_for
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem


@pytest.mark.parametrize("kind", sorted(hints._HINTS))
def test_sentence(kind: str) -> None:
    """A hint is one or more whole sentences for a type that exists."""
    assert hint_for(Problem(kind)) == hints._HINTS[kind]
    assert hints._HINTS[kind][0].isupper()
    assert hints._HINTS[kind].endswith(".")
    assert ErrorType(kind)


def test_of_subproblem() -> None:
    """Where the problem itself has no hint, that of the first subproblem which has one is given."""
    subproblems = (Problem("about:blank"), Problem(ErrorType.CAA.value), Problem(ErrorType.DNS.value))
    assert hint_for(Problem(ErrorType.MALFORMED.value, subproblems=subproblems)) == hint_for(subproblems[1])


def test_own_before_subproblem() -> None:
    """The hint of the problem itself goes before those of its subproblems."""
    problem = Problem(ErrorType.DNS.value, subproblems=(Problem(ErrorType.CAA.value),))
    assert hint_for(problem) == hint_for(Problem(ErrorType.DNS.value))


def test_failed_validation() -> None:
    """What CAs call unauthorized is a challenge that they did not find when it is about a name, else a wrong account."""
    about_name = hint_for(Problem(ErrorType.UNAUTHORIZED.value, identifier="a.example"))
    assert about_name == hint_for(Problem(ErrorType.INCORRECT_RESPONSE.value))
    assert "account key" in hint_for(Problem(ErrorType.UNAUTHORIZED.value))


def test_not_there() -> None:
    """What a CA has not, or not for this account, is no matter of how it was asked."""
    assert "another account key" in hint_for(Problem(ErrorType.MALFORMED.value, status=404))
    assert hint_for(Problem(ErrorType.MALFORMED.value, status=400)) == ""


def test_last_resort() -> None:
    """That names could not be proven says what to do only where none of them says more."""
    alone = Problem(ErrorType.VALIDATION_FAILED.value)
    assert "ordered anew" in hint_for(alone)
    told = Problem(ErrorType.VALIDATION_FAILED.value, subproblems=(Problem(ErrorType.CAA.value),))
    assert hint_for(told) == hint_for(told.subproblems[0])


@pytest.mark.parametrize("kind", ["about:blank", "https://ca.example/odd", ErrorType.MALFORMED.value])
def test_none(kind: str) -> None:
    """A type that nothing can be said about has no hint."""
    assert hint_for(Problem(kind)) == ""


def test_unauthorized() -> None:
    """What CAs call unauthorized is about the account, unless it is about a name: then the challenge was not found."""
    assert "account key" in hint_for(Problem(ErrorType.UNAUTHORIZED.value))
    about_a_name = Problem(ErrorType.UNAUTHORIZED.value, identifier="a.example")
    assert hint_for(about_a_name) == hint_for(Problem(ErrorType.INCORRECT_RESPONSE.value))
    several = Problem(ErrorType.VALIDATION_FAILED.value, subproblems=(about_a_name,))
    assert hint_for(several) == hint_for(about_a_name)
