# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `acme_ca` says: one CA, or several in order of preference, of which each may have settings of an account of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.validation import check_type_bool, check_type_list

from ..module_utils._acme.ca import directory_url
from ..module_utils._acme.errors import AcmeError

Account = dict[str, Any]

# The settings of an entry: variables of the role, without their prefix.
_PLAIN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "ca_bundle": ("ca_bundle", str),
    "account_contact": ("contact", check_type_list),
    "terms_agreed": ("terms_agreed", check_type_bool),
}
SECRETS = ("account_key", "account_key_passphrase", "external_account_binding")
OPTIONS = ("ca", "account_key_file", *SECRETS, *_PLAIN)


def ca_url(ca: str) -> str:
    """Return the URL of a CA: another way to write the same one is no reason to issue. What names none stays as it is."""
    try:
        return directory_url(ca)
    except AcmeError:
        return ca


def entries(acme_ca: Any) -> list[dict[str, Any]]:
    """Return each CA as a dictionary of its settings; raise AnsibleFilterError for what is none."""
    listed = acme_ca if isinstance(acme_ca, (list, tuple)) else [acme_ca]
    if not listed:
        raise AnsibleFilterError("acme_ca is an empty list. Give a CA, such as letsencrypt.")
    return [_entry(one, number) for number, one in enumerate(listed, 1)]


def urls(acme_ca: Any) -> list[str]:
    """Return the URLs of the CAs, the preferred one first."""
    return list(dict.fromkeys(ca_url(entry["ca"]) for entry in entries(acme_ca)))


def own_settings(acme_ca: Any, digest: Callable[[Any], str]) -> list[Account]:
    """Return what each CA has of its own, as `accounts_of` takes it: secrets are known by their digests."""
    listed = entries(acme_ca)
    return [_own(entry, digest, alone=len(listed) == 1) for entry in listed]


def accounts_of(account: Mapping[str, Any]) -> list[Account]:
    """Return the account at each CA, the preferred one first, with what they have in common.

    `account` has these settings; its `ca` is one CA or what `own_settings` returned.
    """
    own = account.get("ca", "")
    listed = own if isinstance(own, (list, tuple)) else [{"ca": own}]
    return [{**account, **one, "ca": ca_url(one["ca"])} for one in listed]


def secrets(acme_ca: Any, option: str) -> list[Any]:
    """Return the values that CAs have of their own for a secret option."""
    return [] if isinstance(acme_ca, str) else [entry[option] for entry in entries(acme_ca) if entry.get(option)]


def _entry(given: Any, number: int) -> dict[str, Any]:
    where = f"Entry {number} of acme_ca"
    if isinstance(given, str) and given:
        return {"ca": given}
    if not isinstance(given, Mapping) or not given.get("ca"):
        raise AnsibleFilterError(
            f"{where} names no CA. Give a name, a URL, or a dictionary whose `ca` is one of these."
        )
    unknown = sorted(str(option) for option in given if option not in OPTIONS)
    if unknown:
        raise AnsibleFilterError(f"{where} has {unknown[0]!r}, which is none of {', '.join(OPTIONS)}.")
    return {option: value for option, value in given.items() if value is not None}


def _own(entry: Mapping[str, Any], digest: Callable[[Any], str], alone: bool) -> Account:
    own: Account = {"ca": entry["ca"]}
    own.update({name: read(entry[option]) for option, (name, read) in _PLAIN.items() if option in entry})
    if entry.get("account_key"):
        own.update(key_file="", key=digest(entry["account_key"]))
    elif entry.get("account_key_file"):
        own.update(key_file=str(entry["account_key_file"]), key="")
    if "account_key_passphrase" in entry:
        own["passphrase"] = digest(entry["account_key_passphrase"])
    if "external_account_binding" in entry or not alone:
        # One CA's binding is nothing that another one should see.
        own["binding"] = digest(entry.get("external_account_binding"))
    return own
