# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revoke, tell: what the role `revocation` passes from one step with the CA to the next, and what it says of that.

All are pure functions of what `revocation_plan` (fleet_revocation.py) returned and of results that the role registered.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

HostVars = Mapping[str, Mapping[str, Any]]


def revocation_keys(planned: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the private keys of certificates that are to sign for themselves, where this host is the first to have one."""
    return [
        {"name": certificate["fingerprint"], "file": holder["private_key_path"]}
        for certificate in planned["certificates"]
        if certificate["signed_by"] == "certificate" and (holder := _holder(certificate)) and holder["host"] == host
    ]


def revocations(
    planned: Mapping[str, Any], withheld: Mapping[str, str], hostvars: HostVars, number: int, check: bool = False
) -> list[dict[str, Any]]:
    """Return what is to be revoked in one conversation, as webpki.acme.certificate_revoke wants it.

    Without those that are `withheld`, by their fingerprints, and those that cannot sign for themselves as they should.
    With `check` without those of which it is known that they were: the CA is not there to say so.
    """
    listed = []
    kept_back = {**withheld, **unsigned(planned, hostvars)}
    for certificate in planned["certificates"]:
        known = all(one["revoked"] and one["revoked"]["at"] for one in certificate["kept"])
        if certificate["conversation"] != number or certificate["fingerprint"] in kept_back or (check and known):
            continue
        entry = {option: certificate[option] for option in ("name", "reason")}
        entry["certificate"] = certificate["fullchain"]
        if certificate["signed_by"] == "certificate":
            entry["private_key"] = _key(certificate, hostvars)
        listed.append({option: value for option, value in entry.items() if value is not None})
    return listed


def unsigned(planned: Mapping[str, Any], hostvars: HostVars) -> dict[str, str]:
    """Return which certificates cannot sign for themselves, by their fingerprints, and why not.

    The account's word instead is another one: the CA would go on taking the key.
    """
    return {
        certificate["fingerprint"]: _keyless(certificate, hostvars)
        for certificate in planned["certificates"]
        if certificate["signed_by"] == "certificate" and not _key(certificate, hostvars)
    }


def versions_to_mark(
    planned: Mapping[str, Any], host: str, done: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the versions on a host that webpki.acme.certificate_revoked is to mark: those to be replaced first.

    With `done`, the results of webpki.acme.certificate_revoke, those that were revoked.
    """
    results = _results(done or {})
    return [
        {
            "name": one["name"],
            "version": one["version"],
            **({"reason": reason} if (reason := certificate["reason"]) else {}),
        }
        for certificate in planned["certificates"]
        if (certificate["replace"] if done is None else _succeeded(results.get(certificate["name"])))
        for one in certificate["kept"]
        if one["host"] == host
    ]


def revocation_words(
    planned: Mapping[str, Any], withheld: Mapping[str, str], done: Mapping[str, Any] | None, host: str
) -> dict[str, list[str]]:
    """Return what is `told` on a host of its certificates, and why which `failed`; without `done`, what is to be."""
    told = list(planned["idle"].get(host, []) if done is None else [])
    failed = list(planned["disowned"].get(host, []) if done is not None else [])
    results = _results(done or {})
    for certificate in planned["certificates"]:
        if host not in {one["host"] for one in certificate["kept"]}:
            continue
        name, result = certificate["name"], results.get(certificate["name"])
        if done is None:
            told.append(_intended(certificate))
        elif certificate["fingerprint"] in withheld:
            failed.append(
                f"{name}: not revoked, as {withheld[certificate['fingerprint']]} Run it again when that is mended: "
                "it goes on from there."
            )
        elif _succeeded(result):
            told.append(_happened(certificate, result or {}, host))
        else:
            failed.append(f"{name}: {(result or _of_all(done, certificate)).get('msg', 'the CA was not asked')}")
    return {"told": told, "failed": failed}


def _holder(certificate: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((one for one in certificate["kept"] if one["private_key_path"]), None)


def _key(certificate: Mapping[str, Any], hostvars: HostVars) -> str | None:
    content = _slurped(certificate, hostvars).get("content")
    try:
        return b64decode(content).decode("ascii") if content else None
    except ValueError:
        return None


def _keyless(certificate: Mapping[str, Any], hostvars: HostVars) -> str:
    holder = _holder(certificate)
    if not holder:
        hosts = dict.fromkeys(one["host"] for one in certificate["kept"])
        return f"its key could not be read on {', '.join(hosts)}."
    said = " ".join(str(_slurped(certificate, hostvars).get("msg") or "").split()).rstrip(".")
    return f"its key could not be read on {holder['host']}{f': {said}' if said else ''}."


def _slurped(certificate: Mapping[str, Any], hostvars: HostVars) -> Mapping[str, Any]:
    """Return what reading the key of a certificate gave on the host that is to have it."""
    holder = _holder(certificate)
    read = (hostvars[holder["host"]].get("__revocation_keys") or {}) if holder else {}
    of_it = (one for one in read.get("results") or [] if one.get("item", {}).get("name") == certificate["fingerprint"])
    return next(of_it, {})


def _results(done: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {one["name"]: one for result in done.get("results") or [] for one in result.get("certificates") or []}


def _succeeded(result: Mapping[str, Any] | None) -> bool:
    return result is not None and not result.get("failed")


def _of_all(done: Mapping[str, Any], certificate: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the result of a whole conversation."""
    results = done.get("results") or []
    return next((one for one in results if one.get("item", {}).get("number") == certificate["conversation"]), {})


def _intended(certificate: Mapping[str, Any]) -> str:
    hosts = ", ".join(dict.fromkeys(one["host"] for one in certificate["kept"]))
    first = f", once another one with a new key is served on {hosts}" if certificate["replace"] else ""
    return f"{certificate['name']}: to be revoked at {certificate['account']['ca']}{_why(certificate)}{first}"


def _happened(certificate: Mapping[str, Any], result: Mapping[str, Any], host: str) -> str:
    told = f"{certificate['name']}: " + ("revoked" if result["changed"] else "it had been revoked before")
    told += f"{_why(certificate) if result['changed'] else ''}. {_published(result.get('crl'))}"
    if not certificate["replace"] and any(one["host"] == host and one["current"] for one in certificate["kept"]):
        told += f" {host} still uses it: the next run of webpki.acme.renew replaces it."
    return told


def _why(certificate: Mapping[str, Any]) -> str:
    return f" ({certificate['reason']})" if certificate["reason"] else ""


def _published(crl: Mapping[str, Any] | None) -> str:
    if crl is None:
        return "It names no CRL."
    if crl["status"] == "revoked":
        return f"Its CRL has it since {crl['revoked_at']}."
    if crl["status"] == "good":
        return f"Its CRL {crl['url']} does not have it yet: CAs publish it late."
    return f"Whether its CRL has it could not be seen: {crl['problem']}."


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "revocation_keys": revocation_keys,
            "revocations": revocations,
            "unsigned": unsigned,
            "versions_to_mark": versions_to_mark,
            "revocation_words": revocation_words,
        }
