# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give up: which certificates the role `revocation` is to revoke, of those that the stores of all hosts keep.

A pure function of results that the role registered. It looks at every host once; what is in fleet_replaced.py and
fleet_revoked.py takes what it returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.common.validation import check_type_list

from ..module_utils._store.shown import shown
from ..plugin_utils import ca_list, chosen_versions, conversations, refusals
from ..plugin_utils.chosen_versions import is_awaited, nothing_to_revoke, own_entry, serials_of, wanted_on


def revocation_plan(
    hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], others: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what is to be revoked for all hosts of a batch; `others` are the hosts of the inventory outside of it.

    `certificates`: each certificate once, with who has `kept` it: hosts with names and versions there.
    `conversations`: the CAs and accounts involved, each with a `host` whose variables tell how to reach them.
    `replaces`: whether one of them is to be replaced first.
    `idle`: for hosts where there is nothing to revoke under a name, why, in sentences.
    `disowned`: for hosts that keep what is not revoked on their word alone, why, in sentences.
    `refused`: why nothing is to be done at all, in sentences.
    """
    kept = chosen_versions.of(hosts, hostvars, others)
    together: dict[str, list[dict[str, Any]]] = {one["fingerprint"]: [] for one in kept if one["chosen"]}
    for one in kept:
        if one["fingerprint"] in together:
            together[one["fingerprint"]].append(one)
    certificates = [_certificate(listed, account) for listed in together.values() if (account := _account(listed))]
    refused = _not_found(hosts, hostvars, kept)
    for certificate in certificates:
        if certificate["replace"]:
            refused += _not_replaceable(certificate, hostvars, others)
    return {
        "certificates": certificates,
        "conversations": conversations.numbered(certificates, _first_host),
        "replaces": any(certificate["replace"] for certificate in certificates),
        "idle": {host: told for host in hosts if (told := _idle(host, kept))},
        "disowned": _disowned(kept, together),
        "refused": list(dict.fromkeys(refused)),
    }


def _disowned(kept: Sequence[Mapping[str, Any]], together: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for one in kept:
        text = None
        if one["doubt"] and one["fingerprint"] not in together:
            text = (
                f"{one['doubt']}. If this is the one that you mean, name it by its serial number (acme_revoke_serials)."
            )
        elif one["chosen"] and not _account(together[one["fingerprint"]]):
            text = (
                f"the store on {one['host']} says that {shown(str(one['ca']))} issued it, which is not in acme_ca. "
                "If you know that to be so, add it to acme_ca."
            )
        if text:
            told.setdefault(one["host"], []).append(f"{_called(one)}: not revoked, as {text}")
    return told


def _idle(host: str, kept: Sequence[Mapping[str, Any]]) -> list[str]:
    told = []
    pending = {one["name"] for one in kept if one["host"] == host and is_awaited(one)}
    for one in kept:
        if one["host"] != host or not one["named"] or not one["current"]:
            continue
        if why := nothing_to_revoke(one):
            told.append(f"{one['name']}: there is nothing to revoke on {host}: {why}")
        elif one["took_place"] and one["name"] not in pending:
            told.append(
                f"{one['name']}: it was replaced on {host} by a run that did not come to its end elsewhere. This one goes on with "
                "what is left. Run it once more to replace this one too."
            )
    return told


def _called(one: Mapping[str, Any]) -> str:
    return f"{one['name']} with serial number {one['facts']['serial_number']}"


def _certificate(listed: Sequence[Mapping[str, Any]], account: Mapping[str, Any]) -> dict[str, Any]:
    first = next(one for one in listed if one["chosen"])
    wanted = first["wanted"]
    return {
        "name": _called(first),
        "certificate": first["name"],
        "fingerprint": first["fingerprint"],
        "fullchain": first["fullchain"],
        "reason": wanted["reason"] or None,
        "signed_by": wanted["signed_by"],
        "replace": any(one["wanted"]["replace"] for one in listed if one["chosen"]),
        "account": account,
        "kept": [
            {
                **{option: one[option] for option in ("host", "name", "version", "current", "revoked")},
                "private_key_path": None if one["facts"]["key_matches"] is False else one["private_key_path"],
            }
            for one in listed
        ],
    }


def _first_host(certificate: Mapping[str, Any]) -> str:
    host: str = certificate["kept"][0]["host"]
    return host


def _account(listed: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the account at the CA that issued a certificate, the first one where no store knows; None for a CA not in acme_ca.

    Another one could say that it has revoked what it never issued.
    """
    unknown = None
    for one in listed:
        if not one["chosen"]:
            continue
        accounts = ca_list.accounts_of(one["wanted"]["account"])
        issuer = ca_list.ca_url(str(one["ca"])) if one["ca"] else None
        if known := next((account for account in accounts if account["ca"] == issuer), None):
            return known
        unknown = unknown or (None if issuer else accounts[0])
    return unknown


def _not_found(
    hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]
) -> list[str]:
    wanted = [wanted_on(hostvars[host]) for host in hosts]
    names = {name for one in wanted for name in check_type_list(one["names"])}
    serials = {serial for one in wanted for serial in serials_of(one)}
    if not names | serials:
        return ["Nothing says what is to be revoked. Give acme_revoke or acme_revoke_serials."]
    told = []
    if missing := sorted(names - {one["name"] for one in kept}):
        told.append(
            f"acme_revoke names {', '.join(missing)}, which no host of this run has in its store. Give names of acme_certificates, "
            "and run it for the hosts that have them. One that is in no store is revoked with webpki.acme.certificate_revoke, from "
            "its file."
        )
    if missing := sorted(serials - {one["serial"] for one in kept}):
        told.append(
            f"No host of this run keeps a certificate with the serial number {', '.join(missing)} of acme_revoke_serials. "
            "One that is in no store is revoked with webpki.acme.certificate_revoke, from its file."
        )
    return told


def _not_replaceable(
    certificate: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]], others: Sequence[str]
) -> list[str]:
    """Return why it cannot be replaced, or be seen that it is, before it is revoked."""
    told, shared = [], False
    for one in certificate["kept"]:
        own = own_entry(hostvars[one["host"]], one["name"])
        where = f"{one['name']} cannot be replaced on {one['host']}"
        if own is None:
            told.append(f"{where}: acme_certificates does not list it there. Revoke it without acme_revoke_replace.")
        elif not own.get("served_on"):
            told.append(
                f"{where}: it has no served_on there, so nobody would see whether the new one is served. Set that, or have it "
                "issued anew with acme_force, and then revoke the old one by its serial number, without acme_revoke_replace."
            )
        elif problem := refusals.place_problem(own):
            told.append(f"{where}: {problem}")
        shared = shared or bool(own and own.get("shared"))
    for host in others if shared else ():
        entries = hostvars[host].get("acme_certificates") or []
        if any(entry.get("name") == certificate["certificate"] and entry.get("shared") for entry in entries):
            told.append(
                f"{certificate['certificate']} cannot be replaced: it is shared with {host}, which is not in this run, or failed in "
                "it. Run it for all its hosts at once."
            )
    return told


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {"revocation_plan": revocation_plan}
