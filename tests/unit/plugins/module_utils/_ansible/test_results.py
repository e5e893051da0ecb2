# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem
from ansible_collections.webpki.acme.plugins.module_utils._ansible import results
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed

MODULES = Path(__file__).parents[5] / "plugins" / "modules"
CA_MODULES = sorted(path for path in MODULES.glob("*.py") if "_ansible.tasks import" in path.read_text())
ERROR = AcmeError(Problem("urn:x", "no", 400, "No!", "a.example"), doing="try", url="https://ca.example/", hint="Stop.")


def test_problem() -> None:
    """A problem becomes a dictionary with its subproblems, and its type text, not a word that only Python knows."""
    sub = Problem(ErrorType.DNS.value, "no such name", identifier="b.example")
    found = results.problem(Problem(ErrorType.RATE_LIMITED.value, "too many", 429, subproblems=(sub,)))
    assert (found["type"], found["detail"], found["status"]) == (ErrorType.RATE_LIMITED.value, "too many", 429)
    assert not isinstance(found["type"], ErrorType)
    assert [(one["type"], one["identifier"]) for one in found["subproblems"]] == [(ErrorType.DNS.value, "b.example")]


def test_failure() -> None:
    """A failure has a message for people, and for playbooks the problem, where it was met, and when to come again."""
    later = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone.utc)
    found = results.failure(
        AcmeError(Problem("urn:x", "no"), doing="try", url="https://ca.example/", retry_after=later)
    )
    assert found["msg"].startswith("could not try at https://ca.example/: no (urn:x)")
    assert (found["failed"], found["changed"]) == (True, False)
    assert (found["problem"]["type"], found["problem_url"]) == ("urn:x", "https://ca.example/")
    assert found["retry_after"] == "2026-01-02T03:04:05+00:00"
    assert results.failure(AcmeError(Problem("urn:x")))["retry_after"] is None


def test_items() -> None:
    """Each outcome gets its name, in the sequence asked; one that failed says so in the same place."""
    listed = results.items(["a", "b", "c"], [1, ERROR, 3], lambda number: {"number": number})
    assert [(one["name"], one.get("number"), one.get("failed")) for one in listed] == [
        ("a", 1, None),
        ("b", None, True),
        ("c", 3, None),
    ]


@pytest.mark.parametrize(
    ("changes", "changed"), [([], False), ([False, False], False), ([False, True], True), ([True, True], True)]
)
def test_collected(changes: list[bool], changed: bool) -> None:
    """A task has changed something when one of its items has."""
    listed = [{"name": str(number), "changed": change} for number, change in enumerate(changes)]
    assert results.collected("orders", listed, more=1) == {"changed": changed, "orders": listed, "more": 1}


def test_collected_failures() -> None:
    """When an item failed the task fails, with all items in hand and the first problem to branch on."""
    listed: list[dict[str, Any]] = results.items(
        ["good", "bad", "worse"],
        [None, ERROR, AcmeError(Problem("urn:y", "never"))],
        lambda _nothing: {"changed": True},
    )
    with pytest.raises(TaskFailed) as failed:
        results.collected("orders", listed, account_uri="https://ca.example/1")
    assert failed.value.message.startswith("2 of 3 orders failed: bad: could not try at https://ca.example/")
    assert "; worse: " in failed.value.message
    values = failed.value.values
    assert (values["changed"], values["orders"], values["account_uri"]) == (True, listed, "https://ca.example/1")
    assert (values["problem"]["type"], values["problem_url"]) == ("urn:x", "https://ca.example/")


def documented(path: Path) -> dict[str, Any]:
    """Return what a module documents of its failures."""
    returned = yaml.safe_load(path.read_text().partition('RETURN = r"""')[2].partition('"""')[0])
    return {name: returned[name] for name in ("problem", "problem_url", "retry_after")}


@pytest.mark.parametrize("path", CA_MODULES, ids=lambda path: path.stem)
def test_failures_are_documented(path: Path) -> None:
    """Each CA-side module documents what its failures have, in the same words; of a list it is the first failure's."""
    assert set(documented(path)) < set(results.failure(ERROR))
    assert set(documented(path)["problem"]["contains"]) == set(results.problem(ERROR.problem))
    assert str(documented(path)).replace(", of several the first one", "") == str(documented(MODULES / "account.py"))
