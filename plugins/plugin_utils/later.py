# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rate limit leaves for the next run: nobody has failed, unless what a host serves meanwhile has expired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def told(order: Mapping[str, Any], wait: Mapping[str, Any]) -> str:
    """Return what is said of an order that is left, given its `put_off`."""
    return (
        f"left for the next run. {order['ca']} has room for it from {wait['until']} on: {wait['reason']}. "
        "With its name in acme_force it is asked for all the same."
    )


def expired(order: Mapping[str, Any], host: str) -> str | None:
    """Return that the certificate of a host has expired; None when it has not, or there never was one."""
    texts = (reason["text"] for reason in order["reasons"][host] if reason["code"] == "expired")
    return next(texts, None)
