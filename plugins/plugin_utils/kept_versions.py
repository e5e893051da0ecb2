# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates in the stores of hosts, that are to be revoked: what is known of them without taking a host's word for it.

Whoever is root on one host can put the certificate of another one into its store. It is public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.validation import check_type_list

from ..module_utils._ansible.serials import normalised
from ..module_utils._store.errors import StoreError
from ..module_utils._store.names import normalise


def read(version: Mapping[str, Any]) -> dict[str, Any]:
    """Return what webpki.acme.certificate_version_info told of a version, with the facts that the certificate itself gives."""
    # Ansible loads all filters where it needs one. Most runs revoke nothing, and do without cryptography here.
    from ..module_utils._store import certificate, libraries

    if libraries.MISSING:
        raise AnsibleFilterError("The Python that runs Ansible lacks the library cryptography.")
    told = version["facts"]
    if not told:
        return dict(version)
    try:
        chain = certificate.load_chain(str(version["fullchain"]).encode("utf-8", "replace"), "its chain")
        facts = certificate.facts(chain[0], "its chain").to_dict(datetime.now(timezone.utc))
        normalised(facts["serial_number"])
    except (StoreError, ValueError) as error:
        return {**version, "facts": None, "msg": str(error)}
    # Only the host has the key.
    return {**version, "facts": {**facts, "key_matches": told.get("key_matches")}}


def doubt(facts: Mapping[str, Any], host: str, own: Mapping[str, Any] | None, owners: Mapping[str, str]) -> str | None:
    """Return why a certificate may not be the one of this name on a host; None when it is.

    `own` is its entry of acme_certificates there. Without one, what counts is that it is for none of the names in `owners`.
    """
    if facts["key_matches"] is False:
        return f"the key beside it on {host} is not its own"
    names = facts["identifiers"]
    listed = ", ".join(names) or "no names"
    if own is None:
        owner = next((owners[name] for name in names if name in owners), None)
        return f"it is for {listed}, which acme_certificates lists on {owner}, and not on {host}" if owner else None
    wanted = identifiers(own)
    if set(names) & set(wanted):
        return None
    return f"it is for {listed}, and acme_certificates lists it on {host} for {', '.join(wanted)}"


def identifiers(entry: Mapping[str, Any]) -> list[str]:
    """Return the names of an entry of acme_certificates as certificates have them."""
    return [_normalised(str(name)) for name in check_type_list(entry.get("identifiers") or [])]


def owners_of(listed: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, str]:
    """Return a host for each name, given the entries of acme_certificates on each."""
    return {name: host for host, entries in listed.items() for entry in entries for name in identifiers(entry)}


def _normalised(name: str) -> str:
    try:
        return normalise(name)
    except StoreError:
        return name
