# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_deploy: certificates with their keys put in place together, taken back together, or put to use."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..._store import deployment, facts, guard, layout, libraries, names, plan, put_off, writing
from ..._store.errors import StoreError
from .. import host, host_words
from ..command import failure
from ..task import Task, TaskFailed
from . import installed_as, use


class DeployTask:
    """One call. diffs, mended (in words), rolled_back and reloaded fill while it works."""

    def __init__(self, options: Mapping[str, Any], check_mode: bool) -> None:
        self._store: str = options["store"]
        self._placeholder = options["state"] == "placeholder"
        self._validate: list[str] = options["validate"]
        self._keep: int = options["keep"]
        self._check_mode = check_mode
        self._now = datetime.now(timezone.utc)
        self._uses: dict[str, use.Use] = {}
        self.diffs: list[dict[str, str]] = []
        self.mended: list[str] = []
        self.rolled_back = False
        self.reloaded: list[str] = []

    def run(self, items: Sequence[host.Item]) -> list[host.Result]:
        """The results in the order of the items. StoreError when the options make no sense together."""
        if self._keep < 1:
            raise StoreError(f"keep is {self._keep}", "Give 1 or more: the current version is one of them.")
        # Several CAs may have put off the same certificate.
        names.no_duplicates((item["name"] for item in items if not item["retry_after"]), "certificate name")
        names.no_duplicates((path for item in items for path in installed_as.links(item).values()), "link")
        self.mended += guard.store(self._store, self._check_mode)
        if self._check_mode:
            return host.each(items, self._expected)
        try:
            writing.make_directory(self._store)
            with writing.locked(self._store):
                return self._deploy(items)
        except StoreError as error:
            return [{"name": item["name"], **host.failed(error)} for item in items]

    def _deploy(self, items: Sequence[host.Item]) -> list[host.Result]:
        plans: dict[str, plan.Plan] = {}

        def prepare(item: host.Item) -> host.Result:
            if item["retry_after"]:
                self._put_off(item)
                return {"changed": False}
            plans[item["name"]] = self._plan(item)
            return {}

        refused = host.each(items, prepare)
        for planned in plans.values():
            self._tell(planned)
        put_to_use = self._put_to_use if any(self._uses.values()) else None
        names_back = {name for name, one in self._uses.items() if one.goes_back}
        back = deployment.GoingBack(names_back, self._tell_again, self._now)
        outcomes = deployment.carry_out(list(plans.values()), self._test_configuration, self._keep, put_to_use, back)
        done = {outcome.plan.place.name: self._result(outcome) for outcome in outcomes}
        return [{**result, **done.get(result["name"], {})} for result in refused]

    def _put_off(self, item: host.Item) -> None:
        place = self._place(item)
        identifiers = names.normalise_all(item["identifiers"] or [])
        put_off.keep(place, item["ca"], identifiers, item["retry_after"], item["reason"] or "", self._now)

    def _place(self, item: host.Item) -> layout.Home:
        place = layout.home(self._store, item["name"])
        self.mended += guard.home(place, self._check_mode)
        return place

    def _plan(self, item: host.Item) -> plan.Plan:
        place = self._place(item)
        if not self._placeholder and not item["fullchain"]:
            raise StoreError("there is no fullchain to deploy", "Give the PEM text of the certificate with its chain.")
        if self._placeholder and (item["reload"] or item["served_on"]):
            raise StoreError("reload and served_on are not for placeholders", "Leave them out.")
        delivery = plan.Delivery(
            name=item["name"],
            fullchain=None if self._placeholder else item["fullchain"],
            private_key=item["private_key"],
            identifiers=names.normalise_all(item["identifiers"]) if item["identifiers"] else None,
            access=installed_as.access(item),
            links=installed_as.links(item),
            ca=item["ca"],
            profile=item["profile"],
        )
        planned = plan.make(place, delivery, self._now)
        self._uses[item["name"]] = use.of(item, planned.facts)
        return planned

    def _expected(self, item: host.Item) -> host.Result:
        return {"changed": False} if item["retry_after"] else self._result(self._foresee(self._plan(item)))

    def _foresee(self, planned: plan.Plan) -> deployment.Outcome:
        self._tell(planned)
        return deployment.Outcome(planned, deployment.previous_version(planned), planned.changed)

    def _tell(self, planned: plan.Plan) -> None:
        if planned.changed:
            self.diffs.append(host_words.deployment(planned))
        for path, wanted in planned.access.items():
            if os.path.basename(path) == layout.PRIVATE_KEY and (told := guard.exposed(path, wanted.mode)):
                self.mended.append(told)

    def _result(self, outcome: deployment.Outcome) -> host.Result:
        found = outcome.plan.facts
        result: host.Result = {
            "changed": outcome.changed,
            "version": outcome.version,
            "path": outcome.plan.place.current,
            "fingerprint_sha256": found.fingerprint_sha256,
            "not_after": facts.rfc3339(found.not_after),
            "facts": found.to_dict(self._now),
        }
        if outcome.error is not None:
            result.update(failed=True, msg=str(outcome.error))
        return result

    def _put_to_use(self, changed: Sequence[plan.Plan]) -> dict[str, StoreError]:
        self.reloaded, unused = use.put_to_use({each.place.name: self._uses[each.place.name] for each in changed})
        return unused

    def _tell_again(self, gone_back: Sequence[plan.Plan]) -> dict[str, StoreError]:
        self.rolled_back = True
        return use.tell_again({each.place.name: self._uses[each.place.name] for each in gone_back})

    def _test_configuration(self) -> StoreError | None:
        for command in self._validate:
            reason = failure(command)
            if reason is not None:
                self.rolled_back = True
                hint = "Mend the configuration, then run again."
                return StoreError(f"rolled back, as {command!r} failed: {reason}", hint)
        return None


def deployed(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what was put in place, and whether it was taken back."""
    task = DeployTask(options, check_mode)
    try:
        results = task.run(options["certificates"])
    except StoreError as error:
        raise TaskFailed(str(error), {"certificates": [], "rolled_back": False, "reloaded": []}) from None
    mended = host.told(task.mended, warn)
    return host.collected(
        "certificates", results, task.diffs, rolled_back=task.rolled_back, reloaded=task.reloaded, **mended
    )


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "state": {"type": "str", "choices": ["present", "placeholder"], "default": "present"},
    "certificates": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "fullchain": {"type": "str"},
            "private_key": {"type": "str", "no_log": True},
            "identifiers": {"type": "list", "elements": "str"},
            **installed_as.OPTIONS,
            "ca": {"type": "str"},
            "profile": {"type": "str"},
            "retry_after": {"type": "str"},
            "reason": {"type": "str"},
            **use.OPTIONS,
        },
    },
    "validate": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "int", "default": 3},
}

CERTIFICATE_DEPLOY = Task(deployed, _OPTIONS, missing=libraries.MISSING)
