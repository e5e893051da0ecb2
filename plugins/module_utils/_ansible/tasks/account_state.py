# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts as tasks find them and tell of them, and the files of their keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..._acme.account import Account
from ..._acme.client import Client
from ..._acme.errors import AccountDoesNotExist, AcmeError, invalid_input
from ..._acme.problem import ErrorType, Problem
from ..._store.errors import StoreError
from ..._store.key import create_file
from ..._store.key_type import KeyType
from ..._store.writing import make_directory


def known(client: Client, look: Callable[[Client], Account | None]) -> Account | None:
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


def usable(found: Account | None) -> Account | None:
    """Return the account, if there is one; raise AcmeError when it cannot be used any more."""
    if found is None or found.status == "valid":
        return found
    raise AcmeError(
        Problem(ErrorType.UNAUTHORIZED.value, f"the account is {found.status}"),
        doing="use the account",
        url=found.url or None,
        hint="A deactivated account stays so: use another account key.",
    )


def make_key_file(path: str | None, passphrase: str | None, key_type: str, check_mode: bool) -> bool:
    """Make a key file that does not exist, for its owner only; return whether it was made, or would be in check mode."""
    if not path or os.path.lexists(path):
        return False
    if passphrase:
        hint = "Make an encrypted key with OpenSSL, or leave the passphrase out."
        raise invalid_input(f"the account key {path} does not exist, and none is made with a passphrase", hint)
    if check_mode:
        return True
    try:
        make_directory(os.path.dirname(os.path.abspath(path)), 0o700)
        return create_file(path, KeyType(key_type))
    except StoreError as error:
        raise invalid_input(error.message, error.hint, "make the account key") from None


def described(found: Account | None) -> dict[str, Any]:
    """Return an account as a diff shows it."""
    if found is None:
        return {}
    return {"status": found.status, "contact": list(found.contact or ())}


def shown(found: Account | None) -> dict[str, Any]:
    """Return an account as results show it."""
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


def result(found: Account | None, before: Mapping[str, Any], after: Mapping[str, Any], changed: bool) -> dict[str, Any]:
    """Return the result of a task that may have changed an account."""
    return {"changed": changed, "diff": {"before": dict(before), "after": dict(after)}, **shown(found)}
