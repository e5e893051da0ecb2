# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts at CAs that roles talk about: what they have in common, what each has of its own, and where its secrets are.

Secrets are known by their digests, as plans and results stand in logs.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ansible.errors import AnsibleFilterError
from jinja2 import Undefined, UndefinedError

from ..plugin_utils import ca_list
from ..plugin_utils.run_secret import run_secret

_OPTIONS = ("ca", "ca_bundle", "deadline", "concurrency")


def digest(secret: Any) -> str:
    """Return what tells secrets apart in this run without telling them; empty for one that is empty or not there."""
    if not secret:
        return ""
    text = json.dumps(secret, sort_keys=True, default=str).encode("utf-8")
    # It stands in results, so in logs. Without a key, a passphrase could be found by trying.
    return hmac.new(run_secret(), text, hashlib.sha256).hexdigest()


def own_settings(acme_ca: Any) -> list[dict[str, Any]]:
    """Return the CAs of acme_ca, each with what it has of its own for its account; secrets are known by their digests."""
    return ca_list.own_settings(acme_ca, digest)


def account_options(
    account: Mapping[str, Any], variables: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return the options by which modules of the group webpki.acme.acme reach the CA of an account, and sign in to it.

    Its secrets are found in `variables`, which have the names that they have for roles, and in those of its `host`, if it has
    one. Raise AnsibleFilterError where one is in neither.
    """
    found = partial(_secret, account, variables, hostvars or {})
    options = {
        **{option: account.get(option) for option in _OPTIONS},
        "account_key_file": account["key_file"],
        "account_key": found("account_key", account["key"]),
        "account_key_passphrase": found("account_key_passphrase", account["passphrase"]),
    }
    return {option: value for option, value in options.items() if value}


def account_binding(
    account: Mapping[str, Any], variables: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]] | None = None
) -> Any:
    """Return the external account binding of an account, found as `account_options` finds secrets; None where it has none."""
    return _secret(account, variables, hostvars or {}, "external_account_binding", account["binding"])


def _secret(
    account: Mapping[str, Any],
    variables: Mapping[str, Any],
    hostvars: Mapping[str, Mapping[str, Any]],
    option: str,
    wanted: str,
) -> Any:
    if not wanted:
        return None
    places = [variables]
    if account.get("host") in hostvars:
        places.append(hostvars[account["host"]])
    for candidate in _candidates(places, option):
        if hmac.compare_digest(digest(candidate), wanted):
            return candidate
    raise AnsibleFilterError(
        "The account key, its passphrase or the external account binding of another host of this play cannot be seen here. "
        "Give such variables in the inventory or for the whole play, not for the role on some hosts only."
    )


def _candidates(places: Sequence[Mapping[str, Any]], option: str) -> Iterator[Any]:
    """Yield where a secret may be, one by one: no value is made of a variable before it is its turn."""
    for variables in places:
        yield _value(variables, f"acme_{option}")
    # A CA may have it of its own.
    for variables in places:
        yield from ca_list.secrets(_value(variables, "acme_ca") or "", option)


def _value(variables: Mapping[str, Any], name: str) -> Any:
    # What a host's variable is made of may be seen on that host only, such as a variable of the play.
    with contextlib.suppress(UndefinedError):
        value = variables.get(name)
        return None if isinstance(value, Undefined) else value
    return None


def not_rolled_over(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return why accounts did not get new keys, each reason once, given what webpki.acme.account said of all of them.

    Where it said that there is no account (its account_uri is None) there is no key to change.
    """
    there = [result for result in results if result.get("account_uri", True)]
    if results and not there:
        missing = ", ".join(sorted({result["item"]["key_file"] for result in results}))
        return [
            f"No CA of acme_ca has an account by the key in {missing}. Check acme_account_key_file, or register first."
        ]
    accounts = {(result["item"]["ca"], result["item"]["key_file"]) for result in there}
    failed: dict[tuple[str, str], list[str]] = {}
    for result in results:
        if "account_uri" not in result:
            file = result["item"]["key_file"]
            accounts.discard((result["item"]["ca"], file))
            failed.setdefault((file, str(result.get("msg"))), []).append(result["item"]["ca"])
    others = {file for _ca, file in accounts}
    told = []
    for (file, message), cas in failed.items():
        text = f"{', '.join(cas)}: {message}"
        if file in others:
            text += (
                f" Accounts at other CAs have the key in {file} too, so the file stays, and those that have the one in "
                f"{file}.new by now are used with that. Copy {file}, give the copy as "
                "account_key_file in the entry of this CA in acme_ca, and run it again."
            )
        told.append(text)
    return told


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "digest": digest,
            "own_settings": own_settings,
            "accounts": ca_list.accounts_of,
            "account_options": account_options,
            "account_binding": account_binding,
            "not_rolled_over": not_rolled_over,
        }
