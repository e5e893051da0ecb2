# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_request: which certificates are due, and keys and requests for those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..._store import certificate, files, installed, layout, names, request
from ..._store.errors import StoreError
from ..._store.key import KeyType
from .. import host, host_words

Diff = dict[str, str]


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
        results = host.each(items, self._look)
        due = {result["name"] for result in results if result.get("due")}
        if due and not self._check_mode:
            again = iter(self._stage_all([item for item in items if item["name"] in due]))
            results = [next(again) if result["name"] in due else result for result in results]
        return results

    def _stage_all(self, items: Sequence[host.Item]) -> list[host.Result]:
        try:
            files.make_directory(self._store)
            with files.locked(self._store):
                # Each is looked at again: another run may have been at work until the lock was free.
                return host.each(items, lambda item: self._look(item, stage=True))
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
        csr, changed = None, False
        if reasons and stage:
            staged = request.stage(place, present, wanted)
            csr, changed = staged.csr, staged.made
        elif reasons and self._check_mode:
            changed = request.staged(place, present, wanted) is None
        if changed:
            why = ", ".join(reason.text for reason in reasons)
            after = f"request for {', '.join(wanted.identifiers)}; {wanted.key_type.value}; because: {why}\n"
            self.diffs.append(host_words.titled(item["name"], host_words.present(present), after))
        return {
            "due": bool(reasons),
            "reasons": [{"code": reason.code.value, "text": reason.text} for reason in reasons],
            **self._current(present),
            "csr": csr,
            "unfinished": not reasons and request.is_unfinished(place, present),
            "changed": changed,
        }

    def _current(self, present: installed.Installed | None) -> host.Result:
        if present is None or present.facts is None:
            return {"certificate": None, "fullchain": None, "facts": None}
        return {
            "certificate": certificate.to_pem(present.chain[0]).decode("ascii"),
            "fullchain": certificate.to_pem(*present.chain).decode("ascii"),
            "facts": present.facts.to_dict(self._now),
        }
