# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host found of a certificate that it lists. An entry has both: the `host`, the `certificate`, its `own` options, `found`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What the role registers of a host's first task.
REQUEST = "__certificates_request"


def request_of(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the first task of the role found on a host; nothing where it did not run there."""
    request: Mapping[str, Any] = variables.get(REQUEST) or {}
    return request


def has_reason(entry: Mapping[str, Any], *codes: str) -> bool:
    """Say whether the certificate is due for one of these reasons."""
    return any(reason["code"] in codes for reason in entry["found"]["reasons"])


def out_of_place(entry: Mapping[str, Any]) -> bool:
    """Say whether what the host has is not installed, or not all of it, or not as it is wanted."""
    return bool(entry["found"].get("unfinished") or entry["found"].get("differs"))


def fingerprint(entry: Mapping[str, Any]) -> str | None:
    """Return what tells the certificate on the host from others; None where there is none."""
    facts = entry["found"].get("facts") or {}
    told: str | None = facts.get("fingerprint_sha256")
    return told
