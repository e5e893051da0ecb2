# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts (RFC 8555 section 7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .client import Client
from .directory import json_object
from .errors import AccountDoesNotExist, AcmeError
from .jws import external_account_binding, key_change
from .key import Key
from .problem import ErrorType, Problem
from .shown import word
from .transport import Response
from .url import is_https_url

# CAs have no word of their own for a binding that was used before.
BINDING_REFUSED = (
    ErrorType.BAD_RESPONSE,
    ErrorType.EXTERNAL_ACCOUNT_REQUIRED,
    ErrorType.MALFORMED,
    ErrorType.SERVER_INTERNAL,
    ErrorType.UNAUTHORIZED,
)
USED_UP = (
    "Check the external account binding. At most CAs each is good for one account, also when making that failed, and ends "
    "after some days: then get a new one from the CA, or use the account key that this one was used with."
)
CONTACT_WANTED = (
    "The CA may make accounts only for those whom it can reach: give a contact, such as mailto:admin@example.com "
    "(acme_account_contact in the roles)."
)
BY_NEW = "look up the account by its new key"
KEPT = "The account keeps its key. Some CAs cannot change keys: then go on with this one, or register another account."


@dataclass(frozen=True)
class ExternalAccountBinding:
    """What a CA hands out to bind a new account to a customer (RFC 8555 section 7.3.4)."""

    kid: str
    hmac_key: str = field(repr=False)
    algorithm: str = "HS256"


@dataclass(frozen=True)
class Account:
    """An account as the CA has it. `contact` is None where the CA does not tell, as those that store none."""

    url: str
    status: str
    contact: tuple[str, ...] | None
    orders: str | None
    terms_agreed: bool | None

    @classmethod
    def from_response(cls, url: str, response: Response, doing: str) -> Account:
        """Read the account object."""
        data = json_object(response, doing)
        # What some write for an empty list.
        contact = [] if data.get("contact", ...) is None else data.get("contact")
        orders = data.get("orders")
        agreed = data.get("termsOfServiceAgreed")
        return cls(
            url=url,
            status=word(data.get("status", "valid")),
            contact=tuple(word(item) for item in contact) if isinstance(contact, list) else None,
            orders=orders if is_https_url(orders) else None,
            terms_agreed=agreed if isinstance(agreed, bool) else None,
        )


def find(client: Client) -> Account | None:
    """Return the account of the client's key, or None when the CA knows none (RFC 8555 section 7.3.1)."""
    try:
        return _new_account(client, {"onlyReturnExisting": True}, "look up the account")
    except AccountDoesNotExist:
        return None


def sign_in(client: Client) -> Account | None:
    """Make the client know its account's URL; return the account when it had to be looked up."""
    if client.account_url:
        return None
    return _new_account(client, {"onlyReturnExisting": True}, "look up the account")


def create(
    client: Client, contact: Sequence[str], *, terms_agreed: bool, binding: ExternalAccountBinding | None = None
) -> Account:
    """Register the client's key and return its account; when the CA has one for the key already, that one."""
    doing = "create the account"
    directory = client.directory
    if directory.terms_of_service and not terms_agreed:
        detail = f"the CA's terms of service ({directory.terms_of_service}) have not been agreed to"
        raise AcmeError(Problem(ErrorType.TERMS_NOT_AGREED.value, detail), doing=doing, url=directory.new_account)
    if directory.external_account_required and binding is None:
        detail = "the CA makes accounts only for its customers: it wants an external account binding"
        problem = Problem(ErrorType.EXTERNAL_ACCOUNT_REQUIRED.value, detail)
        raise AcmeError(problem, doing=doing, url=directory.new_account)
    payload: dict[str, Any] = {}
    if contact:
        payload["contact"] = list(contact)
    if terms_agreed:
        payload["termsOfServiceAgreed"] = True
    if binding:
        payload["externalAccountBinding"] = external_account_binding(
            client.key, directory.new_account, binding.kid, binding.hmac_key, binding.algorithm
        )
    try:
        return _new_account(client, payload, doing)
    except AcmeError as error:
        # A binding may be good for one use, and another run, or this one before its reply was lost, may have had that.
        found = find(client) if binding else None
        if found is None:
            if not contact and _wants_contact(error.problem):
                error.hint = CONTACT_WANTED
            elif binding and error.problem.type in BINDING_REFUSED:
                error.hint = USED_UP
            raise
        return found


