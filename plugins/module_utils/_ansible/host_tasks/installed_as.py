# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the files of a certificate are to lie on the host: the options that certificate_request and certificate_deploy share."""

from __future__ import annotations

from typing import Any

from ..._store import files
from .. import host

_LINKS = {kind: {"type": "path"} for kind in ("fullchain", "privkey", "chain", "certificate")}

OPTIONS: dict[str, Any] = {
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "mode": {"type": "raw", "default": "0600"},
    "links": {"type": "dict", "options": _LINKS},
}


def access(item: host.Item) -> files.Access:
    """Owner and mode of the private key. StoreError when they cannot be had on this host."""
    return files.access(host.mode(item["mode"]), item["owner"], item["group"])


def links(item: host.Item) -> dict[str, str]:
    """The links that were asked for: kind -> path."""
    return {kind: path for kind, path in (item["links"] or {}).items() if path}
