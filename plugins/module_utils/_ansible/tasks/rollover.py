# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account that gets a new key (RFC 8555 section 7.3.5).

Where the new key takes the place of the old one's file, it lies beside it from before the CA is asked, and the old one stays
until the CA has been seen to know the new one. So wherever it is cut short, one of the two files has the account's key.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ..._acme import account
from ..._acme.account import Account
from ..._acme.client import Client
from ..._acme.errors import AcmeError, invalid_input
from ..._acme.key import Key
from ..._acme.problem import ErrorType, Problem
from ..._store import files, writing
from ..._store.errors import StoreError
from ..conversation import account_key, beside, conversation
from .account_state import described, known, make_key_file, result, usable


def rolled_over(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Give the account the new key, and where that is asked for put this in the place of the old one."""
    if not params["rollover"]:
        return _changed(params, check_mode)
    wanted = _in_place(params)
    files_of_keys = (params["account_key_file"], wanted["new_account_key_file"])
    if params["rollover"] == "begin" and not any(os.path.lexists(path) for path in files_of_keys):
        # Who has not even a key has no account.
        return result(None, {}, {}, False)
    with _alone_at(wanted["new_account_key_file"]):
        return _changed(wanted, check_mode)


def _changed(wanted: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    with conversation(wanted, as_given=True) as client:
        found = usable(known(client, account.find))
        if found is None:
            # Perhaps an earlier run went as far as the CA: then the account has the new key already.
            taken = _by_new_key(client, wanted)
            if taken is None:
                if wanted["rollover"] == "begin":
                    # The next CA may have one by this key.
                    return result(None, {}, {}, False)
                detail = "neither the old nor the new key has an account at this CA"
                raise invalid_input(detail, "Register one of them first.")
            found, new = taken
            before = {**described(found), "key": new.thumbprint()}
            replaced = _put_in_place(client, found, new, wanted, check_mode)
            return result(found, before, before, replaced)
        if wanted["rollover"]:
            # Also in check mode, which so tells beforehand what the CA cannot do.
            client.directory.need("key_change", "change the key of the account")
        made = _make(wanted, check_mode)
        new_key = None if made and check_mode else _new_key(wanted, moved=False)
        changed = new_key is None or new_key.thumbprint() != client.key.thumbprint()
        if new_key and changed and not check_mode:
            account.rollover(client, new_key)
        if new_key:
            changed |= _put_in_place(client, found, new_key, wanted, check_mode)
    before = {**described(found), "key": client.key.thumbprint()}
    return result(found, before, {**before, "key": new_key.thumbprint() if new_key else "a new one"}, changed)


def _in_place(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the new key beside the old one's file."""
    path = params["account_key_file"]
    if params["new_account_key_file"] or params["new_account_key"]:
        raise invalid_input("both rollover and a new account key are given", "Give one of them.")
    if not path:
        raise invalid_input(
            "a key that is given as text cannot be replaced where it comes from",
            "Give a new key as new_account_key_file, and then keep that one in the place of the old one.",
            "change the key of the account",
        )
    passphrase = params["new_account_key_passphrase"] or params["account_key_passphrase"]
    return {**params, "new_account_key_file": beside(path), "new_account_key_passphrase": passphrase}


@contextlib.contextmanager
def _alone_at(path: str) -> Iterator[None]:
    """Keep other runs out that would replace the same key."""
    try:
        with writing.locked(os.path.dirname(path)):
            yield
    except StoreError as error:
        raise invalid_input(error.message, error.hint, "change the key of the account") from None


def _make(params: Mapping[str, Any], check_mode: bool) -> bool:
    """Make the new key, durably, with the owner and group of the one that it is to take the place of."""
    path, passphrase = params["new_account_key_file"], params["new_account_key_passphrase"]
    try:
        made = make_key_file(path, passphrase, params["account_key_type"], check_mode)
    except AcmeError as error:
        if not params["rollover"]:
            raise
        error.hint = (
            f"Make the new key at {path} with OpenSSL, encrypted with the passphrase of the old one, and run it again."
        )
        raise
    if params["rollover"] and not check_mode:
        _as_before(path, params["account_key_file"])
    return made


def _as_before(path: str, old: str) -> None:
    try:
        status = os.stat(old)
        # That a group may read it, and not all, was somebody's decision.
        shared = status.st_mode & 0o044 == 0o040
        writing.set_access(path, files.Access(0o640 if shared else 0o600, status.st_uid, status.st_gid))
    except (OSError, StoreError) as error:
        hint = "Run it as the owner of the key file."
        raise invalid_input(f"the new key cannot have owner and group of {old}: {error}", hint) from None


def _put_in_place(client: Client, found: Account, new: Key, params: Mapping[str, Any], check_mode: bool) -> bool:
    """Replace the old key's file by the new one's, once the CA is seen to know the new key; return whether there was one."""
    path, made = params["account_key_file"], params["new_account_key_file"]
    if params["rollover"] != "finish" or not os.path.lexists(made):
        return False
    if check_mode:
        return True
    _checked(client, found, new)
    try:
        writing.replace(made, os.path.realpath(path))
        writing.remove_abandoned(made)
    except StoreError as error:
        raise invalid_input(error.message, error.hint, "put the new account key in its place") from None
    return True


def _checked(client: Client, found: Account, new: Key) -> None:
    now = known(_signed_by(client, new), account.find)
    if now is None or (now.url, now.status) != (found.url, "valid"):
        said = f"it is {now.status} at {now.url}" if now else "it knows none"
        raise AcmeError(
            Problem(
                ErrorType.BAD_RESPONSE.value, f"the CA changed the key, and finds no account by the new one: {said}"
            ),
            doing="look up the account by its new key",
            url=found.url,
            hint="Both key files are kept. Ask those who run the CA which of them the account has.",
        )


def _new_key(params: Mapping[str, Any], moved: bool) -> Key:
    """Load the new key, which may be the account's only one where the CA does not know the old one (`moved`)."""
    try:
        return account_key(params, "new_")
    except AcmeError as error:
        if params["rollover"]:
            old = params["account_key_file"]
            error.doing = "change the key of the account"
            error.hint = (
                f"The CA does not know the key in {old}, so it may know one that was in this file: bring that back. If there was "
                "none, move the file away, and run it again."
                if moved
                else f"The account still has the key in {old}: move the file away, and run it again, which makes a new key. Or, if "
                "it is one, see to its type and passphrase."
            )
        raise


def _by_new_key(client: Client, params: Mapping[str, Any]) -> tuple[Account, Key] | None:
    path = params["new_account_key_file"]
    if path and not os.path.lexists(path):
        return None
    key = _new_key(params, moved=True)
    found = usable(known(_signed_by(client, key), account.find))
    return None if found is None else (found, key)


def _signed_by(client: Client, key: Key) -> Client:
    return Client(client.transport, client.directory.url, client.deadline, key=key)
