# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proving the names of an order: answer its challenges, wait until it is ready, and say which name failed and why."""

from __future__ import annotations

from collections.abc import Sequence

from . import authorization, order
from .authorization import Authorization, AuthorizationStatus
from .challenge import Challenge
from .client import Client
from .errors import AcmeError
from .order import Order, OrderStatus
from .problem import ErrorType, Problem


def choose(authorizations: Sequence[Authorization], challenge_type: str) -> list[tuple[Challenge, str]]:
    """Return the challenge of this type, with its name, of each authorization that still has to be proven.

    Raise AcmeError when the CA does not offer it for one of them: so no attempt is spent on the others.
    """
    pending = [item for item in authorizations if item.status == AuthorizationStatus.PENDING]
    return [(item.challenge(challenge_type), item.name) for item in pending]


def wait(client: Client, url: str) -> Order:
    """Return the order once it is ready or further; raise AcmeError that tells each name which failed."""
    doing = "wait for the validation"
    now = order.wait(client, url, [OrderStatus.PENDING], doing)
    if now.status == OrderStatus.INVALID:
        raise failure(client, now, doing)
    return now


def failure(client: Client, failed: Order, doing: str) -> AcmeError:
    """Return the error for an order that became invalid, with the problems of its authorizations."""
    found = [item.problem() for item in (authorization.fetch(client, url) for url in failed.authorizations)]
    # CAs list them in any sequence, and another one each time.
    problems = tuple(sorted((problem for problem in found if problem), key=lambda problem: problem.identifier or ""))
    if len(problems) == 1:
        return AcmeError(problems[0], doing=doing, url=failed.url)
    if problems:
        detail = f"{len(problems)} of {len(failed.authorizations)} names could not be validated"
        return AcmeError(
            Problem(ErrorType.VALIDATION_FAILED.value, detail, subproblems=problems), doing=doing, url=failed.url
        )
    return AcmeError(
        failed.error or Problem(ErrorType.VALIDATION_FAILED.value, f"the order is {failed.status}"),
        doing=doing,
        url=failed.url,
    )
