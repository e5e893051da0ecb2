# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_request: which certificates are due, and keys and requests for those."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..._store import certificate, files, installed, layout, libraries, names, plan, request
from ..._store.errors import StoreError
from ..._store.key import KeyType
from .. import host, host_words
from ..task import Task, TaskFailed
from . import installed_as

Diff = dict[str, str]

KEY_TYPES = ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096"]


class RequestTask:
    """One call: a look at each certificate, then the staging for the due ones. diffs fills while it works."""

    def __init__(self, options: Mapping[str, Any], check_mode: bool) -> None:
        self._store: str = options["store"]
        self._renew_fraction: float | None = options["renew_fraction"]
        self._check_mode = check_mode
        self._now = datetime.now(timezone.utc)
        self.diffs: list[Diff] = []

    def run(self, items: Sequence[host.Item]) -> list[host.Result]:
        """The results in the order of the items. StoreError when the options make no sense together."""
        if self._renew_fraction is not None and not 0 < self._renew_fraction < 1:
            raise StoreError(f"renew_fraction is {self._renew_fraction}", "Give a share between 0 and 1, such as 0.33.")
        names.no_duplicates((item["name"] for item in items), "certificate name")
        names.no_duplicates((path for item in items for path in installed_as.links(item).values()), "link")
        results = host.each(items, self._look)
        due = {result["name"] for result in results if result.get("due")}
        if due and not self._check_mode:
            again = iter(self._stage_all([item for item in items if item["name"] in due]))
            self.diffs.sort(key=lambda diff: [item["name"] for item in items].index(diff["before_header"]))
            results = [next(again) if result["name"] in due else result for result in results]
        return results

    def _stage_all(self, items: Sequence[host.Item]) -> list[host.Result]:
        try:
            files.make_directory(self._store)
            with files.locked(self._store):
                # Each is looked at again: another run may have been at work until the lock was free.
                return host.each(items, lambda item: self._look(item, stage=True), together=True)
        except StoreError as error:
            return [{"name": item["name"], **host.failed(error)} for item in items]

    def _look(self, item: host.Item, stage: bool = False) -> host.Result:
        place = layout.home(self._store, item["name"])
        wanted = request.Wanted(
            identifiers=names.normalise_all(item["identifiers"]),
            key_type=KeyType(item["key_type"]),
            key_reuse=item["key_reuse"],
            force=item["force"],
            ca=item["ca"],
            profile=item["profile"],
        )
        present = installed.load(place)
        reasons = request.reasons(present, wanted, self._now, self._renew_fraction)
        # An owner or a link that cannot be is told before anything is asked for; in check mode it may be yet to come.
        differences = [] if reasons and self._check_mode else self._differences(item, place, present)
        waiting = request.issued(place, present, wanted, self._now, self._renew_fraction) if reasons else None
        if waiting is not None:
            reasons = []
        csr, changed = None, False
        if reasons and stage:
            staged = request.stage(place, present, wanted)
            csr, changed = staged.csr, staged.made
        elif reasons and self._check_mode:
            changed = request.staged(place, present, wanted) is None
        if changed:
            why = ", ".join(reason.text for reason in reasons)
            after = f"request for {', '.join(wanted.identifiers)}; {wanted.key_type.value}; because: {why}\n"
            self.diffs.append(host.titled(item["name"], host_words.present(present), after))
        return {
            "due": bool(reasons),
            "reasons": [{"code": reason.code.value, "text": reason.text} for reason in reasons],
            **self._told(waiting or present),
            "csr": csr,
            "unfinished": waiting is not None or (not reasons and request.is_unfinished(place, present)),
            "differs": bool(differences) and not reasons and waiting is None,
            "differences": differences,
            "changed": changed,
        }

    def _differences(self, item: host.Item, place: layout.Home, present: installed.Installed | None) -> list[str]:
        delivery = plan.Delivery(item["name"], access=installed_as.access(item), links=installed_as.links(item))
        found = host_words.differences(*plan.differences(place, present, delivery))
        return [f"{now or 'nothing'}, wanted is {wanted}" for now, wanted in found]

    def _told(self, found: installed.Installed | None) -> host.Result:
        if found is None or found.facts is None:
            return {"certificate": None, "fullchain": None, "private_key_path": None, "facts": None}
        return {
            "certificate": certificate.to_pem(found.chain[0]).decode("ascii"),
            "fullchain": certificate.to_pem(*found.chain).decode("ascii"),
            "private_key_path": os.path.join(found.directory, layout.PRIVATE_KEY),
            "facts": found.facts.to_dict(self._now),
        }


def requested(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what is due and why, with requests for that."""
    context = options["context"]
    task = RequestTask(options, check_mode)
    try:
        results = task.run(options["certificates"])
    except StoreError as error:
        raise TaskFailed(str(error), {"certificates": [], "context": context}) from None
    return host.collected("certificates", results, task.diffs, context=context)


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "certificates": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "identifiers": {"type": "list", "elements": "str", "required": True},
            "key_type": {"type": "str", "choices": KEY_TYPES, "default": "ecdsa-p256", "no_log": False},
            "key_reuse": {"type": "bool", "default": False, "no_log": False},
            "force": {"type": "bool", "default": False},
            "ca": {"type": "str"},
            "profile": {"type": "str"},
            **installed_as.OPTIONS,
        },
    },
    "renew_fraction": {"type": "float"},
    "context": {"type": "dict"},
}

CERTIFICATE_REQUEST = Task(requested, _OPTIONS, missing=libraries.MISSING)