def _wants_contact(problem: Problem) -> bool:
    # Not every CA has the types for it.
    by_type = problem.type in (ErrorType.INVALID_CONTACT, ErrorType.UNSUPPORTED_CONTACT)
    by_text = any(text in problem.detail.lower() for text in ("contact", "e-mail", "email"))
    return by_type or (problem.type == ErrorType.MALFORMED and by_text)


def fetch(client: Client) -> Account:
    """Return the account as the CA has it now."""
    found = sign_in(client)
    if found:
        return found
    url = client.account_url or ""
    doing = "read the account"
    return Account.from_response(url, client.post_as_get(url, doing=doing), doing)


def update_contact(client: Client, contact: Sequence[str]) -> Account:
    """Replace the contacts (RFC 8555 section 7.3.2)."""
    return _update(client, {"contact": list(contact)}, "update the contacts of the account")


def deactivate(client: Client) -> Account:
    """Deactivate the account, for good (RFC 8555 section 7.3.6)."""
    done = _update(client, {"status": "deactivated"}, "deactivate the account")
    client.sign_in_as(None)
    return done


def rollover(client: Client, new_key: Key) -> None:
    """Give the account a new key (RFC 8555 section 7.3.5).

    When the reply is lost the account is looked up by the new key, which tells whether the change was made.
    """
    doing = "change the key of the account"
    sign_in(client)
    url = client.directory.need("key_change", doing)
    inner = key_change(new_key, client.key, client.account_url or "", url)
    try:
        client.post(url, inner, doing=doing)
    except AcmeError as error:
        if error.problem.status != 409:
            if error.problem.status not in (None, 429):
                error.hint = KEPT
            client.wait_out(error, doing)
            if not _is_account_of(client, new_key):
                raise
            client.sign_in_as(None)
            return
        # RFC 8555 section 7.3.5; not every CA says more than the status.
        said = () if error.problem.type == ErrorType.BAD_RESPONSE else (error.problem,)
        detail = (
            f"the new key has an account of its own already: {word(error.location or 'the CA does not say which', 200)}"
        )
        raise AcmeError(
            Problem(ErrorType.KEY_IN_USE.value, detail, 409, subproblems=said),
            doing=doing,
            url=url,
            hint="Use a key that is new to this CA, or that account as it is.",
        ) from None
    # The key that the client signs with has no account any more.
    client.sign_in_as(None)


def has_moved(client: Client, new_key: Key) -> bool:
    """Return whether the CA knows an account by the new key, and none any more by the client's."""
    return _url_by(client, client.key, "look up the account") is None and _url_by(client, new_key, BY_NEW) is not None


def _is_account_of(client: Client, key: Key) -> bool:
    return _url_by(client, key, BY_NEW) == client.account_url


def _url_by(client: Client, key: Key, doing: str) -> str | None:
    try:
        response = client.post(
            client.directory.new_account, {"onlyReturnExisting": True}, doing=doing, safe=True, key=key
        )
    except AccountDoesNotExist:
        return None
    return response.location(doing)


def _new_account(client: Client, payload: dict[str, Any], doing: str) -> Account:
    # A second newAccount with the same key finds the first one's account (RFC 8555 section 7.3.1). An external account
    # binding, though, may be good for one use.
    safe = "externalAccountBinding" not in payload
    response = client.post(client.directory.new_account, payload, doing=doing, safe=safe, key=client.key)
    account = Account.from_response(response.location(doing), response, doing)
    client.sign_in_as(account.url)
    return account


def _update(client: Client, payload: dict[str, Any], doing: str) -> Account:
    sign_in(client)
    url = client.account_url or ""
    return Account.from_response(url, client.post(url, payload, doing=doing, safe=True), doing)
