# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which type of challenge is for which name, as `challenge` of a certificate says: a type, several, or several for each pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.common.validation import check_type_list

from ..module_utils._store.errors import StoreError
from ..module_utils._store.names import is_ip, normalise

HTTP = "http-01"
TLS = "tls-alpn-01"
PERSIST = "dns-persist-01"
# What a run places in the DNS. The record of dns-persist-01 is there before.
BY_RECORD = ("dns-01", "dns-account-01")
TYPES = (HTTP, *BY_RECORD, PERSIST, TLS)

# Pattern and types, the preferred one first, as lists because they go through Ansible's variables.
Rules = Sequence[Sequence[Any]]

_ALL = "*"


def rules(given: Any) -> list[list[Any]]:
    """Return what `challenge` says: patterns of names, each with its types; the first one that fits a name counts.

    Raise ValueError, which says what is wrong.
    """
    if not isinstance(given, Mapping):
        return [[_ALL, _types(HTTP if given is None else given)]]
    if not given:
        raise ValueError("challenge is empty. Give a type, such as http-01.")
    return [[_pattern(str(pattern)), _types(types)] for pattern, types in given.items()]


def able(listed: Rules, name: str) -> list[str]:
    """Return the types that a name can be proven by, the preferred one first."""
    for pattern, types in listed:
        if pattern == _ALL or re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name):
            return [kind for kind in types if _can_prove(kind, name)]
    return []


def possible(order: Mapping[str, Any]) -> set[str]:
    """Return the types by which names of an order may be proven, whatever the CA offers."""
    return {kind for name in order["identifiers"] for kind in able(order["challenge"], name)}


def tries(own: Mapping[str, Any]) -> list[list[list[Any]]]:
    """Return the rules for each time that a certificate may be tried: with `challenge_fallback` each time by the next types.

    Names that have none left are proven as the last time.
    """
    listed = rules(own.get("challenge"))
    # A name with an asterisk fits more than itself, so it comes after those that it fits.
    names = sorted(own["identifiers"], key=lambda name: (name.startswith("*."), -len(name)))
    each = {name: able(listed, name) for name in names}
    more = max(map(len, each.values())) if own.get("challenge_fallback") else 1
    return [
        listed,
        *([[name, types[min(number, len(types) - 1) :]] for name, types in each.items()] for number in range(1, more)),
    ]


def chosen(order: Mapping[str, Any], authorization: Mapping[str, Any]) -> str | None:
    """Return the type by which the name of an authorization is proven: the preferred one of those that the CA offers."""
    offered = authorization["challenges"]
    wanted = able(order["challenge"], name_of(authorization))
    return next((kind for kind in wanted if kind in offered and not offered[kind].get("refused")), None)


def to_prove(order: Mapping[str, Any], found: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str]]:
    """Return the authorizations, of the result of an order, that still are to be proven, each with the type for it."""
    pending = [one for one in found.get("authorizations", []) if one["status"] == "pending"]
    return [(one, kind) for one in pending if (kind := chosen(order, one))]


def name_of(authorization: Mapping[str, Any]) -> str:
    """Return the name as the user wrote it: with "*." for a wildcard."""
    return f"*.{authorization['identifier']}" if authorization.get("wildcard") else authorization["identifier"]


def problem(own: Mapping[str, Any], dns: bool = True) -> str | None:
    """Return why names of a certificate cannot be proven as its `challenge` says; None when they can.

    `dns`: whether records can be made in the DNS.
    """
    try:
        listed = rules(own.get("challenge"))
    except ValueError as error:
        return str(error)
    for name in own["identifiers"]:
        types = able(listed, name)
        if not types:
            return _unprovable(listed, name)
        if types[0] in BY_RECORD and not dns:
            return (
                f"{name} is to be proven by {types[0]}, but nothing says how to make DNS records. "
                "Set acme_dns or acme_dns_tasks, or give it another challenge."
            )
    return None


def _unprovable(listed: Rules, name: str) -> str:
    types = {kind for _pattern, kinds in listed for kind in kinds}
    by = " or ".join(kind for kind in TYPES if kind in types)
    if name.startswith("*.") and not types - {HTTP, TLS}:
        return (
            f"{name} is a wildcard, which cannot be proven by {by}. Leave it out, or give it dns-01 as its challenge."
        )
    if is_ip(name) and not types & {HTTP, TLS}:
        return (
            f"{name} is an address, which cannot be proven by {by}. Leave it out, or give it http-01 as its challenge."
        )
    return f"challenge says nothing for {name} that can prove it. Add a line for it, such as '*': [http-01, dns-01]."


def _can_prove(kind: str, name: str) -> bool:
    # RFC 8555 section 8.3 and RFC 8737 section 3: no wildcards. RFC 8738 section 7: no addresses by DNS.
    return not name.startswith("*.") if kind in (HTTP, TLS) else not is_ip(name)


def _types(given: Any) -> list[str]:
    try:
        listed = [str(kind).strip() for kind in check_type_list(given)]
    except TypeError:
        listed = [str(given)]
    unknown = [kind for kind in listed if kind not in TYPES]
    if unknown or not listed:
        what = f"is {unknown[0]!r}" if unknown else "is empty"
        raise ValueError(f"challenge {what}. Give one of {', '.join(TYPES)}, or a list of them.")
    return listed


def _pattern(text: str) -> str:
    # Names are compared in the form that certificates have.
    start, dot, rest = text.lower().rpartition("*.")
    try:
        return start + dot + normalise(rest)
    except StoreError:
        return text.lower()
