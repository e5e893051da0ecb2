# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proving the names of orders: answer their challenges, wait until they are ready, and say which name failed and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from . import authorization, challenge, order
from .authorization import FAILED, Authorization, AuthorizationStatus
from .challenge import Challenge
from .client import Client
from .errors import AcmeError, DeadlineExceeded
from .hints import hint_for
from .order import Order, OrderStatus
from .parallel import each
from .polling import DEFAULT_PAUSE, Pending, Watch, poll_all
from .problem import ErrorType, Problem

DOING = "wait for the validation"

# Each look at the authorizations costs a request for each name, and most CAs are done before the first.
AUTHORIZATIONS_EVERY = 10.0
MAX_ANSWERED_AGAIN = 3


@dataclass
class Validation:
    """An order that is waited for. `answers` are the type, URL and name of each challenge that was answered for it."""

    url: str
    answers: tuple[tuple[str, str, str], ...]
    authorizations: tuple[str, ...] = ()
    troubles: tuple[Problem, ...] = ()
    failed: bool = False
    looked_at: float = 0.0
    pause: float = 0.0

    def look(self, client: Client) -> Order | Pending:
        """Return the order once it is ready or further; raise AcmeError that tells each name which failed."""
        now = order.fetch(client, self.url, DOING)
        self.authorizations = now.authorizations
        if now.status == OrderStatus.INVALID or (self.failed and now.status == OrderStatus.PENDING):
            raise failure(client, now, DOING)
        if now.status != OrderStatus.PENDING:
            return now
        self.pause = DEFAULT_PAUSE if now.retry_after is None else now.retry_after
        return now.pending()


def choose(authorizations: Sequence[Authorization], *types: str, account_url: str = "") -> list[tuple[Challenge, str]]:
    """Return the challenge, with its name, of each authorization that still has to be proven: of the first type on offer.

    Raise AcmeError when the CA offers none of them for one name: so no attempt is spent on the others.
    """
    pending = [item for item in authorizations if item.status == AuthorizationStatus.PENDING]
    return [(item.challenge(*types, account_url=account_url), item.name) for item in pending]


def wait_all(client: Client, validations: Sequence[Validation], limit: int) -> list[Order | AcmeError]:
    """Return each order once it is ready or further, or the AcmeError that tells which name failed and why."""
    answered_again: Counter[str] = Counter()
    for one in validations:
        # What has no answer of ours may wait for something that does not come.
        one.looked_at = client.deadline.clock.monotonic() if one.answers else -AUTHORIZATIONS_EVERY

    def stuck(numbers: Sequence[int]) -> None:
        _look_closer(client, [validations[number] for number in numbers], limit, answered_again)

    # Where nothing was answered all names were proven before, as a rule, and there is nothing to wait for.
    watched = [Watch(one.url, partial(one.look, client), at_once=not one.answers) for one in validations]
    client.progress.begin("orders ready", len(watched))
    ended = poll_all(
        watched,
        client.deadline,
        limit,
        doing=DOING,
        round_trip=client.transport.round_trip,
        stuck=stuck,
        progress=client.progress,
    )
    return [_with_troubles(outcome, one) for outcome, one in zip(ended, validations)]


def _look_closer(client: Client, stuck: Sequence[Validation], limit: int, answered_again: Counter[str]) -> None:
    """Find out what the CA saw, and answer again what it leaves pending after a try that failed.

    RFC 8555 section 8.2 lets a server wait for that. It is no reason to fail when it does not succeed: the wait goes on.
    """
    now = client.deadline.clock.monotonic()
    # A wait that ends here is to say what the CA saw.
    left = client.deadline.remaining()
    due = [one for one in stuck if now - one.looked_at >= AUTHORIZATIONS_EVERY or one.pause > left]
    again = {}
    for one, found in zip(due, authorization.fetch_all(client, [one.authorizations for one in due], limit)):
        one.looked_at = now
        unproven = [] if isinstance(found, AcmeError) else [a for a in found if a.status != AuthorizationStatus.VALID]
        # RFC 8555 section 7.1.6: with one of its authorizations the order is lost, though not every CA says so.
        one.failed = any(item.status in FAILED for item in unproven)
        one.troubles = (
            _sorted([item.problem() or item.trouble() or item.waiting() for item in unproven]) or one.troubles
        )
        waiting = {c.url for item in unproven for c in item.challenges if c.error and c.status == "pending"}
        again.update({url: answer for answer in one.answers if (url := answer[1]) in waiting})
    todo = [answer for url, answer in again.items() if answered_again[url] < MAX_ANSWERED_AGAIN]
    answered_again.update(url for _type, url, _name in todo)
    each(todo, lambda answer: challenge.answer(client, *answer), limit)


def _with_troubles(outcome: Order | AcmeError, seen: Validation) -> Order | AcmeError:
    if not (seen.troubles and isinstance(outcome, DeadlineExceeded)):
        return outcome
    if seen.failed:
        return _unproven(seen.troubles, len(seen.authorizations), outcome.doing, outcome.url)
    problem = replace(outcome.problem, subproblems=seen.troubles)
    hint = hint_for(problem) or outcome.hint
    return DeadlineExceeded(problem, doing=outcome.doing, url=outcome.url, hint=hint, retry_after=outcome.retry_after)


def _sorted(problems: Sequence[Problem | None]) -> tuple[Problem, ...]:
    # CAs list authorizations in any sequence, and another one each time.
    return tuple(sorted((problem for problem in problems if problem), key=lambda problem: problem.identifier or ""))


def failure(client: Client, failed: Order, doing: str) -> AcmeError:
    """Return the error for an order that became invalid, with the problems of its authorizations."""
    problems = _sorted([authorization.fetch(client, url).problem() for url in failed.authorizations])
    if problems:
        return _unproven(problems, len(failed.authorizations), doing, failed.url)
    return AcmeError(
        failed.error or Problem(ErrorType.VALIDATION_FAILED.value, f"the order is {failed.status}"),
        doing=doing,
        url=failed.url,
    )


def _unproven(problems: tuple[Problem, ...], names: int, doing: str, url: str | None) -> AcmeError:
    if len(problems) == 1:
        return AcmeError(problems[0], doing=doing, url=url)
    detail = f"{len(problems)} of {names} names could not be validated"
    return AcmeError(Problem(ErrorType.VALIDATION_FAILED.value, detail, subproblems=problems), doing=doing, url=url)
