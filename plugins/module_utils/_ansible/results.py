# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task hands to Ansible: plain dictionaries, and failures of one shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .._acme.errors import AcmeError
from .._acme.problem import Problem
from .task import TaskFailed

T = TypeVar("T")


def problem(source: Problem) -> dict[str, Any]:
    """Return a problem document as a dictionary."""
    return {
        "type": str(source.type),
        "title": source.title,
        "detail": source.detail,
        "status": source.status,
        "identifier": source.identifier,
        "subproblems": [problem(item) for item in source.subproblems],
    }


def failure(error: AcmeError) -> dict[str, Any]:
    """Return the members that every failure has, of an item or of a whole task."""
    return {
        "failed": True,
        "changed": False,
        "msg": str(error),
        "problem": problem(error.problem),
        "problem_url": error.url,
        "retry_after": error.retry_after.isoformat(timespec="seconds") if error.retry_after else None,
    }


def items(
    names: Sequence[str], outcomes: Sequence[T | AcmeError], show: Callable[[T], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return one dictionary for each outcome, in the order asked, with its name."""
    return [
        {"name": name, **(failure(outcome) if isinstance(outcome, AcmeError) else show(outcome))}
        for name, outcome in zip(names, outcomes)
    ]


def collected(kind: str, listed: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return the result of a task over a list; raise TaskFailed, with all items in it, when one of them failed."""
    result = {"changed": any(item["changed"] for item in listed), kind: listed, **more}
    failed = [item for item in listed if item.get("failed")]
    if not failed:
        return result
    reasons = "; ".join(f"{item['name']}: {item['msg']}" for item in failed)
    message = f"{len(failed)} of {len(listed)} {kind} failed: {reasons}"
    first = {name: failed[0][name] for name in ("problem", "problem_url", "retry_after")}
    raise TaskFailed(message, {**result, **first})
