# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before all: the variables of the roles as the modules and templates want them.

Ansible checks the variables of a role against its argument spec, but leaves them as they were written: a list may be a
string still, a boolean a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.module_utils.common.validation import check_type_bool, check_type_list

from ..module_utils._store.errors import StoreError
from ..module_utils._store.names import normalise
from ..plugin_utils import ca_list
from ..plugin_utils.listed_options import INSTALLED_AS

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


def _same(value: Any) -> Any:
    return value


def _normalised(name: Any) -> str:
    # What is neither a name nor an address goes on as it is, to the module that tells it of its certificate.
    text = "" if name is None else str(name)
    try:
        return normalise(text)
    except StoreError:
        return text


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "entries": entries,
            "requests": requests,
            "placeholders": placeholders,
        }
