# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate may be tried with, one after the other: a CA with its account, and a challenge. What a failure leaves of that.

An order of the plan is tried with its `ca`, `account`, `challenge` and `order_url`. Its `attempts` are what may take the place
of these, in sequence; `said` is what came of earlier ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from ..module_utils._acme.problem import ErrorType

Attempt = dict[str, Any]


class Failure(Enum):
    """What another attempt would have to do otherwise."""

    CA = "with another CA"
    PROOF = "with another challenge"


# The CA is away, or busy, or asks for patience.
_AWAY = {
    ErrorType.BAD_RESPONSE,
    ErrorType.DEADLINE,
    ErrorType.RATE_LIMITED,
    ErrorType.SERVER_INTERNAL,
    ErrorType.UNREACHABLE,
    ErrorType.UNTRUSTED,
    ErrorType.USER_ACTION_REQUIRED,
}
_NAME_REFUSED = {ErrorType.CAA, ErrorType.REJECTED_IDENTIFIER, ErrorType.UNSUPPORTED_IDENTIFIER}
_BY_CA = {kind.value for kind in _AWAY | _NAME_REFUSED}
# The steps of a conversation: account, order, challenge, certificate.
ORDER, CHALLENGE = 1, 2


def of(accounts: Sequence[Mapping[str, Any]], challenges: Sequence[Any], found: Mapping[str, Any]) -> list[Attempt]:
    """Return the attempts for a certificate: each of the challenges with one CA, then with the next.

    `found` is what webpki.acme.certificate_request says of it: where an order is remembered, only its own CA knows that.
    """
    return [
        {
            "ca": account["ca"],
            "account": account,
            "challenge": challenge,
            "order_url": found.get("order_url") if found.get("order_ca") in (None, account["ca"]) else None,
        }
        for account in accounts
        for challenge in challenges
    ]


def begun(order: Mapping[str, Any], attempts: Sequence[Attempt], waits: Mapping[str, Mapping[str, Any]]) -> Attempt:
    """Return an order with the first of its attempts, and the others left.

    `waits` tells of CAs that do not want to be asked yet; they are left out as long as there is another one.
    """
    now = [attempt for attempt in attempts if attempt["ca"] not in waits] or list(attempts)
    kept = {attempt["ca"] for attempt in now}
    said = [
        {"ca": ca, "msg": f"not asked again before {wait['until']}: {wait['reason']}", "retry_after": None}
        for ca, wait in waits.items()
        if ca not in kept
    ]
    return {**order, **now[0], "attempts": now[1:], "said": said}


def failure(step: int, said: Mapping[str, Any]) -> Failure | None:
    """Return what another attempt would have to do otherwise, given in which step it failed and what was said.

    None where it would meet the same trouble.
    """
    problem = said.get("problem") or {}
    leaves = problem.get("subproblems") or [problem]
    by_ca = problem.get("type") in _BY_CA and problem.get("type") != ErrorType.DEADLINE.value
    if by_ca or all(leaf.get("type") in _BY_CA for leaf in leaves):
        return Failure.CA
    if step <= ORDER and problem.get("type") == ErrorType.UNAUTHORIZED.value:
        # It lets the account in no more, or not for these names.
        return Failure.CA
    return Failure.PROOF if step == CHALLENGE else None


def after(order: Mapping[str, Any], kind: Failure | None) -> int | None:
    """Return which of an order's attempts is the next one after such a failure; None when there is none."""
    here = (order["ca"], order["account"])
    for number, attempt in enumerate(order["attempts"] if kind else ()):
        same_ca = (attempt["ca"], attempt["account"]) == here
        if same_ca == (kind is Failure.PROOF):
            return number
    return None


def advanced(order: Mapping[str, Any], number: int, said: Mapping[str, Any]) -> Attempt:
    """Return an order with that one of its attempts, given what came of the present one."""
    done = {"ca": order["ca"], "msg": str(said["msg"]), "retry_after": said.get("retry_after")}
    attempts = order["attempts"]
    return {**order, **attempts[number], "attempts": attempts[number + 1 :], "said": [*order["said"], done]}


def told(order: Mapping[str, Any], reason: str) -> str:
    """Return why an order failed, with what came of the attempts before the last one."""
    all_said = [*(order.get("said") or []), {"ca": order.get("ca"), "msg": reason}]
    if len(all_said) == 1:
        return reason
    return " ".join(f"({number}) {said['ca']}: {said['msg']}" for number, said in enumerate(all_said, 1))
