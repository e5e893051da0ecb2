# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem
from ansible_collections.webpki.acme.plugins.module_utils._ansible.results import problem
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks import failed_names
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.failed_names import FailedNames, failures
from ansible_collections.webpki.acme.plugins.plugin_utils import attempts

NOW = 1_800_000_000.0
NAME = "www.example.com"
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# When a certificate ends that need not be renewed today.
LATER = NOW + 60 * DAY


def error(*names: str, kind: str = ErrorType.CONNECTION.value) -> AcmeError:
    """The error of an order whose names could not be validated."""
    problems = tuple(Problem(kind, f"cannot reach {name}", identifier=name) for name in names)
    if len(problems) == 1:
        return AcmeError(problems[0])
    return AcmeError(Problem(ErrorType.VALIDATION_FAILED.value, "some", subproblems=problems))


class Clock:
    """Runs one after the other: `clock.at(5).note(...)` is what is done 5 seconds after NOW."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
        self._monkeypatch = monkeypatch
        self._params = {"ca": "letsencrypt", "state_directory": str(directory)}
        self.warnings: list[str] = []

    def at(self, seconds: float, **params: Any) -> FailedNames:
        self._monkeypatch.setattr(failed_names.time, "time", lambda: NOW + seconds)
        return FailedNames({**self._params, **params}, self.warnings.append)

    def waits(self, seconds: float, expires: float | None = LATER, **params: Any) -> bool:
        return self.at(seconds, **params).refusal([NAME], expires) is not None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Clock:
    return Clock(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("failed", "wait"),
    [(1, MINUTE), (2, 10 * MINUTE), (3, 100 * MINUTE), (4, 22 * HOUR), (5, 22 * HOUR), (9, 22 * HOUR)],
)
def test_waits(clock: Clock, failed: int, wait: float) -> None:
    """After the first failures a name waits 1, 10 and 100 minutes, and then nearly a day: a daily run asks each time."""
    for _time in range(failed):
        clock.at(0).note([error(NAME)], [])
    assert [clock.waits(seconds) for seconds in (0, wait - 1, wait, wait + 1)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("expires", "wait"),
    [
        (NOW + 12 * HOUR, 100 * MINUTE),
        (NOW - HOUR, 100 * MINUTE),
        (None, 22 * HOUR),
        (NOW + 23 * HOUR, 22 * HOUR),
    ],
)
def test_in_need(clock: Clock, expires: float | None, wait: float) -> None:
    """A name waits no longer than 100 minutes where its certificate would expire meanwhile; one that never had any does."""
    for _time in range(5):
        clock.at(0).note([error(NAME)], [])
    assert [clock.waits(seconds, expires) for seconds in (wait - 1, wait)] == [True, False]


def test_not_longer_in_need(clock: Clock) -> None:
    """The wait is never longer where there is nothing to serve."""
    clock.at(0).note([error(NAME)], [])
    assert not clock.waits(MINUTE, None)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([ErrorType.CAA], attempts.Failure.CA),
        ([ErrorType.CAA, ErrorType.REJECTED_IDENTIFIER], attempts.Failure.CA),
        ([ErrorType.CAA, ErrorType.CONNECTION], None),
        ([ErrorType.CONNECTION], None),
    ],
)
def test_another_ca(clock: Clock, kinds: list[ErrorType], expected: attempts.Failure | None) -> None:
    """A CA that has refused the names is passed over for the next one, as it was when it did; a failed proof is waited for."""
    names = [f"{number}.example.com" for number in range(len(kinds))]
    clock.at(0).note([error(name, kind=kind.value) for name, kind in zip(names, kinds)], [])
    refused = clock.at(1).refusal(names, LATER)
    assert refused
    assert attempts.failure(attempts.ORDER, {"msg": str(refused), "problem": problem(refused.problem)}) is expected


def test_told(clock: Clock) -> None:
    """A host is told which name it is, until when, why, how often, and what to do."""
    clock.at(0).note([error(NAME)], [])
    clock.at(61).note([error(NAME)], [])
    refused = clock.at(62).refusal(["other.example.com", NAME], LATER)
    assert refused and refused.problem.type == ErrorType.FAILED_BEFORE
    assert refused.problem.identifier == NAME
    assert refused.retry_after is None
    assert str(refused) == (
        "could not create the order: www.example.com: it is not asked for again before 2027-01-15T08:11:01Z, as it could not "
        "be validated, 2 times so far (failedBefore) [www.example.com: cannot reach www.example.com (connection)]. "
        "Mend that, and run it again then. With force (acme_force in the roles) it is asked for all the same."
    )


def test_forgotten(clock: Clock) -> None:
    """A name that was proven is forgotten, and begins anew."""
    for _time in range(3):
        clock.at(0).note([error(NAME, "other.example.com")], [])
    clock.at(1).note([], [NAME])
    assert not clock.waits(2)
    assert clock.at(2).refusal(["other.example.com"], LATER)
    clock.at(3).note([error(NAME)], [])
    assert not clock.waits(3 + MINUTE)


def test_long_ago(clock: Clock) -> None:
    """A name that did not fail for a month begins anew."""
    for _time in range(4):
        clock.at(0).note([error(NAME)], [])
    clock.at(30 * DAY).note([error(NAME)], [])
    assert not clock.waits(30 * DAY + MINUTE)


def test_clock_that_went_back(clock: Clock) -> None:
    """A failure of tomorrow is one of a clock that was wrong."""
    clock.at(DAY).note([error(NAME)], [])
    assert not clock.waits(0)


def test_others(clock: Clock) -> None:
    """What failed at one CA is asked of another one, and other names are asked for."""
    clock.at(0).note([error(NAME)], [])
    assert not clock.waits(1, ca="zerossl")
    assert clock.at(1).refusal(["example.com", "*.example.com"], LATER) is None


def test_without_a_directory(clock: Clock) -> None:
    """Without a directory nothing is remembered."""
    clock.at(0, state_directory=None).note([error(NAME)], [])
    assert not clock.waits(0, state_directory=None)
    assert clock.warnings == []


def test_nothing_to_note(clock: Clock, tmp_path: Path) -> None:
    """Nothing is written where no name failed, and none had before."""
    clock.at(0).note([], [NAME])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("happened", "names"),
    [
        (error(NAME), [NAME]),
        (error("a.example", "*.b.example"), ["a.example", "*.b.example"]),
        (error(NAME, kind=ErrorType.CAA.value), [NAME]),
        # They say nothing about the name.
        (error(NAME, kind=ErrorType.RATE_LIMITED.value), []),
        (error(NAME, kind=ErrorType.SERVER_INTERNAL.value), []),
        (error(NAME, kind=ErrorType.DEADLINE.value), []),
        (AcmeError(Problem(ErrorType.UNREACHABLE.value, "no route")), []),
        (AcmeError(Problem(ErrorType.CONNECTION.value, "of no name")), []),
    ],
)
def test_failures(happened: AcmeError, names: list[str]) -> None:
    """Only what the CA says of a name counts as its failure."""
    assert [name for name, _problem in failures(happened)] == names


@pytest.mark.parametrize(
    "known",
    [
        5,
        [],
        {NAME: 5},
        {NAME: {}},
        {NAME: {"count": "x", "at": NOW, "reason": "y"}},
        {NAME: {"count": 0, "at": NOW, "reason": "y"}},
    ],
)
def test_what_others_wrote(clock: Clock, tmp_path: Path, known: Any) -> None:
    """What is not understood says nothing, and is replaced."""
    url = "https://acme-v02.api.letsencrypt.org/directory"
    (tmp_path / "failures.json").write_text(json.dumps({url: known}))
    assert not clock.waits(1)
    clock.at(1).note([error(NAME)], [])
    assert clock.waits(2)
