# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this package raises. Subtypes exist only where a caller acts differently."""

from __future__ import annotations

from datetime import datetime

from .hints import hint_for
from .problem import ErrorType, Problem
from .shown import shown


class AcmeError(Exception):
    """Something failed: what was being done, at which URL, with which problem, and what to do next.

    `retry_after` is the earliest time (UTC) at which the CA wants to be asked again, where it named one; `location` the
    Location header of its reply, as it came.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        doing: str = "",
        url: str | None = None,
        hint: str | None = None,
        retry_after: datetime | None = None,
        location: str | None = None,
    ) -> None:
        super().__init__(problem, doing, url)
        self.problem = problem
        self.doing = doing
        self.url = url
        self.hint = hint or hint_for(problem)
        self.retry_after = retry_after
        self.location = location

    @property
    def doubtful(self) -> bool:
        """Whether the CA may have acted on the request all the same: look at the resource before repeating it."""
        return self.problem.status in (500, 502, 504)

    def __str__(self) -> str:
        text = f"could not {self.doing}" if self.doing else "could not talk to the CA"
        if self.url:
            text += f" at {self.url}"
        text += f": {self.problem}"
        if self.retry_after:
            text += f"; the CA asks to try again after {self.retry_after:%Y-%m-%d %H:%M:%S} UTC"
        return shown(f"{text}. {self.hint}" if self.hint else text)


class BadNonce(AcmeError):
    """The nonce was not accepted; the same request with a fresh one may be (RFC 8555 section 6.5)."""


class AccountDoesNotExist(AcmeError):
    """The CA does not know the account key (RFC 8555 section 7.3.1)."""


class OrderNotReady(AcmeError):
    """The order cannot be finalized yet (RFC 8555 section 7.4)."""


class AlreadyRevoked(AcmeError):
    """The certificate had been revoked before (RFC 8555 section 7.6)."""


class RateLimited(AcmeError):
    """The CA refuses for now (RFC 8555 section 6.6)."""


class DeadlineExceeded(AcmeError):
    """The time that the caller gave is used up, or would be by the wait that the CA asks for."""


class ConnectionLost(AcmeError):
    """The request may have reached the CA, its reply did not reach us: look at the resource before repeating it."""

    doubtful = True


_TYPES: dict[str, type[AcmeError]] = {
    ErrorType.BAD_NONCE: BadNonce,
    ErrorType.ACCOUNT_DOES_NOT_EXIST: AccountDoesNotExist,
    ErrorType.ORDER_NOT_READY: OrderNotReady,
    ErrorType.ALREADY_REVOKED: AlreadyRevoked,
    ErrorType.RATE_LIMITED: RateLimited,
}


def error_for(
    problem: Problem, *, doing: str, url: str, retry_after: datetime | None = None, location: str | None = None
) -> AcmeError:
    """Return the exception of the subtype that belongs to the problem's type."""
    return _TYPES.get(problem.type, AcmeError)(
        problem, doing=doing, url=url, retry_after=retry_after, location=location
    )


def invalid_input(detail: str, hint: str = "", doing: str = "use the options") -> AcmeError:
    """Return the error for something that the user gave and that cannot be used as it is."""
    return AcmeError(Problem(ErrorType.INVALID_INPUT.value, detail), doing=doing, hint=hint or None)


def bad_response(detail: str, *, doing: str, url: str) -> AcmeError:
    """Return the error for an answer that RFC 8555 does not allow."""
    return AcmeError(Problem(ErrorType.BAD_RESPONSE.value, detail), doing=doing, url=url)
