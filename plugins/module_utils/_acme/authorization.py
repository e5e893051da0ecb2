# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authorizations (RFC 8555 section 7.1.4): the proof that the account holder controls a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from .challenge import Challenge
from .challenge_material import MATERIAL, OF_ACCOUNT, WITHOUT_TOKEN, Asked, is_token
from .client import Client
from .directory import json_object
from .errors import AcmeError, bad_response
from .identifier import Identifier
from .key import Key
from .parallel import each
from .problem import ErrorType, Problem
from .progress import Progress
from .shown import listed, word
from .transport import Response
from .url import is_https_url


class AuthorizationStatus(str, Enum):
    """RFC 8555 section 7.1.6."""

    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    DEACTIVATED = "deactivated"
    EXPIRED = "expired"
    REVOKED = "revoked"


# What is none of these, such as the "processing" of some CAs, may still become valid.
FAILED = (
    AuthorizationStatus.INVALID,
    AuthorizationStatus.DEACTIVATED,
    AuthorizationStatus.EXPIRED,
    AuthorizationStatus.REVOKED,
)


@dataclass(frozen=True)
class Authorization:
    """An authorization as the CA has it. A status that is unknown here is kept as it came."""

    url: str
    identifier: Identifier
    status: str
    wildcard: bool
    expires: str | None
    challenges: tuple[Challenge, ...]

    @classmethod
    def from_response(cls, url: str, response: Response, doing: str) -> Authorization:
        """Read the authorization object; one that needs no proof may list no challenges at all."""
        data = json_object(response, doing)
        identifier = data.get("identifier")
        if not isinstance(identifier, Mapping):
            raise bad_response("the authorization has no identifier", doing=doing, url=url)
        listed = data.get("challenges")
        challenges = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
        expires = data.get("expires")
        status = word(data.get("status"))
        # Of challenges that nobody will answer nothing is demanded.
        needed = status != AuthorizationStatus.VALID
        return cls(
            url=url,
            identifier=Identifier.from_json(identifier),
            status=status,
            wildcard=data.get("wildcard") is True,
            expires=word(expires) if isinstance(expires, str) else None,
            challenges=tuple(
                Challenge.from_json(item, doing=doing, seen_at=url)
                for item in challenges
                if is_https_url(item.get("url")) or (needed and str(item.get("type")) in MATERIAL)
            ),
        )

    @property
    def name(self) -> str:
        """The name as the user wrote it: with "*." for a wildcard."""
        return f"*.{self.identifier.value}" if self.wildcard else self.identifier.value

    def challenge(self, *types: str, account_url: str = "") -> Challenge:
        """Return the challenge of the first of these types that is on offer; raise AcmeError that says which ones are."""
        offered = {item.type: item for item in self.challenges if item.token is not None or item.type in WITHOUT_TOKEN}
        reasons = {kind: offered[kind].refused(account_url) for kind in types if kind in offered}
        for kind, reason in reasons.items():
            if reason is None:
                return offered[kind]
        if reasons:
            kind, reason = next(iter(reasons.items()))
            raise refused(kind, self.name, str(reason), self.url)
        raise not_offered(types, self.name, {item.type for item in self.challenges} - set(types), self.url)

    def material(self, key: Key, account_url: str | None = None) -> dict[str, dict[str, Any]]:
        """Return for each challenge type known here what is to be placed; a token that is not base64url is refused.

        Without the URL of the account, those of which it is a part are left out. One that is not to be met has `refused`,
        why, in place of what is to be placed.
        """
        found: dict[str, dict[str, Any]] = {}
        for item in self.challenges:
            if item.type not in MATERIAL or (account_url is None and item.type in OF_ACCOUNT):
                continue
            told = {"url": item.url, "status": item.status}
            reason = item.refused(account_url or "")
            if reason:
                found[item.type] = {**told, "refused": reason}
                continue
            has_token = item.type not in WITHOUT_TOKEN
            if has_token and item.token is None:
                continue
            if has_token and not is_token(item.token):
                if self.status == AuthorizationStatus.VALID:
                    continue
                # RFC 8555 section 11.3: tokens become file names and DNS values, so they are checked before they do.
                detail = f"the token of the {item.type} challenge for {self.name} is not base64url"
                raise bad_response(detail, doing="read the challenges", url=self.url)
            asked = Asked(
                self.identifier.value,
                self.wildcard,
                item.token or "",
                key.thumbprint(),
                account_url or "",
                () if has_token else tuple(item.issuers),
            )
            found[item.type] = {**told, **MATERIAL[item.type](asked)}
        return found

    def problem(self) -> Problem | None:
        """Return why the authorization failed, about its name; None while it has not."""
        if self.status not in FAILED:
            return None
        detail = f"the authorization is {self.status}"
        return self.trouble() or Problem(ErrorType.VALIDATION_FAILED.value, detail, identifier=self.name)

    def trouble(self) -> Problem | None:
        """Return what the CA saw when it last tried and did not succeed, about the name; it may go on trying."""
        for challenge in self.challenges:
            if challenge.error:
                return replace(challenge.error, identifier=self.name)
        return None

    def waiting(self) -> Problem:
        """Return how it stands, as what a wait ended with."""
        return Problem(ErrorType.DEADLINE.value, f"the authorization is {self.status}", identifier=self.name)


