# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that could not be validated are not asked for again at once: CAs count failures, and stop those who go on.

They are remembered by CA in `state_directory`, until they are proven.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..._acme.ca import directory_url
from ..._acme.errors import AcmeError
from ..._acme.problem import MAX_SUBPROBLEMS, ErrorType, Problem
from ..remembered import Remembered
from ..times import rfc3339

# Minutes to wait after the first, second, third and each further failure. The last is for once a day: a run that
# begins a little earlier than the one of the day before is still another day's.
WAITS = (1, 10, 100, 22 * 60)
# The longest wait where what a host serves would expire meanwhile. CAs count failures by the hour. A name that never had a
# certificate may never get one, so it waits like all others.
_IN_NEED = 100
# A name without a failure for so many days is a new one.
_FORGOTTEN_AFTER = 30 * 86400

# They say something about the CA or the client, and nothing about the name.
_OTHERWISE = {ErrorType.DEADLINE, ErrorType.RATE_LIMITED, ErrorType.SERVER_INTERNAL, ErrorType.UNREACHABLE}


class FailedNames:
    """Those of one CA."""

    def __init__(self, params: Mapping[str, Any], warn: Callable[[str], None]) -> None:
        ca = directory_url(params["ca"])
        self._remembered = Remembered(params["state_directory"], "failures", ca, warn)
        self._now = time.time()
        self._known = self._remembered.load()

    def refusal(self, names: Iterable[str], expires: float | None) -> AcmeError | None:
        """Return why a certificate is not asked for yet: the one of its names that has to wait longest; None when none has.

        `expires` is when the certificate that it takes the place of ends, in seconds since the epoch; None where there is none.
        What each name failed with is a subproblem: it tells whether another CA may do better.
        """
        waiting = sorted(
            ((until, name) for name in names if (until := self._until(name, expires)) > self._now), reverse=True
        )
        if not waiting:
            return None
        until, name = waiting[0]
        count = self._known[name]["count"]
        times = "once" if count == 1 else f"{count} times"
        detail = f"it is not asked for again before {rfc3339(until)}, as it could not be validated, {times} so far"
        before = tuple(self._before(name) for _until, name in waiting[:MAX_SUBPROBLEMS])
        problem = Problem(ErrorType.FAILED_BEFORE.value, detail, identifier=name, subproblems=before)
        return AcmeError(problem, doing="create the order")

    def note(self, errors: Iterable[AcmeError], proven: Iterable[str]) -> None:
        """Remember what could not be validated, and forget what was proven."""
        failed = {name: problem for error in errors for name, problem in failures(error)}
        forgotten = set(proven) & self._known.keys()
        if not self._remembered.kept or not (failed or forgotten):
            return

        def change(known: dict[str, Any]) -> dict[str, Any]:
            left = {name: one for name, one in known.items() if name not in forgotten and self._counts(one)}
            for name, problem in failed.items():
                count = left[name]["count"] + 1 if name in left else 1
                reason = problem.detail or problem.short_type
                left[name] = {"count": count, "at": self._now, "reason": reason, "type": problem.type}
            return left

        self._remembered.update(change)

    def _until(self, name: str, expires: float | None) -> float:
        """Return before when a name is not asked for, in seconds since the epoch; 0 when it never failed."""
        known: Any = self._known.get(name)
        if not self._counts(known):
            return 0.0
        wait = WAITS[min(known["count"], len(WAITS)) - 1]
        until: float = known["at"] + 60 * wait
        in_need = expires is not None and expires < until
        return known["at"] + 60 * min(wait, _IN_NEED) if in_need else until

    def _before(self, name: str) -> Problem:
        """Return with what a name failed."""
        known = self._known[name]
        return Problem(str(known.get("type") or "about:blank"), str(known["reason"]), identifier=name)

    def _counts(self, known: Any) -> bool:
        """Say whether what is known of a name is understood, and neither long ago nor from a clock that was wrong."""
        try:
            return known["count"] >= 1 and 0 <= self._now - known["at"] < _FORGOTTEN_AFTER and bool(known["reason"])
        except (KeyError, TypeError):
            return False


def failures(error: AcmeError) -> list[tuple[str, Problem]]:
    """Return the names that could not be validated, each with its problem; the error is of an order that was waited for."""
    problems = (error.problem, *error.problem.subproblems)
    return [(one.identifier, one) for one in problems if one.identifier and one.type not in _OTHERWISE]
