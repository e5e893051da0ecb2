# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting changed certificates to use: reload what reads them, then look whether they are served."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..._store import facts as certificate_facts
from ..._store.errors import StoreError
from .. import host
from .. import served as ports
from ..command import failure
from ..served_on import place
from . import served

# There when systemd runs the host (sd_booted(3)).
_SYSTEMD = "/run/systemd/system"
# Seconds for one connection, and until what was reloaded has to serve the new certificate.
_TIMEOUT, _DEADLINE = 10, 30

_HINT = "Mend that, then run again: the certificate is in place, and will be put to use."

OPTIONS: dict[str, Any] = {
    "reload": {"type": "list", "elements": "str", "default": []},
    "served_on": {"type": "str"},
    "roll_back_unserved": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Use:
    """What is to be done for one certificate: services and commands to reload, and where it is then to be seen.

    goes_back: whether the version before comes back when it is not.
    """

    reload: tuple[str, ...]
    endpoint: ports.Endpoint | None
    goes_back: bool = False

    def __bool__(self) -> bool:
        return bool(self.reload or self.endpoint)


def of(item: host.Item, facts: certificate_facts.Facts) -> Use:
    """What the options of a certificate ask for, given what that certificate says. StoreError when they cannot be meant."""
    if not all(entry.strip() for entry in item["reload"]):
        raise StoreError(
            "an entry of reload is empty", "Give the name of a service, or a command that starts with a slash."
        )
    endpoint = None
    if item["served_on"]:
        address, port = place(item["served_on"])
        # No server is asked for a wildcard itself (RFC 6066 section 3): by the address it serves what it serves to all.
        name = next((name for name in facts.identifiers if not name.startswith("*.")), address)
        endpoint = ports.Endpoint(address, port, name, facts.fingerprint_sha256)
    if item["roll_back_unserved"] and endpoint is None:
        raise StoreError("roll_back_unserved is set, but not served_on", "Say where the certificate is served.")
    return Use(tuple(item["reload"]), endpoint, item["roll_back_unserved"])


def put_to_use(uses: Mapping[str, Use]) -> tuple[list[str], dict[str, StoreError]]:
    """Reloads each service once, and runs each command once, then looks at what is served.

    Returns what was reloaded or run, and why certificates are not in use, by name.
    """
    entries = list(dict.fromkeys(entry for use in uses.values() for entry in use.reload))
    failed = {entry: error for entry in entries if (error := _reload(entry)) is not None}
    problems = {name: failed[entry] for name, use in uses.items() for entry in reversed(use.reload) if entry in failed}
    seen = {name: use.endpoint for name, use in uses.items() if use.endpoint and name not in problems}
    answers = ports.ask_all(list(seen.values()), _TIMEOUT, _DEADLINE, None)
    for (name, endpoint), answer in zip(seen.items(), answers):
        problem = served.unexpected(endpoint, answer)
        if problem is not None:
            problems[name] = StoreError(f"{endpoint}: {problem.message}", f"{problem.hint} The next run looks again.")
    return [entry for entry in entries if entry not in failed], problems


def tell_again(uses: Mapping[str, Use]) -> dict[str, StoreError]:
    """Reloads once more, and looks nowhere: what is served then is what was served before."""
    return put_to_use({name: replace(use, endpoint=None) for name, use in uses.items()})[1]


def _reload(entry: str) -> StoreError | None:
    reason = failure(_command(entry))
    if reason is None:
        return None
    doing = f"{entry!r} failed" if entry.startswith("/") else f"{entry} could not be reloaded"
    return StoreError(f"{doing}: {reason}", _HINT)


def _command(entry: str) -> str:
    if entry.startswith("/"):
        return entry
    if os.path.isdir(_SYSTEMD):
        # Starts what does not run, and restarts what cannot reload.
        return shlex.join(["systemctl", "reload-or-restart", entry])
    runs = failure(shlex.join(["service", entry, "status"])) is None
    return shlex.join(["service", entry, "reload" if runs else "start"])
