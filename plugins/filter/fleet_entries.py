# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before all: the variables of the roles as the modules and templates want them.

Ansible checks the variables of a role against its argument spec, but leaves them as they were written: a list may be a
string still, a boolean a word.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.validation import check_type_bool, check_type_list

from ..module_utils._store.errors import StoreError
from ..module_utils._store.names import normalise
from ..plugin_utils import ca_list
from ..plugin_utils.listed_options import INSTALLED_AS
from ..plugin_utils.run_secret import run_secret

_REQUESTED = ("name", "identifiers", "key_type", "key_reuse", "profile")


def entries(certificates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return acme_certificates with each value of its type, and names as certificates have them."""
    kinds: dict[str, Callable[[Any], Any]] = {
        "identifiers": lambda names: [_normalised(name) for name in check_type_list(names)],
        "reload": check_type_list,
        "shared": check_type_bool,
        "key_reuse": check_type_bool,
        "roll_back_unserved": check_type_bool,
        "profile": check_type_list,
        "preferred_chain_fallback": check_type_bool,
        "challenge_fallback": check_type_bool,
    }
    return [
        {option: kinds.get(option, _same)(value) for option, value in entry.items() if value is not None}
        for entry in certificates
    ]


def requests(
    certificates: Sequence[Mapping[str, Any]],
    force: str | Sequence[str],
    ca: Any,
    renewals: Mapping[str, Mapping[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """Return what `entries` returned as webpki.acme.certificate_request wants it.

    `renewals` says which are to be renewed for what was decided elsewhere, by their names.
    """
    forced, urls = check_type_list(force), ca_list.urls(ca)
    return [
        {
            **{option: entry[option] for option in (*_REQUESTED, *INSTALLED_AS) if option in entry},
            "force": entry.get("name") in forced,
            "ca": urls,
            **({"renewal": renewals[entry["name"]]} if renewals and entry.get("name") in renewals else {}),
        }
        for entry in certificates
    ]


def placeholders(certificates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return acme_certificates as webpki.acme.certificate_deploy wants them for placeholders."""
    wanted = ("name", "identifiers", *INSTALLED_AS)
    return [{option: entry[option] for option in wanted if option in entry} for entry in entries(certificates)]


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


def known_by(candidates: Sequence[Any], wanted: str, cas: Sequence[Any] = (), option: str = "") -> Any:
    """Return the one of several secrets that has this digest; None for the empty digest.

    `cas` are values of acme_ca, whose CAs may have the secret as this option.
    """
    if not wanted:
        return None
    for candidate in [*candidates, *(secret for ca in cas for secret in ca_list.secrets(ca, option))]:
        if hmac.compare_digest(digest(candidate), wanted):
            return candidate
    raise AnsibleFilterError(
        "The account key, its passphrase or the external account binding of another host of this play cannot be seen here. "
        "Give such variables in the inventory or for the whole play, not for the role on some hosts only."
    )


def _same(value: Any) -> Any:
    return value


def _normalised(name: Any) -> str:
    # What is neither a name nor an address goes on as it is, to the module that tells it of its certificate.
    text = "" if name is None else str(name)
    try:
        return normalise(text)
    except StoreError:
        return text


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
            "entries": entries,
            "requests": requests,
            "placeholders": placeholders,
            "digest": digest,
            "own_settings": own_settings,
            "accounts": ca_list.accounts_of,
            "not_rolled_over": not_rolled_over,
            "known_by": known_by,
        }
