# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identifiers of an order (RFC 8555 section 9.7.7, RFC 8738)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from .shown import word


@dataclass(frozen=True, order=True)
class Identifier:
    """What a certificate is for: `type` is "dns" or "ip", `value` a lower-case A-label name or an RFC 5952 address."""

    type: str
    value: str

    @classmethod
    def of(cls, name: str) -> Identifier:
        """Return the identifier for a name or an address that has been checked already."""
        try:
            return cls("ip", ip_address(name).compressed)
        except ValueError:
            return cls("dns", name.lower())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Identifier:
        """Read what a CA sent; it may change the case of a name, and the form of an address."""
        kind, value = word(data.get("type")), word(data.get("value")).lower()
        short = cls.of(value)
        return short if kind == short.type == "ip" else cls(kind, value)

    def to_json(self) -> dict[str, str]:
        """Return the form that goes into a new order."""
        return {"type": self.type, "value": self.value}
