# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renew: which certificates of a host are to be renewed by what their CA said, or where it said nothing by their age."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ..module_utils._ansible.renewal import Question
from ..module_utils._store.due import Age


def to_renew(renewal: Mapping[str, Any], host: str) -> dict[str, dict[str, str]]:
    """Return why to renew which certificates of a host, by their names, as webpki.acme.requests wants it.

    `renewal` is what webpki.acme.renewal_info, looped over the outlook, returned. Where it failed as a whole the age of
    certificates decides.
    """
    found: dict[str, dict[str, str]] = {}
    for result in renewal["results"]:
        if not result["item"]["questions"]:
            continue
        asked = json.loads(result["item"]["questions"])
        for fingerprint, code, text in _due(result["item"], asked["certificates"], result):
            for place, name in asked["on"].get(fingerprint, ()):
                if place == host:
                    found[name] = {"fingerprint_sha256": fingerprint, "code": code, "text": text}
    return found


def _due(
    group: Mapping[str, Any], asked: Sequence[Mapping[str, Any]], result: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    if "due" in result:
        listed = [one for one in result["certificates"] if one.get("due")]
        # What has expired since the first look is renewed for its age.
        kinds = {"expired": "lifetime"}
        return [(one["fingerprint_sha256"], kinds.get(one["code"], one["code"]), one["reason"]) for one in listed]
    share = group["renew_fraction"]
    age = Age(None if share is None else float(share), timedelta(seconds=int(group["run_interval"])))
    now = datetime.now(timezone.utc)
    found = []
    for one in asked:
        question = Question.of(one["facts"])
        reason = question.too_old(now, age)
        if reason:
            found.append((question.fingerprint, "lifetime", reason.text))
    return found


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {"to_renew": to_renew}
