# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of certificate_info: facts of certificates in the store, in files, and in given text, and what can be proven of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ..._store import certificate, files, installed, layout, libraries, sct, trust
from ..._store.errors import StoreError
from ..._store.facts import Facts
from .. import host
from ..task import Task, TaskFailed

if TYPE_CHECKING:
    from ..._store.libraries import x509

    Found = tuple[Facts, Sequence[x509.Certificate]]


def info(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the facts of each certificate in the order asked: names, paths, content."""
    try:
        items = _items(options)
        proof = _Proof(options)
    except StoreError as error:
        raise TaskFailed(str(error), {"certificates": []}) from None
    # Several at once where others are waited for.
    results = host.each(items, proof.look, ("name", "path"), together=options["status"])
    return host.collected("certificates", results)


def _items(options: Mapping[str, Any]) -> list[host.Item]:
    store, names, paths, content = (options[option] for option in ("store", "names", "paths", "content"))
    if names is None and paths is None and content is None:
        names = layout.names(store)
    items = [{"name": name, "path": layout.home(store, name).fullchain} for name in names or []]
    items += [{"name": None, "path": path} for path in paths or []]
    items += [{"name": None, "path": None, "content": text} for text in content or []]
    return [{"store": store, **item} for item in items]


class _Proof:
    """What can be proven of a certificate, none of which fails it."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._now = datetime.now(timezone.utc)
        self._roots = trust.Roots(options["ca_bundle"])
        self._revocation = None
        if options["status"]:
            # All that talks to others is behind this import.
            from ..revocation_status import Revocation

            self._revocation = Revocation(options["timeout"])

    def look(self, item: host.Item) -> host.Result:
        found = _read(item) if item["name"] is None else _stored(item)
        if found is None:
            nothing: host.Result = dict.fromkeys(("facts", "chain", "scts", "crl", "ocsp"))
            return {"exists": False, **nothing, "changed": False}
        facts, chain = found
        return {"exists": True, "facts": facts.to_dict(self._now), **self._proven(chain), "changed": False}

    def _proven(self, chain: Sequence[x509.Certificate]) -> host.Result:
        return {
            "chain": self._led(chain),
            "scts": sct.told(sct.read(chain[0], self._now)),
            "crl": self._revocation and self._revocation.by_crl(chain, self._now),
            "ocsp": self._revocation and self._revocation.by_ocsp(chain, self._now),
        }

    def _led(self, chain: Sequence[x509.Certificate]) -> host.Result:
        try:
            root = self._roots.root_of(chain, self._now)
        except StoreError as error:
            return {"verified": False, "root": None, "problem": error.message}
        return {"verified": True, "root": certificate.shown_name(root.subject), "problem": None}


def _stored(item: host.Item) -> Found | None:
    present = installed.load(layout.home(item["store"], item["name"]))
    if present is None:
        return None
    if present.facts is None:
        raise present.problem or StoreError("it cannot be read")
    return present.facts, present.chain


def _read(item: host.Item) -> Found | None:
    pem = item["content"].encode("utf-8", "replace") if item["path"] is None else files.read(item["path"])
    if pem is None:
        return None
    source = item["path"] or "content"
    chain = certificate.load_chain(pem, source)
    return certificate.facts(chain[0], source, None, len(chain)), chain


_OPTIONS: dict[str, Any] = {
    **host.STORE,
    "names": {"type": "list", "elements": "str"},
    "paths": {"type": "list", "elements": "path"},
    "content": {"type": "list", "elements": "str"},
    "ca_bundle": {"type": "path"},
    "status": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 10},
}

CERTIFICATE_INFO = Task(info, _OPTIONS, missing=libraries.MISSING)
