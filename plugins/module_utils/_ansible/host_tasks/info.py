# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_info: facts of certificates in the store, in files, and in given text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from ..._store import certificate, files, installed, layout, libraries
from ..._store.errors import StoreError
from ..._store.facts import Facts
from .. import host
from ..task import Task, TaskFailed


def info(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the facts of each certificate in the order asked: names, paths, content."""
    try:
        items = _items(options)
    except StoreError as error:
        raise TaskFailed(str(error), {"certificates": []}) from None
    return host.collected("certificates", host.each(items, _look, ("name", "path")))


def _items(options: Mapping[str, Any]) -> list[host.Item]:
    store, names, paths, content = (options[option] for option in ("store", "names", "paths", "content"))
    if names is None and paths is None and content is None:
        names = layout.names(store)
    items = [{"name": name, "path": layout.home(store, name).fullchain} for name in names or []]
    items += [{"name": None, "path": path} for path in paths or []]
    items += [{"name": None, "path": None, "content": text} for text in content or []]
    return [{"store": store, **item} for item in items]


def _look(item: host.Item) -> host.Result:
    found = _read(item) if item["name"] is None else _stored(item)
    told = None if found is None else found.to_dict(datetime.now(timezone.utc))
    return {"exists": found is not None, "facts": told, "changed": False}


def _stored(item: host.Item) -> Facts | None:
    present = installed.load(layout.home(item["store"], item["name"]))
    if present is not None and present.facts is None:
        raise present.problem or StoreError("it cannot be read")
    return present.facts if present else None


def _read(item: host.Item) -> Facts | None:
    pem = item["content"].encode("utf-8", "replace") if item["path"] is None else files.read(item["path"])
    if pem is None:
        return None
    source = item["path"] or "content"
    chain = certificate.load_chain(pem, source)
    return certificate.facts(chain[0], source, None, len(chain))


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "names": {"type": "list", "elements": "str"},
    "paths": {"type": "list", "elements": "path"},
    "content": {"type": "list", "elements": "str"},
}

CERTIFICATE_INFO = Task(info, _OPTIONS, missing=libraries.MISSING)
