# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of certificate_request that needs cryptography: certificates that are due, or that have to be read to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..._store import due, installed, layout, libraries, order, placed, put_off, request, writing
from ..._store.errors import StoreError
from .. import host, host_words
from ..task import need

if TYPE_CHECKING:
    from .request import RequestTask


def staged(task: RequestTask, items: Sequence[host.Item]) -> list[host.Result]:
    """A look at each certificate, then the staging for the due ones; the results in the order of the items.

    TaskFailed where cryptography is missing.
    """
    need(libraries.MISSING, task.options)
    results = host.each(items, lambda item: _look(task, item))
    due_now = {result["name"] for result in results if result.get("due")}
    if due_now and not task.check_mode:
        again = iter(_stage_all(task, [item for item in items if item["name"] in due_now]))
        task.diffs.sort(key=lambda diff: [item["name"] for item in items].index(diff["before_header"]))
        results = [next(again) if result["name"] in due_now else result for result in results]
    return results


def _stage_all(task: RequestTask, items: Sequence[host.Item]) -> list[host.Result]:
    try:
        writing.make_directory(task.store)
        with writing.locked(task.store):
            # Each is looked at again: another run may have been at work until the lock was free.
            return host.each(items, lambda item: _look(task, item, stage=True), together=True)
    except StoreError as error:
        return [{"name": item["name"], **host.failed(error)} for item in items]


def _look(task: RequestTask, item: host.Item, stage: bool = False) -> host.Result:
    wanted, place = task.wanted(item), task.place(item)
    present = installed.load(place)
    reasons = due.reasons(present, wanted, task.now, task.age)
    # An owner or a link that cannot be is told before anything is asked for; in check mode it may be yet to come.
    differences = [] if reasons and task.check_mode else task.differences(item, present)
    waiting = request.issued(place, present, wanted, task.now, task.age)
    if waiting is not None:
        reasons = []
    elif not reasons and request.interrupted(place, present, wanted):
        reasons = [due.Reason(due.Code.INTERRUPTED, "asked for by a run that did not come to its end")]
    waits = _waits(task, place, wanted) if reasons and not wanted.force else []
    remembered = _remembered(place, wanted) if reasons and stage else {}
    csr, changed = None, False
    if reasons and stage:
        staged = request.stage(place, present, wanted)
        csr, changed = staged.csr, staged.made
    elif reasons and task.check_mode:
        changed = request.staged(place, present, wanted) is None
    if changed:
        task.diffs.append(_diff(item, present, wanted, reasons))
    return task.result(
        waiting or present,
        differences,
        due=bool(reasons),
        reasons=[{"code": reason.code.value, "text": reason.text} for reason in reasons],
        csr=csr,
        **(remembered if csr and not changed else {}),
        # Only where nobody is left to ask.
        put_off=min(waits, key=lambda wait: wait.until).to_dict() if len(waits) == len(wanted.cas or (None,)) else None,
        put_off_by=[{"ca": wait.ca, **wait.to_dict()} for wait in waits],
        unfinished=waiting is not None or (not reasons and (layout.is_unfinished(place) or placed.forgotten(place))),
        differs=bool(differences) and not reasons and waiting is None,
        changed=changed,
    )


def _waits(task: RequestTask, place: layout.Home, wanted: due.Wanted) -> list[put_off.PutOff]:
    found = (put_off.load(place, ca, wanted.identifiers, task.now) for ca in wanted.cas or (None,))
    return [wait for wait in found if wait is not None]


def _remembered(place: layout.Home, wanted: due.Wanted) -> host.Result:
    for ca in wanted.cas or (None,):
        if url := order.load(place, ca):
            return {"order_url": url, "order_ca": ca}
    return {}


def _diff(
    item: host.Item, present: installed.Installed | None, wanted: due.Wanted, reasons: Sequence[due.Reason]
) -> dict[str, str]:
    why = ", ".join(reason.text for reason in reasons)
    after = f"request for {', '.join(wanted.identifiers)}; {wanted.key_type.value}; because: {why}\n"
    return host.titled(item["name"], host_words.present(present), after)
