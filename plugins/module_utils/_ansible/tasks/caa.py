# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether CAA records let a CA issue, and the records to copy for those who want some."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..._acme import account, caa, dns_persist
from ..._acme.client import Client
from ..._acme.errors import AcmeError
from ..._acme.identifier import Identifier
from ..._acme.parallel import each
from ..._acme.problem import ErrorType, Problem
from ..ca_task import CaTask
from ..conversation import conversation
from ..identifiers import checked
from ..results import collected, items
from ..task import need

if TYPE_CHECKING:
    from ..._dns.lookup import Resolver

_PERSISTENT = "dns-persist-01"
_HINT = "Change them, or add the one that is returned in records."


def info(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return for each name whether the CA may issue, and the records that let it."""
    # The process that talks to the CA has all tasks, and does without what this one alone needs.
    from ..._dns import libraries
    from ..._dns.deadline import Deadline
    from ..._dns.lookup import Resolver

    need(libraries.MISSING, params)
    names = checked(params["identifiers"])
    methods = {name: _methods(params, name) for name in names}
    signed = bool(params["account_key_file"] or params["account_key"])
    with conversation(params, signed=signed) as client:
        account_url = _account_url(client) if signed else params["account_uri"]
        identities = client.directory.caa_identities
        resolver = Resolver(params["resolvers"], deadline=Deadline.after(client.deadline.remaining()))
        found = each(
            names, lambda name: _look(resolver, methods[name], identities, account_url, name), params["concurrency"]
        )
    listed = items(names, found, dict)
    if not params["required"]:
        listed = [_warned(one, warn) for one in listed]
    return collected(
        "identifiers",
        listed,
        account_uri=account_url,
        caa_identities=list(identities),
        records=[record for name in names for record in _records(identities, account_url, methods[name], name)],
    )


def _methods(params: Mapping[str, Any], name: str) -> list[str]:
    own = params["challenges"].get(name)
    return [str(own)] if own else list(params["methods"])


def _account_url(client: Client) -> str | None:
    found = account.sign_in(client)
    return found.url if found else client.account_url


def _look(
    resolver: Resolver, methods: Sequence[str], identities: Sequence[str], account_url: str | None, name: str
) -> dict[str, Any]:
    from ..._dns.errors import DnsError

    told: dict[str, Any] = {"changed": False, "permitted": True, "holder": None, "caa": []}
    if Identifier.of(name).type == "ip":
        # RFC 8659 is about domain names.
        return told
    try:
        holder, found = resolver.caa(name)
    except DnsError as error:
        problem = Problem(ErrorType.DNS.value, error.message, identifier=name)
        raise AcmeError(problem, doing="look CAA records up", hint=error.hint) from None
    wildcard = name.startswith("*.")
    for method in methods or (None,):
        why = caa.forbidden(found, identities, wildcard=wildcard, account_url=account_url, method=method)
        if why:
            detail = f"the CAA records of {holder} do not let this CA issue for {name}: {why}"
            raise AcmeError(Problem(ErrorType.CAA.value, detail, identifier=name), doing="check CAA", hint=_HINT)
    if _PERSISTENT in methods and account_url:
        _check_proof(resolver, identities, account_url, name)
    shown = [f'{one.flags} {one.tag} "{one.value}"' for one in found]
    return {**told, "holder": holder or None, "caa": shown}


def _check_proof(resolver: Resolver, identities: Sequence[str], account_url: str, name: str) -> None:
    """Raise AcmeError where the record that proves a name again and again is not there, or proves something else."""
    from ..._dns.errors import DnsError

    record, doing = dns_persist.record(name.removeprefix("*.")), f"check the record for {_PERSISTENT}"
    try:
        texts = resolver.texts(record)
    except DnsError as error:
        problem = Problem(ErrorType.DNS.value, error.message, identifier=name)
        raise AcmeError(problem, doing=doing, hint=error.hint) from None
    wildcard = name.startswith("*.")
    why = dns_persist.missing(texts, identities, account_url, wildcard=wildcard, now=time.time())
    if why:
        detail = f"{record} does not prove {name}: {why}"
        raise AcmeError(Problem(ErrorType.UNAUTHORIZED.value, detail, identifier=name), doing=doing, hint=_HINT)


def _records(
    identities: Sequence[str], account_url: str | None, methods: Sequence[str], name: str
) -> list[dict[str, str]]:
    """Return what an operator may copy into a zone, for a name: who may issue, and the lasting proof of dns-persist-01."""
    if not identities or Identifier.of(name).type == "ip":
        return []
    wildcard, base = name.startswith("*."), name.removeprefix("*.")
    tag = "issuewild" if wildcard else "issue"
    listed = [{"name": base, "type": "CAA", "value": f'0 {tag} "{caa.value(identities[0], account_url, methods)}"'}]
    if account_url:
        proof = dns_persist.value(identities[0], account_url, wildcard=wildcard)
        listed.append({"name": dns_persist.record(base), "type": "TXT", "value": f'"{proof}"'})
    return listed


def _warned(item: dict[str, Any], warn: Callable[[str], None]) -> dict[str, Any]:
    if not item.get("failed"):
        return item
    warn(item["msg"])
    return {"name": item["name"], "changed": False, "permitted": False, "holder": None, "caa": [], "msg": item["msg"]}


_OPTIONS = {
    "identifiers": {"type": "list", "elements": "str", "required": True},
    "methods": {"type": "list", "elements": "str", "default": []},
    "challenges": {"type": "dict", "default": {}},
    "resolvers": {"type": "list", "elements": "str", "default": []},
    "required": {"type": "bool", "default": False},
}

CAA_INFO = CaTask(info, _OPTIONS)
