# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates of which the CA is to say when it wants them renewed, and those that are replaced in an order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..module_utils._acme.certificate_id import certificate_id
from ..module_utils._ansible.renewal import FACTS

# With these there is nothing to replace, or nothing that this CA knows.
_NO_PREDECESSOR = {"missing", "unreadable", "self-signed", "ca"}
_OF_ACCOUNT = ("ca", "ca_bundle", "deadline", "concurrency", "state_directory")


def questions(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what to ask, in groups that one call of webpki.acme.renewal_info can ask: one CA, one set of options.

    In each `questions` is JSON, as its thousands of values would take their time on each of their ways through Ansible:
    `certificates` as that module wants them, and `on`, on which hosts they are, by which names there.
    """
    groups: list[dict[str, Any]] = []
    known: dict[str, dict[str, Any]] = {}
    for entry in entries:
        found, facts, account = entry["found"], entry["found"].get("facts"), _issuer(entry)
        if not entry["renewal"] or found["due"] or not facts or account is None:
            continue
        options = {**{name: account.get(name) for name in _OF_ACCOUNT}, **entry["renewal"]}
        key = repr(sorted(options.items()))
        if key not in known:
            known[key] = {"certificates": [], "on": {}}
            groups.append(options)
        group, fingerprint = known[key], facts["fingerprint_sha256"]
        if fingerprint not in group["on"]:
            asked = {name: facts.get(name) for name in FACTS}
            group["certificates"].append({"name": _called(entry), "facts": asked})
            group["on"][fingerprint] = []
        group["on"][fingerprint].append([entry["host"], entry["certificate"]])
    return [{**options, "questions": json.dumps(asked)} for options, asked in zip(groups, known.values())]


def predecessor(entries: Sequence[Mapping[str, Any]], renewal: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the certificate that an order takes the place of, where there is one on all of its hosts that have any.

    `exempt`: the CA said, in `renewal`, that it wants it replaced about now.
    """
    first = entries[0]
    before = {facts["fingerprint_sha256"]: facts for entry in entries if (facts := entry["found"].get("facts"))}
    codes = {reason["code"] for reason in first["found"]["reasons"]}
    if not first["renewal"] or len(before) != 1 or codes & _NO_PREDECESSOR:
        return {"replaces": None, "exempt": False}
    (facts,) = before.values()
    # RFC 9773 section 5: a CA refuses what has no name in common.
    common = set(facts.get("identifiers") or []) & set(first["own"]["identifiers"])
    issuer, serial = facts.get("authority_key_identifier"), facts.get("serial_number")
    try:
        replaces = certificate_id(issuer, serial) if common and issuer and serial else None
    except ValueError:
        # What a host says of its certificate: the others are planned for all the same.
        replaces = None
    if replaces is None:
        return {"replaces": None, "exempt": False}
    exempt = any(
        answer["fingerprint_sha256"] == facts["fingerprint_sha256"] and answer["in_window"]
        for answer in _answers(renewal)
    )
    return {"replaces": replaces, "exempt": exempt}


def told(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return what webpki.acme.order wants to know of that; only for the CA that issued the one before."""
    before = order["before"]
    if not before["replaces"] or before["issued_by"] not in (None, order["ca"]):
        return {}
    return {"replaces": before["replaces"], **({"exempt": True} if before["exempt"] else {})}


def _issuer(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the account at the CA that issued the certificate; None where it is no longer one of those that are wanted."""
    issued_by = entry["found"].get("issued_by")
    return next((one for one in entry["accounts"] if issued_by in (None, one["ca"])), None)


def _called(entry: Mapping[str, Any]) -> str:
    return str(entry["certificate"] if entry["shared"] else f"{entry['certificate']} on {entry['host']}")


def _answers(renewal: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    for result in (renewal or {}).get("results") or []:
        yield from (one for one in result.get("certificates") or [] if not one.get("failed"))
