# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proving the names of an order: answer its challenges, wait until it is ready, and say which name failed and why."""

from __future__ import annotations

from . import authorization, challenge, order
from .authorization import Authorization, AuthorizationStatus
from .client import Client
from .errors import AcmeError
from .order import Order, OrderStatus
from .problem import ErrorType, Problem


def answer(client: Client, authorizations: list[Authorization], challenge_type: str) -> bool:
    """Answer the challenge of this type of each authorization that still needs it; return whether any did.

    All challenges are chosen before the first is answered, so that a name which cannot be validated costs no attempt of
    the others.
    """
    pending = [item for item in authorizations if item.status == AuthorizationStatus.PENDING]
    chosen = [(item.challenge(challenge_type), item.name) for item in pending]
    for one, name in chosen:
        challenge.answer(client, one, name)
    return bool(chosen)


def wait(client: Client, pending: Order) -> Order:
    """Return the order once it is ready or further; raise AcmeError that tells each name which failed."""
    doing = "wait for the validation"
    now = order.wait(client, pending, [OrderStatus.PENDING], doing)
    if now.status == OrderStatus.INVALID:
        raise failure(client, now, doing)
    return now


def failure(client: Client, failed: Order, doing: str) -> AcmeError:
    """Return the error for an order that became invalid, with the problems of its authorizations."""
    found = [item.problem() for item in (authorization.fetch(client, url) for url in failed.authorizations)]
    problems = tuple(problem for problem in found if problem)
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
