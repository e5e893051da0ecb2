# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of challenge_tls: a server that answers tls-alpn-01 challenges, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from ..._store import challenge_certificate, guard, libraries
from ..._store.errors import StoreError
from .. import host, responder
from ..task import Task, TaskFailed


def answered(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return which challenges are answered now, or that none are."""
    store = options["store"]
    try:
        mended = host.told(guard.store(store, check_mode), warn)
        if options["state"] == "absent":
            ran = responder.running(store) if check_mode else responder.stop(store)
            return {"challenges": [], "changed": ran, **mended}
        at = responder.place(options["listen"])
    except StoreError as error:
        raise TaskFailed(str(error), {"challenges": []}) from None

    certificates: dict[str, str] = {}
    digests: dict[str, str] = {}

    def make(item: host.Item) -> host.Result:
        name = item["server_name"].lower()
        if digests.setdefault(name, item["digest"]) != item["digest"]:
            raise StoreError(
                "another challenge for this name is to be answered, and there is one answer for each name",
                "Let both certificates share one, or run again when the other one is issued.",
            )
        certificates[name] = challenge_certificate.build(item["identifier"], item["digest"], datetime.now(timezone.utc))
        return {"changed": True}

    results = host.each(options["challenges"], make, ("identifier", "digest"))
    if certificates and not check_mode:
        try:
            responder.start(store, at, certificates, options["lifetime"])
        except StoreError as error:
            results = [result if result.get("failed") else {**result, **host.failed(error)} for result in results]
    return host.collected("challenges", results, **mended)


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "challenges": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "identifier": {"type": "str", "required": True},
            "server_name": {"type": "str", "required": True},
            "digest": {"type": "str", "required": True},
        },
    },
    "listen": {"type": "str", "default": "*:443"},
    "lifetime": {"type": "int", "default": 900},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

CHALLENGE_TLS = Task(answered, _OPTIONS, missing=libraries.MISSING)
