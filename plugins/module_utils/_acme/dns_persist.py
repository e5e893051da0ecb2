# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TXT records of dns-persist-01 (draft-ietf-acme-dns-persist-01): made once, they prove a name again and again.

A record names the CA and the account, in the form that CAA has (RFC 8659 section 4.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MOST_ISSUERS = 10
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_TAG = re.compile(r"[A-Za-z0-9]+")
# RFC 8659 section 4.2: all that is printable, but no semicolon and no blank.
_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e]*")
_BLANKS = " \t"


def record(name: str) -> str:
    """Return where the record for a name (without "*.") stands."""
    return f"_validation-persist.{name}"


def value(issuer: str, account_url: str, *, wildcard: bool = False, until: int | None = None) -> str:
    """Return the value that lets this account prove the name at this CA; `until` are seconds since 1970.

    With `wildcard` also the names below it.
    """
    parts = [issuer, f"accounturi={account_url}"]
    parts += ["policy=wildcard"] if wildcard else []
    parts += [f"persistUntil={until}"] if until is not None else []
    return "; ".join(parts)


def refused(issuers: object, account_url: object, own_account_url: str) -> str | None:
    """Return why a challenge, with the members `issuer-domain-names` and `accounturi`, is not to be met; None when it may be."""
    if not isinstance(issuers, (list, tuple)) or not issuers:
        return "it names no issuer"
    if len(issuers) > _MOST_ISSUERS:
        return f"it names {len(issuers)} issuers, where {_MOST_ISSUERS} are the most"
    if not all(isinstance(issuer, str) and _DOMAIN.fullmatch(issuer) for issuer in issuers):
        return "it names an issuer that is no lower-case domain name"
    # Who follows it would let another account have certificates.
    if account_url is not None and account_url != own_account_url:
        return "it is for another account"
    return None


def missing(
    values: Sequence[str], issuers: Sequence[str], account_url: str, *, wildcard: bool = False, now: float
) -> str | None:
    """Return why none of the values of a record proves the name to one of the issuers, `now` (seconds since 1970).

    None when one of them does.
    """
    if not values:
        return "there is no such record"
    reasons = []
    for one in values:
        reason = _lacking(one, issuers, account_url, wildcard, now)
        if reason is None:
            return None
        reasons.append(reason)
    return "; ".join(dict.fromkeys(reasons))


def _lacking(text: str, issuers: Sequence[str], account_url: str, wildcard: bool, now: float) -> str | None:
    try:
        issuer, parameters = parse(text)
    except ValueError as error:
        return str(error)
    if issuer.lower().rstrip(".") not in issuers:
        return f"it is for the issuer {issuer}, not {' or '.join(issuers)}"
    if parameters.get("accounturi") != account_url:
        return f"it is for the account {parameters.get('accounturi')}, not {account_url}"
    if wildcard and parameters.get("policy", "").lower() != "wildcard":
        return "it does not have policy=wildcard"
    until = parameters.get("persistuntil")
    if until is not None and not (until.isdecimal() and now <= int(until)):
        return f"its persistUntil={until} has passed" if until.isdecimal() else f"its persistUntil={until} is no number"
    return None


def parse(text: str) -> tuple[str, dict[str, str]]:
    """Return the issuer and the parameters, by their names in lower case; raise ValueError for what has another form."""
    issuer, *rest = (part.strip(_BLANKS) for part in text.split(";"))
    if not _VALUE.fullmatch(issuer):
        raise ValueError("it has an issuer with a blank or a control character in it")
    parameters: dict[str, str] = {}
    for part in rest:
        tag, equals, content = (piece.strip(_BLANKS) for piece in part.partition("="))
        if not (equals and _TAG.fullmatch(tag) and _VALUE.fullmatch(content)):
            raise ValueError("it has a part that is not of the form tag=value")
        if tag.lower() in parameters:
            raise ValueError(f"it has {tag} twice")
        parameters[tag.lower()] = content
    return issuer, parameters
