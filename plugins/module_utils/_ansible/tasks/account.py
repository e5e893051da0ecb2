# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts: registered, kept as wanted, given a new key, deactivated."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..._acme import account
from ..._acme.account import Account, ExternalAccountBinding
from ..._acme.client import Client
from ..._acme.errors import AccountDoesNotExist, AcmeError, invalid_input
from ..._acme.key import Key
from ..._acme.problem import ErrorType, Problem
from ..._store.errors import StoreError
from ..._store.files import make_directory
from ..._store.key import KeyType, create_file
from ..conversation import account_key, conversation
from ..task import Task

KEY_TYPES = [key_type.value for key_type in KeyType]


def present_or_absent(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Bring the account into the state that is asked for."""
    before: Account | None = None
    after: Account | None = None
    present = params["state"] == "present"
    made = _make_key_file(params, "", check_mode) if present else False
    if made and check_mode:
        return _result(None, _described(None), {"status": "valid", "contact": params["contact"] or []}, True)
    with conversation(params) as client:
        before = account.find(client)
        if not present:
            after = _absent(client, before, check_mode)
        elif _has_new_key(params):
            before, changed = _rolled_over(client, before, params, check_mode)
            return _result(
                before, _described(before), {**_described(before), "key": "new" if changed else "same"}, changed
            )
        elif check_mode:
            after = _expected(before, params)
        else:
            after = _present(client, before, params, warn)
    return _result(after, _described(before), _described(after), made or _described(before) != _described(after))


def info(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the account as the CA has it."""
    with conversation(params) as client:
        try:
            found: Account | None = account.fetch(client)
        except AccountDoesNotExist:
            found = None
    return {"changed": False, "exists": found is not None, **_shown(found)}


def _present(client: Client, before: Account | None, params: Mapping[str, Any], warn: Callable[[str], None]) -> Account:
    if before is None:
        return account.create(
            client, params["contact"] or [], terms_agreed=params["terms_agreed"], binding=_binding(params)
        )
    if before.status != "valid":
        raise AcmeError(
            Problem(ErrorType.UNAUTHORIZED.value, f"the account is {before.status}"),
            doing="use the account",
            url=before.url,
            hint="A deactivated account stays so: use another account key.",
        )
    if _contact_differs(before, params):
        after = account.update_contact(client, params["contact"])
        if after.contact == before.contact:
            warn("The CA did not take over the contacts: it seems to store none.")
        return after
    return before


def _absent(client: Client, before: Account | None, check_mode: bool) -> Account | None:
    if before is not None and before.status == "valid" and not check_mode:
        account.deactivate(client)
    return None


def _expected(before: Account | None, params: Mapping[str, Any]) -> Account:
    if before is None:
        return Account("", "valid", tuple(params["contact"] or ()), None, params["terms_agreed"])
    contact = tuple(params["contact"]) if _contact_differs(before, params) else before.contact
    return Account(before.url, before.status, contact, before.orders, before.terms_agreed)


def _contact_differs(before: Account, params: Mapping[str, Any]) -> bool:
    # A CA that stores no contacts does not show any: asking it to change them at each run would not help.
    wanted = params["contact"]
    return wanted is not None and before.contact is not None and set(before.contact) != set(wanted)


def _rolled_over(
    client: Client, before: Account | None, params: Mapping[str, Any], check_mode: bool
) -> tuple[Account | None, bool]:
    made = _make_key_file(params, "new_", check_mode)
    if made and check_mode:
        return before, True
    new_key = account_key(params, "new_")
    if before is None:
        # The old key has no account any more, so perhaps an earlier run went as far as the CA.
        return _account_of(client, new_key), False
    if new_key.thumbprint() == client.key.thumbprint():
        return before, False
    if not check_mode:
        account.rollover(client, new_key)
    return before, True


def _account_of(client: Client, key: Key) -> Account:
    other = Client(client.transport, client.directory.url, client.deadline, key=key)
    found = account.find(other)
    if found is None:
        raise invalid_input("neither the old nor the new key has an account at this CA", "Register one of them first.")
    return found


def _has_new_key(params: Mapping[str, Any]) -> bool:
    return bool(params["new_account_key_file"] or params["new_account_key"])


def _make_key_file(params: Mapping[str, Any], prefix: str, check_mode: bool) -> bool:
    path = params[f"{prefix}account_key_file"]
    if not path or os.path.lexists(path):
        return False
    if params[f"{prefix}account_key_passphrase"]:
        hint = "Make an encrypted key with OpenSSL, or leave the passphrase out."
        raise invalid_input(f"the account key {path} does not exist, and none is made with a passphrase", hint)
    if check_mode:
        return True
    try:
        make_directory(os.path.dirname(os.path.abspath(path)), 0o700)
        return create_file(path, KeyType(params["account_key_type"]))
    except StoreError as error:
        raise invalid_input(error.message, error.hint, "make the account key") from None


def _binding(params: Mapping[str, Any]) -> ExternalAccountBinding | None:
    given = params["external_account_binding"]
    return ExternalAccountBinding(given["kid"], given["key"], given["algorithm"]) if given else None


def _described(found: Account | None) -> dict[str, Any]:
    if found is None or found.status != "valid":
        return {}
    return {"status": found.status, "contact": list(found.contact or ())}


def _shown(found: Account | None) -> dict[str, Any]:
    if found is None:
        return {"account_uri": None, "account": None}
    return {
        "account_uri": found.url or None,
        "account": {
            "status": found.status,
            "contact": None if found.contact is None else list(found.contact),
            "orders": found.orders,
        },
    }


def _result(found: Account | None, before: dict[str, Any], after: dict[str, Any], changed: bool) -> dict[str, Any]:
    return {"changed": changed, "diff": {"before": before, "after": after}, **_shown(found)}


_BINDING = {
    "kid": {"type": "str", "required": True},
    "key": {"type": "str", "required": True, "no_log": True},
    "algorithm": {"type": "str", "choices": ["HS256", "HS384", "HS512"], "default": "HS256"},
}
_OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "contact": {"type": "list", "elements": "str"},
    "terms_agreed": {"type": "bool", "default": False},
    "external_account_binding": {"type": "dict", "options": _BINDING},
    "account_key_type": {"type": "str", "choices": KEY_TYPES, "default": "ecdsa-p256", "no_log": False},
    "new_account_key_file": {"type": "path", "no_log": False},
    "new_account_key": {"type": "str", "no_log": True},
    "new_account_key_passphrase": {"type": "str", "no_log": True},
}

ACCOUNT = Task(present_or_absent, _OPTIONS, (("new_account_key_file", "new_account_key"),))


ACCOUNT_INFO = Task(info)
