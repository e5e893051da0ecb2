# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conversations with CAs that a plan takes: one for each CA and account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def numbered(
    planned: Sequence[dict[str, Any]], host_of: Callable[[Mapping[str, Any]], str], first: int = 0
) -> list[dict[str, Any]]:
    """Set in each thing that is planned the number of its `conversation`, and return the conversations.

    Their numbers begin with `first`. `host_of` tells a host whose variables say how to reach the CA of what is planned.
    """
    known: list[Mapping[str, Any]] = []
    listed: list[dict[str, Any]] = []
    for one in planned:
        account = one["account"]
        if account not in known:
            known.append(account)
            listed.append({**account, "number": first + len(listed), "host": host_of(one)})
        one["conversation"] = first + known.index(account)
    return listed
