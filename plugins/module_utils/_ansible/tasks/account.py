# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts: registered, kept as wanted, given a new key, deactivated."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..._acme import account
from ..._acme.account import Account, ExternalAccountBinding
from ..._acme.client import Client
from ..._acme.errors import AccountDoesNotExist, AcmeError, invalid_input
from ..._acme.problem import ErrorType, Problem
from ..._store.errors import StoreError
from ..._store.key import create_file
from ..._store.key_type import KeyType
from ..._store.writing import make_directory
from ..ca_task import CaTask
from ..conversation import account_key, conversation

KEY_TYPES = [key_type.value for key_type in KeyType]


def present_or_absent(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Bring the account into the state that is asked for."""
    if params["state"] == "absent":
        return _absent(params, check_mode)
    if params["new_account_key_file"] or params["new_account_key"]:
        return _rolled_over(params, check_mode)
    return _present(params, check_mode, warn)


def info(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the account as the CA has it."""
    with conversation(params) as client:
        found = _known(client, account.fetch)
    return {"changed": False, "exists": found is not None, **_shown(found)}


def _known(client: Client, look: Callable[[Client], Account | None]) -> Account | None:
    """Return what the CA says of the account; None when it knows none."""
    try:
        return look(client)
    except AccountDoesNotExist:
        return None
    except AcmeError as error:
        if error.problem.type != ErrorType.UNAUTHORIZED:
            raise
        # RFC 8555 section 7.3.6: so a CA answers from then on, and that is all that it tells.
        return Account("", "deactivated", None, None, None)


def _absent(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    with conversation(params) as client:
        before = _known(client, account.find)
        there = before is not None and before.status == "valid"
        if there and not check_mode:
            account.deactivate(client)
    return _result(None, _described(before) if there else {}, {}, there)


def _present(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    made = _make_key_file(params, "", check_mode)
    if made and check_mode:
        return _result(None, {}, _described(_expected(None, params)), True)
    with conversation(params) as client:
        # A key that was made just now has no account anywhere.
        before = None if made else _usable(_known(client, account.find))
        after = _expected(before, params) if check_mode else _kept(client, before, params, warn)
    return _result(after, _described(before), _described(after), made or _described(before) != _described(after))


def _usable(found: Account | None) -> Account | None:
    if found is None or found.status == "valid":
        return found
    raise AcmeError(
        Problem(ErrorType.UNAUTHORIZED.value, f"the account is {found.status}"),
        doing="use the account",
        url=found.url or None,
        hint="A deactivated account stays so: use another account key.",
    )


def _kept(client: Client, before: Account | None, params: Mapping[str, Any], warn: Callable[[str], None]) -> Account:
    if before is None:
        return account.create(
            client, params["contact"] or [], terms_agreed=params["terms_agreed"], binding=_binding(params)
        )
    if not _contact_differs(before, params):
        return before
    after = account.update_contact(client, params["contact"])
    if before.contact is not None and after.contact == before.contact:
        warn("The CA did not take over the contacts.")
    return after


def _expected(before: Account | None, params: Mapping[str, Any]) -> Account:
    if before is None:
        return Account("", "valid", tuple(params["contact"] or ()), None, params["terms_agreed"])
    # Where the CA shows no contacts, most probably it stores none.
    differs = before.contact is not None and _contact_differs(before, params)
    return replace(before, contact=tuple(params["contact"])) if differs else before


def _contact_differs(before: Account, params: Mapping[str, Any]) -> bool:
    # A CA that shows no contacts stores none, or has none yet: which of them, only asking it to change them can tell.
    wanted = params["contact"]
    return wanted is not None and set(before.contact or ()) != set(wanted)


def _rolled_over(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    with conversation(params) as client:
        found = _usable(_known(client, account.find))
        if found is None:
            # Perhaps an earlier run went as far as the CA: then the account has the new key already.
            found = _account_of_new_key(client, params)
            return _result(found, _described(found), _described(found), False)
        made = _make_key_file(params, "new_", check_mode)
        new = None if made and check_mode else account_key(params, "new_")
        changed = new is None or new.thumbprint() != client.key.thumbprint()
        if new and changed and not check_mode:
            account.rollover(client, new)
    before = {**_described(found), "key": client.key.thumbprint()}
    return _result(found, before, {**before, "key": new.thumbprint() if new else "a new one"}, changed)


def _account_of_new_key(client: Client, params: Mapping[str, Any]) -> Account:
    path = params["new_account_key_file"]
    if not path or os.path.lexists(path):
        key = account_key(params, "new_")
        other = Client(client.transport, client.directory.url, client.deadline, key=key)
        found = _usable(_known(other, account.find))
        if found is not None:
            return found
    raise invalid_input("neither the old nor the new key has an account at this CA", "Register one of them first.")


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
    if found is None:
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

ACCOUNT = CaTask(present_or_absent, _OPTIONS, (("new_account_key_file", "new_account_key"),))


ACCOUNT_INFO = CaTask(info)
