# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many certificates worked on at once, because most of the time of one is waiting for its disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# File systems write what several ask for together in one go.
_AT_ONCE = 16


def each(items: Sequence[Item], work: Callable[[Item], Result]) -> list[Result]:
    """Returns what work returned for each item, in their order. What work raises goes to the caller."""
    if len(items) < 2:
        return [work(item) for item in items]
    # Where there is nothing to write this is not needed, and it is not small.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(items))) as pool:
        return list(pool.map(work, items))
