# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting certificates in place together: switch them all, test the configuration once, take all back when it fails.

Then they are put to use, and what is not used stays unfinished.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Callable

from . import files, layout, placed, put_off, together, versions, writing
from .errors import StoreError
from .plan import Plan

_BACK_HINT = "Mend that, then run again: what was issued waits in staged/, and no new order is needed."


@dataclass(frozen=True)
class Outcome:
    """What became of one plan. version is the current one now; error says why it failed: taken back, or not in use."""

    plan: Plan
    version: str | None
    changed: bool
    error: StoreError | None = None


@dataclass(frozen=True)
class GoingBack:
    """The certificates, by name, whose version before comes back when they are not in use.

    tell is called once with those that went back, and returns for which of them what uses them could not be told, and why.
    What has expired by now does not come back: nothing is worse than that.
    """

    names: Collection[str]
    tell: Callable[[Sequence[Plan]], Mapping[str, StoreError]]
    now: datetime


def carry_out(
    plans: Sequence[Plan],
    validate: Callable[[], StoreError | None],
    keep: int,
    use: Callable[[Sequence[Plan]], Mapping[str, StoreError]] | None = None,
    going_back: GoingBack | None = None,
) -> list[Outcome]:
    """Carries out the plans in their order, each on its own, and returns their outcomes in that order.

    validate is called once when anything changed; when it returns an error, everything switched here is switched back.
    keep: how many versions of each certificate remain, the current one included. use is called once with what was changed,
    and returns why which of them, by name, are not in use: these stay, but count as unfinished until carried out once more,
    or go back to the version before, where there is one.
    """
    outcomes = together.each(plans, _apply)
    if any(outcome.changed for outcome in outcomes):
        try:
            failure = validate()
        except BaseException:
            # Ended by an interrupt or a time limit: what nobody has tested does not stay.
            together.each(outcomes, lambda outcome: _roll_back(outcome, StoreError("the test was ended")))
            raise
        if failure is not None:
            return together.each(outcomes, lambda outcome: _roll_back(outcome, failure) if outcome.changed else outcome)
    if use is None:
        return together.each(outcomes, lambda outcome: _finish(_clear(outcome, keep)))
    # Until they are in use staged/ says so, whenever this is killed: empty, or with the key that is in place.
    back = going_back or GoingBack((), lambda _plans: {}, datetime.now(timezone.utc))
    outcomes = together.each(
        outcomes, lambda outcome: outcome if _may_go_back(outcome, back) else _clear(outcome, keep, marked=True)
    )
    changed = [outcome.plan for outcome in outcomes if outcome.changed and outcome.error is None]
    unused = dict(use(changed)) if changed else {}
    outcomes = _go_back(outcomes, unused, back)
    outcomes = together.each(
        outcomes, lambda outcome: _clear(outcome, keep) if _may_go_back(outcome, back) else outcome
    )
    return together.each(outcomes, lambda outcome: _finish(outcome, unused.get(outcome.plan.place.name)))


def previous_version(plan: Plan) -> str | None:
    """The version that was current when the plan was made."""
    return plan.present.version if plan.present else None


def _apply(plan: Plan) -> Outcome:
    version = previous_version(plan)
    added = None
    try:
        if plan.contents:
            if plan.clear_staged:
                # From here on nobody needs to ask the CA for it again, whatever becomes of this run.
                versions.stage_issued(plan.place, plan.contents)
            added = version = versions.add_version(plan.place, plan.contents)
            versions.switch(plan.place, version)
        elif plan.clear_staged and plan.changed:
            # Whatever becomes of this run, whoever uses the files has yet to be told.
            versions.empty_staged(plan.place)
        for path, access in plan.access.items():
            writing.set_access(path, access)
        for path, (_present, wanted) in plan.links.items():
            writing.symlink(wanted, path)
    except StoreError as error:
        return _roll_back(Outcome(plan, added, plan.changed), error)
    return Outcome(plan, version, plan.changed)


def _roll_back(outcome: Outcome, reason: StoreError) -> Outcome:
    """Puts links and current back. What is staged stays, so that the next run takes it up."""
    if outcome.error is not None:
        return outcome
    plan = outcome.plan
    previous = previous_version(plan)
    try:
        for path, (present, wanted) in plan.links.items():
            _restore_link(path, present, wanted)
        if plan.contents and layout.current_version(plan.place) not in (None, previous):
            versions.switch(plan.place, previous)
        if plan.contents and outcome.version not in (None, previous):
            versions.remove_version(plan.place, str(outcome.version))
    except StoreError as error:
        reason = StoreError(f"{reason.message}; going back failed as well: {error.message}", reason.hint)
    return Outcome(plan, previous, changed=False, error=reason)


def _may_go_back(outcome: Outcome, back: GoingBack) -> bool:
    """Whether this is a version just made that can give way to one before it."""
    plan = outcome.plan
    before = plan.present.facts if plan.present and plan.present.problem is None else None
    good = before is not None and before.days_left(back.now) > 0
    return bool(good and plan.place.name in back.names and outcome.error is None and plan.contents)


def _go_back(outcomes: Sequence[Outcome], unused: dict[str, StoreError], back: GoingBack) -> list[Outcome]:
    """Takes back what is not in use and may go back; it is no longer among the unused then, but an outcome of its own."""

    def taken_back(outcome: Outcome) -> Outcome:
        name = outcome.plan.place.name
        if name not in unused or not _may_go_back(outcome, back):
            return outcome
        why = f"{unused[name].message}; version {previous_version(outcome.plan)} is in place again"
        return _roll_back(outcome, StoreError(why, _BACK_HINT))

    after = together.each(outcomes, taken_back)
    gone = [new.plan for old, new in zip(outcomes, after) if new is not old]
    untold = back.tell(gone) if gone else {}
    for plan in gone:
        del unused[plan.place.name]
    return [_told(outcome, untold.get(outcome.plan.place.name)) for outcome in after]


def _told(outcome: Outcome, failure: StoreError | None) -> Outcome:
    if failure is None or outcome.error is None:
        return outcome
    message = f"{outcome.error.message}, but not in use: {failure.message}"
    return replace(outcome, error=StoreError(message, outcome.error.hint))


def _restore_link(path: str, present: str | None, wanted: str) -> None:
    if files.link_target(path) != wanted:
        return
    if present is None:
        writing.remove(path)
    else:
        writing.symlink(present, path)


def _clear(outcome: Outcome, keep: int, marked: bool = False) -> Outcome:
    """Clears away old versions and, where the deployment is marked as unfinished, what was staged.

    Only now: until here a killed run can be taken up again from staged/.
    """
    plan = outcome.plan
    if outcome.error is not None or not outcome.changed:
        return outcome
    try:
        versions.tidy(plan.place)
        versions.prune(plan.place, keep)
        put_off.forget(plan.place)
        if plan.clear_staged and marked:
            versions.empty_staged(plan.place)
    except StoreError as error:
        return replace(outcome, error=error)
    return outcome


def _finish(outcome: Outcome, unused: StoreError | None = None) -> Outcome:
    """Clears away what says that there is more to do, or keeps it with the reason."""
    if unused is not None:
        return replace(outcome, error=unused)
    if outcome.error is not None or not outcome.changed or not outcome.plan.clear_staged:
        return outcome
    try:
        # First, as nobody comes back for them when nothing is staged.
        placed.clear(outcome.plan.place)
        versions.remove_staged(outcome.plan.place)
    except StoreError as error:
        return replace(outcome, error=error)
    return outcome
