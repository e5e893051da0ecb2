# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problem documents (RFC 7807, RFC 8555 section 6.7): what went wrong, in a form that playbooks can branch on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .shown import shown

ACME_ERROR = "urn:ietf:params:acme:error:"
LOCAL_ERROR = "urn:webpki:acme:error:"

# What a CA sends is shown to people: enough of it to understand, not enough to flood a job's output.
MAX_TEXT = 2000
MAX_SUBPROBLEMS = 100


class ErrorType(str, Enum):
    """The problem types that this package acts on: RFC 8555 section 6.7, RFC 9773, and those it finds itself."""

    ACCOUNT_DOES_NOT_EXIST = ACME_ERROR + "accountDoesNotExist"
    ALREADY_REPLACED = ACME_ERROR + "alreadyReplaced"
    ALREADY_REVOKED = ACME_ERROR + "alreadyRevoked"
    BAD_CSR = ACME_ERROR + "badCSR"
    BAD_NONCE = ACME_ERROR + "badNonce"
    BAD_REVOCATION_REASON = ACME_ERROR + "badRevocationReason"
    CAA = ACME_ERROR + "caa"
    CONNECTION = ACME_ERROR + "connection"
    DNS = ACME_ERROR + "dns"
    EXTERNAL_ACCOUNT_REQUIRED = ACME_ERROR + "externalAccountRequired"
    INCORRECT_RESPONSE = ACME_ERROR + "incorrectResponse"
    INVALID_CONTACT = ACME_ERROR + "invalidContact"
    INVALID_PROFILE = ACME_ERROR + "invalidProfile"
    MALFORMED = ACME_ERROR + "malformed"
    ORDER_NOT_READY = ACME_ERROR + "orderNotReady"
    RATE_LIMITED = ACME_ERROR + "rateLimited"
    REJECTED_IDENTIFIER = ACME_ERROR + "rejectedIdentifier"
    SERVER_INTERNAL = ACME_ERROR + "serverInternal"
    UNAUTHORIZED = ACME_ERROR + "unauthorized"
    UNSUPPORTED_CONTACT = ACME_ERROR + "unsupportedContact"
    UNSUPPORTED_IDENTIFIER = ACME_ERROR + "unsupportedIdentifier"
    USER_ACTION_REQUIRED = ACME_ERROR + "userActionRequired"

    BAD_RESPONSE = LOCAL_ERROR + "badResponse"
    DEADLINE = LOCAL_ERROR + "deadline"
    FAILED_BEFORE = LOCAL_ERROR + "failedBefore"
    INVALID_INPUT = LOCAL_ERROR + "invalidInput"
    KEY_IN_USE = LOCAL_ERROR + "keyInUse"
    TERMS_NOT_AGREED = LOCAL_ERROR + "termsNotAgreed"
    UNREACHABLE = LOCAL_ERROR + "unreachable"
    UNTRUSTED = LOCAL_ERROR + "untrusted"
    VALIDATION_FAILED = LOCAL_ERROR + "validationFailed"


@dataclass(frozen=True)
class Problem:
    """One problem, from the CA or found here.

    `type` is the URI that says which kind; `detail` is for people; `identifier` is the name it is about, as text, in a
    subproblem (RFC 8555 section 6.7.1).
    """

    type: str
    detail: str = ""
    status: int | None = None
    title: str | None = None
    identifier: str | None = None
    instance: str | None = None
    subproblems: tuple[Problem, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any], depth: int = 0) -> Problem:
        """Read a problem document; members of the wrong kind are passed over, as this is already the error path."""
        listed = data.get("subproblems")
        subproblems: tuple[Problem, ...] = ()
        # RFC 8555 section 6.7.1: a subproblem has no subproblems of its own.
        if depth == 0 and isinstance(listed, list):
            found = [item for item in listed[:MAX_SUBPROBLEMS] if isinstance(item, Mapping)]
            subproblems = tuple(cls.from_json(item, depth + 1) for item in found)
        identifier = data.get("identifier")
        status = data.get("status")
        return cls(
            type=_text(data.get("type")) or "about:blank",
            detail=_text(data.get("detail")) or "",
            status=status if isinstance(status, int) and not isinstance(status, bool) else None,
            title=_text(data.get("title")),
            identifier=_text(identifier.get("value")) if isinstance(identifier, Mapping) else None,
            instance=_text(data.get("instance")),
            subproblems=subproblems,
        )

    @property
    def short_type(self) -> str:
        """The type without its well-known prefix, for people."""
        for prefix in (ACME_ERROR, LOCAL_ERROR):
            if self.type.startswith(prefix):
                return self.type[len(prefix) :]
        return self.type

    def __str__(self) -> str:
        own = ": ".join(part for part in (self.identifier, self.detail or self.title) if part)
        text = f"{own} ({self.short_type})" if own else self.short_type
        if self.subproblems:
            text += " [" + "; ".join(str(item) for item in self.subproblems) + "]"
        return text


def _text(value: Any) -> str | None:
    return shown(value[:MAX_TEXT]) if isinstance(value, str) else None
