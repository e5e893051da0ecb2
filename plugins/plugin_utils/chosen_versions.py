# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which versions that hosts keep are to be revoked: those that are named, and what was made with a key that was stolen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.validation import check_type_list

from ..module_utils._ansible.serials import normalised
from . import kept_versions


def of(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], others: Sequence[str]) -> list[dict[str, Any]]:
    """Return the versions that hosts keep, each with whether it is `chosen`, or why there is `doubt` about that.

    `others` are hosts whose entries of acme_certificates tell too whose a certificate is.
    """
    versions = {host: [kept_versions.read(one) for one in _found(hostvars[host])] for host in hosts}
    resumes = any(_begun(wanted_on(hostvars[host]), versions[host]) for host in hosts)
    kept = [one for host in hosts for one in _kept(host, hostvars[host], versions[host], resumes)]
    _doubt(kept, hosts, hostvars, others)
    return kept


def wanted_on(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the role was told on a host."""
    wanted: Mapping[str, Any] = variables["__revocation_wanted"]
    return wanted


def own_entry(variables: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return the entry of acme_certificates for a certificate on a host; None when there is none."""
    return next((own for own in wanted_on(variables)["certificates"] if own.get("name") == name), None)


def serials_of(wanted: Mapping[str, Any]) -> list[str]:
    """Return the serial numbers that a host was told, in the form that certificates are looked for by."""
    try:
        return [normalised(str(number)) for number in check_type_list(wanted["serials"])]
    except ValueError as error:
        raise AnsibleFilterError(f"acme_revoke_serials: {error}") from None


def is_awaited(version: Mapping[str, Any]) -> bool:
    """Say whether a version was to be revoked by a run that did not come to that."""
    return bool(version["revoked"]) and not version["revoked"]["at"]


def nothing_to_revoke(version: Mapping[str, Any]) -> str | None:
    """Return why a version is nothing that a CA could revoke; None when a CA could."""
    facts = version["facts"]
    if not facts:
        return f"it cannot be read: {version['msg']}"
    if facts["self_signed"]:
        return "it is a self-signed placeholder"
    return "it has expired" if facts["days_left"] <= 0 else None


def _found(variables: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = variables["__revocation_found"]["versions"]
    return found


def _begun(wanted: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether a run that was to replace certificates that are named on a host did not come to its end."""
    names = check_type_list(wanted["names"]) if wanted["replace"] else []
    return any(one["name"] in names and is_awaited(one) and not nothing_to_revoke(one) for one in versions)


def _kept(
    host: str, variables: Mapping[str, Any], versions: Sequence[Mapping[str, Any]], resumes: bool
) -> Iterator[dict[str, Any]]:
    wanted = wanted_on(variables)
    names, serials = check_type_list(wanted["names"]), set(serials_of(wanted))
    # Whoever has the key of one certificate has that of all that were made with it.
    stolen = {one["name"]: _key(one) for one in versions if one["current"] and wanted["reason"] == "keyCompromise"}
    # An earlier run has marked all that it was about before it began. What is in use there now has taken their place.
    marked = {one["name"] for one in versions if one["revoked"]} if wanted["replace"] and resumes else set()
    for version in versions:
        facts = version["facts"] or {}
        serial = normalised(facts["serial_number"]) if facts else ""
        named = version["name"] in names
        took_place = version["name"] in marked and not version["revoked"]
        also = wanted["versions"] == "all" or _key(version) == stolen.get(version["name"], "")
        meant = named and not took_place and _is_meant(version, also)
        yield {
            "host": host,
            "wanted": wanted,
            "named": named,
            "serial": serial,
            "fingerprint": facts.get("fingerprint_sha256"),
            "chosen": bool(facts) and (serial in serials or meant),
            # With a serial number it was told which one is meant, with a name only what the host calls it.
            "by_name": serial not in serials,
            "own": own_entry(variables, version["name"]),
            "doubt": None,
            "took_place": took_place,
            **version,
        }


def _is_meant(version: Mapping[str, Any], also: bool) -> bool:
    """Say whether a version is to be revoked, when its certificate is named; `also` when it is out of use."""
    if nothing_to_revoke(version):
        return False
    return bool(version["current"] or is_awaited(version) or (also and not version["revoked"]))


def _key(version: Mapping[str, Any]) -> str | None:
    """Return what tells the key of a version from others; None where it cannot be read."""
    return (version["facts"] or {}).get("public_key_fingerprint_sha256")


def _doubt(
    kept: Sequence[dict[str, Any]],
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    others: Sequence[str],
) -> None:
    """Take back that certificates were chosen that may not be those that their hosts call so."""
    named = [one for one in kept if one["chosen"] and one["by_name"]]
    owners = {}
    if any(one["own"] is None for one in named):
        elsewhere = {host: hostvars[host].get("acme_certificates") or [] for host in others}
        owners = kept_versions.owners_of(
            {**elsewhere, **{host: wanted_on(hostvars[host])["certificates"] for host in hosts}}
        )
    for one in named:
        one["doubt"] = kept_versions.doubt(one["facts"], one["host"], one["own"], owners)
        one["chosen"] = not one["doubt"]
