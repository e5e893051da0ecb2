# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Challenges (RFC 8555 section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import dns_persist
from .client import Client
from .directory import json_object
from .errors import AcmeError
from .problem import ErrorType, Problem
from .shown import word
from .url import https_url


@dataclass(frozen=True)
class Challenge:
    """One challenge of an authorization. A type that is unknown here keeps its name; what has no token has None.

    `issuers` and `account_url` are what dns-persist-01 has in place of a token, as they came.
    """

    type: str
    url: str
    status: str
    token: str | None
    error: Problem | None
    issuers: Any = None
    account_url: Any = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, doing: str, seen_at: str) -> Challenge:
        """Read the object that an authorization lists."""
        error = data.get("error")
        token = data.get("token")
        return cls(
            type=word(data.get("type")),
            url=https_url(data.get("url"), doing=doing, seen_at=seen_at),
            status=word(data.get("status", "pending")),
            # Present and no text at all, it is as bad as a text that is no token.
            token=token if token is None or isinstance(token, str) else "",
            error=Problem.from_json(error) if isinstance(error, Mapping) else None,
            issuers=data.get("issuer-domain-names"),
            account_url=data.get("accounturi"),
        )

    def refused(self, account_url: str) -> str | None:
        """Return why this account is not to meet the challenge; None when it may."""
        if self.type != "dns-persist-01":
            return None
        return dns_persist.refused(self.issuers, self.account_url, account_url)


def answer(client: Client, challenge_type: str, url: str, name: str) -> bool:
    """Tell the CA that a challenge, known by its URL, can be validated (RFC 8555 section 7.5.1).

    One that has been answered already, for another order or by a request whose reply was lost, is left to the CA.
    Return False when it was another's answer.
    """
    doing = f"answer the {challenge_type} challenge for {name}"
    try:
        client.post(url, {}, doing=doing)
        return True
    except AcmeError as error:
        # Only a challenge that is pending may be answered: to a second answer CAs say "malformed".
        if error.problem.type != ErrorType.MALFORMED:
            client.wait_out(error, doing)
        now = Challenge.from_json(json_object(client.post_as_get(url, doing=doing), doing), doing=doing, seen_at=url)
        if now.status == "pending":
            if not error.doubtful:
                raise
            client.post(url, {}, doing=doing)
        return error.doubtful
