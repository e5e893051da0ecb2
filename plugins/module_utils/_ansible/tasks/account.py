# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts: registered, kept as wanted, given a new key, deactivated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..._acme import account
from ..._acme.account import Account, ExternalAccountBinding
from ..._acme.client import Client
from ..._store.key_type import KeyType
from ..ca_task import CaTask
from ..conversation import account_key, beside, conversation
from .account_state import described, known, make_key_file, result, shown, usable
from .rollover import rolled_over

CUT_SHORT = (
    "A change of the account's key was cut short. The key in {0} is used, as the account {1} has it. "
    "Finish the change: run the playbook webpki.acme.rollover."
)
KEY_TYPES = [key_type.value for key_type in KeyType]


def present_or_absent(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Bring the account into the state that is asked for."""
    if params["state"] == "absent":
        return _absent(params, check_mode)
    if params["new_account_key_file"] or params["new_account_key"] or params["rollover"]:
        return rolled_over(params, check_mode)
    return _present(params, check_mode, warn)


def info(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the account as the CA has it."""
    with conversation(params) as client:
        found = known(client, account.fetch)
    return {"changed": False, "exists": found is not None, **shown(found)}


def _absent(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    with conversation(params) as client:
        before = known(client, account.find)
        there = before is not None and before.status == "valid"
        if there and not check_mode:
            account.deactivate(client)
    return result(None, described(before) if there else {}, {}, there)


def _present(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    passphrase = params["account_key_passphrase"]
    made = make_key_file(params["account_key_file"], passphrase, params["account_key_type"], check_mode)
    if made and check_mode:
        return result(None, {}, described(_expected(None, params)), True)
    with conversation(params) as client:
        # A key that was made just now has no account anywhere.
        before = None if made else usable(known(client, account.find))
        if client.key.thumbprint() != account_key(params).thumbprint():
            warn(CUT_SHORT.format(beside(params["account_key_file"]), client.account_url))
        after = _expected(before, params) if check_mode else _kept(client, before, params, warn)
    return result(after, described(before), described(after), made or described(before) != described(after))


def _kept(client: Client, before: Account | None, params: Mapping[str, Any], warn: Callable[[str], None]) -> Account:
    if before is None:
        return account.create(
            client, params["contact"] or [], terms_agreed=params["terms_agreed"], binding=_binding(params)
        )
    if not _contact_differs(before, params):
        return before
    after = account.update_contact(client, params["contact"])
    if before.contact is not None and after.contact == before.contact:
        warn("The CA did not take over the contacts. Where it keeps none, leave them out.")
    return after


def _expected(before: Account | None, params: Mapping[str, Any]) -> Account:
    if before is None:
        return Account("", "valid", tuple(params["contact"] or ()), None, params["terms_agreed"])
    return replace(before, contact=tuple(params["contact"])) if _contact_differs(before, params) else before


def _contact_differs(before: Account, params: Mapping[str, Any]) -> bool:
    # A CA that does not tell contacts stores none, or does not want to tell: there it would be an update in each run.
    wanted = params["contact"]
    told = before.contact is not None or params["always_send_contact"]
    return wanted is not None and told and set(before.contact or ()) != set(wanted)


def _binding(params: Mapping[str, Any]) -> ExternalAccountBinding | None:
    given = params["external_account_binding"]
    return ExternalAccountBinding(given["kid"], given["key"], given["algorithm"]) if given else None


_BINDING = {
    "kid": {"type": "str", "required": True},
    "key": {"type": "str", "required": True, "no_log": True},
    "algorithm": {"type": "str", "choices": ["HS256", "HS384", "HS512"], "default": "HS256"},
}
_OPTIONS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "contact": {"type": "list", "elements": "str"},
    "always_send_contact": {"type": "bool", "default": False},
    "terms_agreed": {"type": "bool", "default": False},
    "external_account_binding": {"type": "dict", "options": _BINDING},
    "account_key_type": {"type": "str", "choices": KEY_TYPES, "default": "ecdsa-p256", "no_log": False},
    "new_account_key_file": {"type": "path", "no_log": False},
    "new_account_key": {"type": "str", "no_log": True},
    "new_account_key_passphrase": {"type": "str", "no_log": True},
    "rollover": {"type": "str", "choices": ["begin", "finish"]},
}

ACCOUNT = CaTask(present_or_absent, _OPTIONS, (("new_account_key_file", "new_account_key"),))


ACCOUNT_INFO = CaTask(info)
