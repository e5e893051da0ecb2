# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role `certificates` cannot plan for, and why: sentences for the hosts that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.common.validation import check_type_list

from ..module_utils._ansible.served_on import place
from ..module_utils._store.errors import StoreError
from . import challenges, turns
from .ca_list import accounts_of
from .found import has_reason, request_of


def context_of(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the role on a host handed through its first task."""
    context: Mapping[str, Any] = request_of(variables).get("context") or {}
    return context


UNKNOWN = "What is due cannot be known before the Python library cryptography is installed."


def lacks_library(variables: Mapping[str, Any]) -> bool:
    """Say whether the host could not be looked at, as a Python library is not there."""
    return bool(request_of(variables).get("missing_libraries"))


def on_host(variables: Mapping[str, Any]) -> list[str]:
    """Return why certificates of a host are not to be had, one sentence for each."""
    certificates = request_of(variables).get("certificates") or []
    told = [f"{item['name']}: {item['msg']}" for item in certificates if item.get("failed")]
    context = context_of(variables)
    listed = context.get("certificates") or []
    if lacks_library(variables):
        told.append(UNKNOWN)
    for key_file in _misplaced_keys(context):
        told.append(f"acme_account_key_file is {key_file!r}. Give an absolute path, or one that starts with ~.")
    dns = context.get("dns", True)
    told += [f"{own['name']}: {problem}" for own in listed if (problem := challenges.problem(own, dns))]
    return told + [f"{own['name']}: {problem}" for own in listed if (problem := place_problem(own))]


def key_is_placed(context: Mapping[str, Any]) -> bool:
    """Say whether the account key has a path of its own."""
    return not _misplaced_keys(context)


def _misplaced_keys(context: Mapping[str, Any]) -> list[str]:
    # A relative path would be another one, and so another account, for each directory that Ansible is started from.
    found = {account.get("key_file") for account in accounts_of(context.get("account") or {})}
    return sorted(str(key_file) for key_file in found if key_file and not str(key_file).startswith(("/", "~")))


def place_problem(own: Mapping[str, Any]) -> str | None:
    """Return why a certificate cannot be looked for where served_on says; None when it can, or is not to be."""
    try:
        place(str(own.get("served_on") or "127.0.0.1:443"))
    except StoreError as error:
        return str(error)
    if own.get("roll_back_unserved") and not own.get("served_on"):
        return "roll_back_unserved is set, but not served_on. Say where the certificate is served."
    return None


def put_off(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why the CA is not asked for a certificate that is due on some of its hosts; None when it is."""
    if any(has_reason(entry, "forced") for entry in entries):
        return None
    told = (_wait(entry["found"], entry["accounts"][0]["ca"]) for entry in entries if entry["found"]["due"])
    return next(filter(None, told), None)


def _wait(found: Mapping[str, Any], ca: str) -> str | None:
    note = found.get("put_off")
    if not note:
        return None
    waits = found.get("put_off_by") or [{"ca": ca, **note}]
    told = " ".join(
        f"{wait['ca']} does not want to be asked again before {wait['until']}: {wait['reason']}" for wait in waits
    )
    # It is the CA's own word, and asking earlier extends the wait at many: so it is kept to, and said.
    ends = (found.get("facts") or {}).get("not_after")
    early = ends and str(ends) <= str(note["until"])
    need = f" Its certificate has ended by then ({ends}): let another CA issue it (acme_ca)." if early else ""
    return f"not asked for, as {told}{need} Run it again then. With its name in acme_force it is asked all the same."


def difference(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why a shared certificate cannot be one for all its hosts; None when it can."""
    first = entries[0]
    for entry in entries[1:]:
        for option in (
            "acme_ca",
            "identifiers",
            "challenge",
            "key_type",
            "profile",
            "preferred_chain",
            "preferred_chain_fallback",
        ):
            mine, other = (_stated(one).get(option) for one in (first, entry))
            if _comparable(option, mine) != _comparable(option, other):
                return (
                    f"it is shared, but has another value of {option} on {entry['host']} than on {first['host']}. "
                    "Give it the same on all hosts, or another name."
                )
    return None


def _stated(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"acme_ca": [account["ca"] for account in entry["accounts"]], **entry["own"]}


def outside(name: str, others: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return why a shared certificate cannot be had in this batch; None when all its hosts are in it."""
    for host in others:
        if any(
            entry.get("name") == name and entry.get("shared") for entry in hostvars[host].get("acme_certificates", [])
        ):
            return f"it is shared with {host}, which is in another batch. Run it for all its hosts at once, without serial."
    return None


def unclear(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why it cannot be said how many hosts get a shared certificate at a time; None when it can."""
    for entry in entries:
        if not turns.sizes(entry["serial_reload"], len(entries)):
            return (
                f"acme_serial_reload is {entry['serial_reload']!r} on {entry['host']}. "
                "Give a number of hosts, a percentage such as 25%, or a list of these."
            )
    return None


def add_unknown_force(
    hosts: Sequence[str],
    others: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    refused: dict[str, list[str]],
) -> None:
    """Add to what is `refused` the hosts whose acme_force names what no host has."""
    contexts = {host: context_of(hostvars[host]) for host in hosts}
    known = {own["name"] for context in contexts.values() for own in context.get("certificates") or []}
    known |= {entry.get("name") for host in others for entry in hostvars[host].get("acme_certificates", [])}
    for host, context in contexts.items():
        unknown = sorted(set(check_type_list(context.get("force") or [])) - known)
        if unknown:
            told = f"acme_force names {', '.join(unknown)}, which no host of this run lists in acme_certificates."
            refused.setdefault(host, []).append(told)


def _comparable(option: str, value: Any) -> Any:
    if option == "challenge":
        return challenges.rules(value)
    return sorted(value) if isinstance(value, list) else value
