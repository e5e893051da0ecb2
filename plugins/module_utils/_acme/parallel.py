# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing the same to many items at once, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, TypeVar

from .errors import AcmeError
from .progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    items: Iterable[Item], work: Callable[[Item], Result], limit: int, progress: Progress | None = None
) -> list[Result | AcmeError]:
    """Return, in the order of the items, what `work` returned for each or the AcmeError that it raised.

    At most `limit` are under way at once. An exception of another kind is a fault of ours and goes to the caller.
    """

    def outcome(item: Item) -> Result | AcmeError:
        result: Result | AcmeError
        try:
            result = work(item)
        except AcmeError as error:
            result = error
        if progress:
            progress.count(failed=isinstance(result, AcmeError))
        return result

    todo = list(items)
    if len(todo) < 2 or limit < 2:
        return [outcome(item) for item in todo]
    with ThreadPoolExecutor(max_workers=min(limit, len(todo))) as pool:
        return list(pool.map(outcome, todo))


def following(
    outcomes: Sequence[Item | AcmeError], step: Callable[[list[Item]], Sequence[Result | AcmeError]]
) -> list[Result | AcmeError]:
    """Return what the next step, taken for all that have not failed together, makes of them; errors keep their places."""
    results = iter(step([one for one in outcomes if not isinstance(one, AcmeError)]))
    return [one if isinstance(one, AcmeError) else next(results) for one in outcomes]