def refused(challenge_type: str, name: str, reason: str, url: str) -> AcmeError:
    """Return the error for a challenge that is offered, but not to be met."""
    detail = f"the {challenge_type} challenge for {name} is not to be met: {reason}"
    return bad_response(detail, doing="choose a challenge", url=url)


def not_offered(types: Iterable[str], name: str, offered: Iterable[str], url: str) -> AcmeError:
    """Return the error for types of challenge of which the CA offers none for a name."""
    detail = f"the CA offers no {' or '.join(types)} challenge for {name} (offered: {listed(offered)})"
    problem = Problem(ErrorType.VALIDATION_FAILED.value, detail, identifier=name)
    return AcmeError(problem, doing="choose a challenge", url=url, hint="Choose one of the offered types.")


def fetch(client: Client, url: str) -> Authorization:
    """Return the authorization as the CA has it now."""
    doing = "read the authorization"
    return Authorization.from_response(url, client.post_as_get(url, doing=doing), doing)


def fetch_all(
    client: Client, urls_of_each: Sequence[Sequence[str]], limit: int, progress: Progress | None = None
) -> list[list[Authorization] | AcmeError]:
    """Return the authorizations of several orders, asked for all together; of an order with trouble its first error."""
    wanted = [url for urls in urls_of_each for url in urls]
    answers = iter(each(wanted, lambda url: fetch(client, url), limit, progress))
    found: list[list[Authorization] | AcmeError] = []
    for urls in urls_of_each:
        own = [next(answers) for _url in urls]
        errors = [item for item in own if isinstance(item, AcmeError)]
        found.append(errors[0] if errors else [item for item in own if isinstance(item, Authorization)])
    return found


def deactivate(client: Client, url: str) -> Authorization:
    """Give the authorization up (RFC 8555 section 7.5.2)."""
    doing = "deactivate the authorization"
    return Authorization.from_response(url, client.post(url, {"status": "deactivated"}, doing=doing, safe=True), doing)


def asked_for(found: list[Authorization], identifiers: Iterable[Identifier], order_url: str) -> list[Authorization]:
    """Return the authorizations of an order; raise AcmeError when one is for a name that the order is not for.

    What proves a name is placed where that name leads, with the rights of whoever places it.
    """
    asked = [(item.type, item.value) for item in identifiers]
    for one in found:
        kind, value = one.identifier.type, one.identifier.value
        # RFC 8555 section 7.1.3 leaves to the CA what must be proven: RFC 9444 CAs take a domain above the name.
        above = (
            kind == "dns" and not one.wildcard and any(of == "dns" and name.endswith(f".{value}") for of, name in asked)
        )
        if not (above or (kind, one.name) in asked):
            detail = f"the CA wants a proof for {one.name}, which the order is not for"
            raise bad_response(detail, doing="read the challenges", url=order_url)
    return found
