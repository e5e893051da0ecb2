# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_info: facts of certificates in the store, in files, and in given text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..._store import certificate, facts, files, installed, layout
from ..._store.errors import StoreError
from .. import host


def run(options: Mapping[str, Any]) -> list[host.Result]:
    """The results in the order asked: names, paths, content. StoreError when the store cannot be listed."""
    store, names, paths, content = (options[option] for option in ("store", "names", "paths", "content"))
    if names is None and paths is None and content is None:
        names = layout.names(store)
    items = [{"name": name, "path": layout.home(store, name).fullchain} for name in names or []]
    items += [{"name": None, "path": path} for path in paths or []]
    items += [{"name": None, "path": None, "content": text} for text in content or []]
    return host.each([{"store": store, **item} for item in items], _look, ("name", "path"))


def _look(item: host.Item) -> host.Result:
    found = _read(item) if item["name"] is None else _stored(item)
    told = None if found is None else found.to_dict(datetime.now(timezone.utc))
    return {"exists": found is not None, "facts": told, "changed": False}


def _stored(item: host.Item) -> facts.Facts | None:
    present = installed.load(layout.home(item["store"], item["name"]))
    if present is not None and present.facts is None:
        raise present.problem or StoreError("it cannot be read")
    return present.facts if present else None


def _read(item: host.Item) -> facts.Facts | None:
    pem = item["content"].encode("utf-8", "replace") if item["path"] is None else files.read(item["path"])
    if pem is None:
        return None
    source = item["path"] or "content"
    chain = certificate.load_chain(pem, source)
    return facts.of(chain[0], source, None, len(chain))
