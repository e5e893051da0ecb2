# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_request: which certificates are due, and keys and requests for those."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..._store import due, guard, layout, names, placement, record
from ..._store.errors import StoreError
from ..._store.key_type import KeyType
from .. import age, host, host_words
from ..task import Task, TaskFailed
from . import installed_as

Diff = dict[str, str]

KEY_TYPES = ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "rsa-4096"]


class RequestTask:
    """One call: a look at each certificate, then the staging for the due ones. diffs and mended (in words) fill while it works."""

    def __init__(self, options: Mapping[str, Any], check_mode: bool) -> None:
        self.options = options
        self.store: str = options["store"]
        self.age = due.Age()
        self.check_mode = check_mode
        self.now = datetime.now(timezone.utc)
        self.diffs: list[Diff] = []
        self.mended: list[str] = []

    def run(self, items: Sequence[host.Item]) -> list[host.Result]:
        """The results in the order of the items. StoreError when the options make no sense together."""
        self.age = age.age(self.options)
        names.no_duplicates((item["name"] for item in items), "certificate name")
        names.no_duplicates((path for item in items for path in installed_as.links(item).values()), "link")
        self.mended += guard.store(self.store, self.check_mode)
        left: list[host.Item] = []

        def look(item: host.Item) -> host.Result:
            self.mended += guard.home(self.place(item), self.check_mode)
            settled = self._settled(item)
            if settled is None:
                left.append(item)
            return settled or {}

        results = host.each(items, look)
        read = {result["name"]: result for result in (self._read(left) if left else ())}
        return [read.get(result["name"], result) for result in results]

    def place(self, item: host.Item) -> layout.Home:
        return layout.home(self.store, item["name"])

    def wanted(self, item: host.Item) -> due.Wanted:
        return due.Wanted(
            identifiers=names.normalise_all(item["identifiers"]),
            key_type=KeyType(item["key_type"]),
            key_reuse=item["key_reuse"],
            force=item["force"],
            cas=tuple(item["ca"] or ()),
            profiles=tuple(profile for profile in item["profile"] or () if profile),
            renewal=_renewal(item["renewal"]),
        )

    def differences(self, item: host.Item, present: record.Version | None) -> list[str]:
        """Where files, their owner and mode, and links are not as wanted, in words. StoreError when they cannot become so."""
        access = installed_as.access(item)
        to_mend = {} if present is None else placement.to_mend(present.directory, access)
        found = host_words.differences(to_mend, placement.to_link(self.place(item), installed_as.links(item)))
        damaged = [] if present is None else present.damaged()
        told = [f"{path} is not as it was issued" for path in damaged]
        return told + [f"{now or 'nothing'}, wanted is {wanted}" for now, wanted in found]

    def result(self, found: record.Version | None, differences: Sequence[str], **more: Any) -> host.Result:
        """What is told of a certificate; without more, of one for which nothing is to be asked."""
        facts, fullchain = (found.facts, found.fullchain) if found else (None, None)
        told = {
            "certificate": found.parts()[0] if found and fullchain else None,
            "fullchain": fullchain,
            "issued_by": found.issuance.get("ca") if found and facts else None,
            "issued_under": found.issuance.get("profile") if found and facts else None,
            "private_key_path": os.path.join(found.directory, layout.PRIVATE_KEY) if found and facts else None,
            "facts": facts and facts.to_dict(self.now),
        }
        nothing: host.Result = dict.fromkeys(("csr", "order_url", "order_ca", "put_off"))
        done = {"due": False, "reasons": [], **nothing, "put_off_by": [], "unfinished": False, "changed": False}
        return {**done, **told, "differs": bool(differences), "differences": differences, **more}

    def _settled(self, item: host.Item) -> host.Result | None:
        """The result for a certificate of which the record says that nothing is to be done; None for all others."""
        wanted, place = self.wanted(item), self.place(item)
        present = record.load(place)
        if (
            present is None
            or due.reasons(present, wanted, self.now, self.age)
            or os.path.lexists(place.staged)
            or os.path.lexists(place.challenges)
        ):
            return None
        # What is to be put right takes cryptography too: better to say now that it is missing.
        return None if self.differences(item, present) else self.result(present, [])

    def _read(self, items: Sequence[host.Item]) -> list[host.Result]:
        # All that needs cryptography is behind this import, which costs more than everything else on a host where nothing is due.
        from . import staging

        return staging.staged(self, items)


def _renewal(given: Mapping[str, Any] | None) -> due.Renewal | None:
    if given is None:
        return None
    return due.Renewal(given["fingerprint_sha256"], due.Reason(due.Code(given["code"]), given["text"]))


def requested(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what is due and why, with requests for that."""
    context = options["context"]
    task = RequestTask(options, check_mode)
    try:
        results = task.run(options["certificates"])
    except StoreError as error:
        raise TaskFailed(str(error), {"certificates": [], "context": context}) from None
    mended = host.told(task.mended, warn)
    return host.collected("certificates", results, task.diffs, context=context, **mended)


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
            "ca": {"type": "list", "elements": "str"},
            "profile": {"type": "list", "elements": "str"},
            "renewal": {
                "type": "dict",
                "options": {
                    "fingerprint_sha256": {"type": "str", "required": True},
                    "code": {"type": "str", "choices": ["lifetime", "renewal-info"], "required": True},
                    "text": {"type": "str", "required": True},
                },
            },
            **installed_as.OPTIONS,
        },
    },
    **age.OPTIONS,
    "context": {"type": "dict"},
}

CERTIFICATE_REQUEST = Task(requested, _OPTIONS)
