# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conversation with a CA that follows, as far as one host can tell, so that it can be prepared meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import gathered
from .found import REQUEST

_OPTIONS = ("ca", "ca_bundle", "deadline", "concurrency")
_WAITS = ("put_off", "put_off_by")


def conversation(request: Mapping[str, Any]) -> tuple[dict[str, Any], int] | None:
    """Return with which options a CA is going to be asked, and for how many names; None where that is not certain.

    `request` is what the first task of the role found on a host. A certificate that is shared may be on another host
    already, and a CA that put one off is not to be bothered.
    """
    if not {"run", "account", "store"} <= (request.get("context") or {}).keys():
        # It was not the role that asked, so nobody knows what follows.
        return None
    entries = gathered.entries(["here"], {"here": {REQUEST: request}})
    if any(entry["renewal"] and not entry["found"]["due"] for entry in entries):
        # The CA is asked about these first, with connections of its own.
        return None
    due = [
        entry
        for entry in entries
        if entry["found"]["due"] and not entry["shared"] and not any(map(entry["found"].get, _WAITS))
    ]
    account = due[0]["accounts"][0] if due else {}
    if not (account.get("key_file") or account.get("key")):
        # There is nothing to order, or nobody to order it.
        return None
    options = {option: account[option] for option in _OPTIONS if account.get(option)}
    return options, sum(len(entry["own"]["identifiers"]) for entry in due)
