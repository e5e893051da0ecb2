# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registered domains: what CAs count certificates by. A public suffix such as co.uk with the label before it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Callable

from . import libraries


def finder() -> tuple[Callable[[Iterable[str]], frozenset[str]], bool]:
    """Return what finds the registered domains of names, and whether it knows the public suffixes.

    Where it does not, the last two labels are taken. That may count together what the CA counts apart, and never less.
    """
    suffixes = libraries.public_suffixes()
    registered = suffixes.privatesuffix if suffixes else _last_two

    def found(names: Iterable[str]) -> frozenset[str]:
        return frozenset(_network(name) or _domain(name, registered) for name in names)

    return found, suffixes is not None


def _domain(name: str, registered: Callable[[str], str | None]) -> str:
    bare = name[2:] if name.startswith("*.") else name
    # A name that is a public suffix itself counts alone.
    return registered(bare) or bare


def _last_two(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def _network(name: str) -> str | None:
    """Return by what an IP address counts: itself, or with IPv6 the first 64 bits of it; None for a domain name."""
    try:
        address = ip_address(name)
    except ValueError:
        return None
    return name if address.version == 4 else str(ip_network(f"{name}/64", strict=False))
