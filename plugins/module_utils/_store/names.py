# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names: what a certificate is called in the store, and what it is issued for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from . import international
from .errors import StoreError

_MAX_LENGTH = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


def certificate_name(name: str) -> str:
    """Returns name if it can be a directory in the store; raises StoreError otherwise."""

    def refuse(why: str) -> StoreError:
        return StoreError(
            f"certificate name {name[:120]!r} {why}", "Use letters, digits, dots and dashes, such as www.example.com."
        )

    if not name:
        raise refuse("is empty")
    if "/" in name:
        raise refuse("has a slash in it")
    if name.startswith("."):
        raise refuse("starts with a dot")
    if not name.isprintable():
        raise refuse("has control characters in it")
    if len(name.encode("utf-8", "surrogatepass")) > 100:
        raise refuse("is longer than 100 bytes")
    return name


def no_duplicates(values: Iterable[str], what: str) -> None:
    """Raises StoreError when a value (a certificate name, a link) occurs twice in a call: one would overwrite the other."""
    seen = set()
    for value in values:
        if value in seen:
            raise StoreError(f"the {what} {value!r} is listed twice", "List it once.")
        seen.add(value)


def normalise(identifier: str) -> str:
    """The form in which an identifier stands in a certificate: lower-case A-labels, or a compressed IP address.

    "*." may stand in front of a domain name. Raises StoreError for what is neither.
    """
    text = identifier.strip()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if text.endswith("."):
        text = text[:-1]
    # Also before the international form is made: that takes long for long texts.
    if len(text) > _MAX_LENGTH:
        raise _malformed(identifier, f"it is longer than {_MAX_LENGTH} characters")
    wildcard = text.startswith("*.")
    domain = _to_ascii(text[2:] if wildcard else text, identifier).lower()
    labels = domain.split(".")
    for label in labels:
        if not _LABEL.match(label):
            raise _malformed(identifier, f"{label!r} is not a valid part of it" if label else "a part of it is empty")
    if labels[-1].isdigit():
        raise _malformed(identifier, "it ends in a number but is no IP address")
    if len(domain) > _MAX_LENGTH:
        raise _malformed(identifier, f"it is longer than {_MAX_LENGTH} characters")
    return f"*.{domain}" if wildcard else domain


def normalise_all(identifiers: Iterable[str]) -> tuple[str, ...]:
    """The identifiers of one certificate, normalised, in the order given, each once. StoreError when there is none."""
    merged: list[str] = list(dict.fromkeys(normalise(identifier) for identifier in identifiers))
    if not merged:
        raise StoreError("no identifiers are given", "List at least one domain name or IP address.")
    return tuple(merged)


def is_ip(identifier: str) -> bool:
    """Whether a normalised identifier is an IP address."""
    return ":" in identifier or identifier.rsplit(".", 1)[-1].isdigit()


def differences(wanted: Iterable[str], present: Iterable[str]) -> str:
    """How two sets of identifiers differ, in words; empty when they do not. Order does not matter."""
    more = sorted(set(wanted) - set(present))
    less = sorted(set(present) - set(wanted))
    parts = []
    if more:
        parts.append("wanted also " + ", ".join(more))
    if less:
        parts.append("no longer " + ", ".join(less))
    return "; ".join(parts) if not (more and less) else ", ".join(parts)


def _to_ascii(domain: str, identifier: str) -> str:
    try:
        return domain if domain.isascii() else international.to_ascii(domain)
    except ValueError as error:
        raise _malformed(identifier, str(error)) from error


def _malformed(identifier: str, why: str) -> StoreError:
    return StoreError(
        f"{identifier[:260]!r} is not a domain name or IP address: {why}",
        "Give a bare name such as www.example.com, *.example.com or 192.0.2.1, without scheme, port or path.",
    )
