# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replace: what the role `revocation` has issued anew before it revokes, and whether that is seen to be served.

All are pure functions of what `revocation_plan` (fleet_revocation.py) returned and of results that the role registered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._ansible.served_on import place
from ..plugin_utils.chosen_versions import own_entry

HostVars = Mapping[str, Mapping[str, Any]]


def replacement(
    certificates: Sequence[Mapping[str, Any]], planned: Mapping[str, Any], host: str
) -> dict[str, list[Any]]:
    """Return what is to be issued anew on a host: the `certificates`, as acme_certificates lists them, and which to `force`.

    Of a shared certificate also on hosts that do not have the old one: all are to get the new one. A run that goes on with
    what another one began forces nothing: what was issued since then is put to use.
    """
    kept = [one for certificate in planned["certificates"] if certificate["replace"] for one in certificate["kept"]]
    names = {one["name"] for one in kept}
    here = {one["name"] for one in kept if one["host"] == host}
    force = {one["name"] for one in kept if one["host"] == host and one["current"] and not one["revoked"]}
    listed = [own for own in certificates if own["name"] in here or (own.get("shared") and own["name"] in names)]
    return {"certificates": listed, "force": sorted(force)}


def served_endpoints(planned: Mapping[str, Any], hostvars: HostVars, host: str) -> list[dict[str, Any]]:
    """Return where a host is to serve what has replaced certificates, as webpki.acme.served_certificate_info wants it."""
    return [endpoint for _name, endpoint in _endpoints(planned, hostvars[host], host)]


def unproven(planned: Mapping[str, Any], hostvars: HostVars, present: Sequence[str]) -> dict[str, str]:
    """Return which certificates are not replaced everywhere, by their fingerprints, and why not.

    `present` are the hosts that are still in the play.
    """
    found = {}
    for certificate in planned["certificates"]:
        kept = certificate["kept"] if certificate["replace"] else []
        told = [_problem(planned, certificate, one, hostvars, present) for one in kept]
        if any(told):
            found[certificate["fingerprint"]] = "; ".join(dict.fromkeys(filter(None, told)))
    return found


def _endpoints(planned: Mapping[str, Any], variables: Mapping[str, Any], host: str) -> list[tuple[str, dict[str, Any]]]:
    names = {
        one["name"]
        for certificate in planned["certificates"]
        for one in certificate["kept"]
        if certificate["replace"] and one["host"] == host
    }
    found = []
    for name in sorted(names):
        now, own = _now(variables, name), own_entry(variables, name)
        if now and own:
            address, port = place(str(own["served_on"]))
            # No server is asked for a wildcard itself: by the address it serves what it serves to all.
            asked = next((one for one in now["identifiers"] if not one.startswith("*.")), address)
            endpoint = {"host": address, "port": port, "server_name": asked}
            found.append((name, {**endpoint, "fingerprint_sha256": now["fingerprint_sha256"]}))
    return found


def _now(variables: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return the facts of what is in place on a host under a name."""
    listed = (variables.get("__revocation_now") or {}).get("versions") or []
    return next((one["facts"] for one in listed if one["name"] == name and one["current"]), None)


def _problem(
    planned: Mapping[str, Any],
    certificate: Mapping[str, Any],
    one: Mapping[str, Any],
    hostvars: HostVars,
    present: Sequence[str],
) -> str | None:
    """Return why it is not seen that a host serves another certificate in place of this one; None when it is."""
    host, name = one["host"], one["name"]
    if host not in present:
        return f"{host} is out of reach."
    variables = hostvars[host]
    now = _now(variables, name)
    said = _said(variables.get("__revocation_unreplaced") or "", name)
    if now is None or now["fingerprint_sha256"] == certificate["fingerprint"]:
        return f"no new one is in place on {host}{f': {said}' if said else '.'}"
    names = [listed for listed, _endpoint in _endpoints(planned, variables, host)]
    looked = (variables.get("__revocation_served") or {}).get("endpoints") or []
    seen = dict(zip(names, looked)).get(name)
    if seen and seen.get("as_expected"):
        return None
    return f"the new one is not seen to be served on {host}: {said or (seen or {}).get('msg') or 'nobody looked.'}"


def _said(message: str, name: str) -> str:
    """Return of why a host failed what is about one certificate, where it says that."""
    lines = [line for line in message.splitlines() if line.startswith(f"{name}: ")]
    return " ".join(line.partition(": ")[2] for line in lines) or " ".join(message.split())


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {"replacement": replacement, "served_endpoints": served_endpoints, "unproven": unproven}
