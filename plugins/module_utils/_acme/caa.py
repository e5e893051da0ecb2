# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CAA records: which CA may issue for a name (RFC 8659), for which account and by which method (RFC 8657)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .dns_persist import parse

_CRITICAL = 128
_KNOWN = ("issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc")


class Caa(Protocol):
    """A record, by whomever it was looked up; its tag is in lower case."""

    @property
    def flags(self) -> int: ...

    @property
    def tag(self) -> str: ...

    @property
    def value(self) -> str: ...


def forbidden(
    records: Sequence[Caa], identities: Sequence[str], *, wildcard: bool, account_url: str | None, method: str | None
) -> str | None:
    """Return why the records that count for a name keep a CA of these identities from issuing; None when they do not.

    Without an account or a method, what a record says of that is not looked at.
    """
    for one in records:
        if one.flags & _CRITICAL and one.tag not in _KNOWN:
            return f"the critical tag {one.tag} is one that CAs need not know"
    # RFC 8659 section 4.3: for a wildcard the records for wildcards count alone, where there are some.
    tags = {one.tag for one in records}
    tag = "issuewild" if wildcard and "issuewild" in tags else "issue"
    values = [one.value for one in records if one.tag == tag]
    if not values:
        return None
    reasons = []
    for value in values:
        reason = _refused(value, [identity.lower() for identity in identities], account_url, method)
        if reason is None:
            return None
        reasons.append(reason)
    return "; ".join(dict.fromkeys(reasons))


def value(identity: str, account_url: str | None, methods: Sequence[str] = ()) -> str:
    """Return the value of a record that lets only this account, by these methods, have certificates of this CA."""
    parts = [identity]
    parts += [f"accounturi={account_url}"] if account_url else []
    parts += [f"validationmethods={','.join(methods)}"] if methods else []
    return "; ".join(parts)


def _refused(text: str, identities: Sequence[str], account_url: str | None, method: str | None) -> str | None:
    try:
        # RFC 8659 section 4.2: nothing need follow a semicolon.
        issuer, parameters = parse(text.strip().removesuffix(";"))
    except ValueError as error:
        return f"{text!r} cannot be understood: {error}"
    if not issuer:
        return "no CA may issue"
    if issuer.lower().rstrip(".") not in identities:
        return f"{issuer} may issue"
    allowed = parameters.get("accounturi")
    if account_url and allowed is not None and allowed != account_url:
        return f"{issuer} may issue for the account {allowed} only"
    methods = parameters.get("validationmethods")
    if method and methods is not None and method not in methods.split(","):
        return f"{issuer} may issue by {methods.replace(',', ', ')} only"
    return None
