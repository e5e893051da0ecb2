# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: three hosts get certificates from a test CA, and what they then serve is shown."""

from __future__ import annotations

import re
import shutil
import signal
import sys
from contextlib import ExitStack

from tests.lab.errors import LabError
from tests.lab.lab import hindrance

from . import ansible
from .stage import STATE, Stage, booted, on_loopback
from .table import show


def main() -> int:
    """Run the demonstration; returns the exit code."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(parents=True)
    why_not = hindrance()
    try:
        with ExitStack() as stack:
            if why_not:
                _say(f"starting Pebble (a test CA) with its DNS, and three nginx on loopback, because {why_not}")
                return _demonstrate(on_loopback(stack))
            _say(
                "starting Pebble (a test CA) with its DNS, and booting web1 and web2 with nginx, web3 with Apache httpd"
            )
            return _demonstrate(booted(stack))
    except LabError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _demonstrate(stage: Stage) -> int:
    _say("ansible-playbook webpki.acme.renew: from names in the inventory to served certificates")
    _renew(stage)
    _say("what each host serves, asked for from outside and verified against the CA's root")
    verified = show(stage.endpoints, stage.roots)
    _say(
        "the same playbook once more: nothing is due, so nothing changes, and the CA is asked only when it wants which certificate renewed"
    )
    changed = _renew(stage)
    _say("nothing changed" if not changed else f"unexpected: {changed} changes in the second run")
    return 0 if verified and not changed else 1


def _renew(stage: Stage) -> int:
    """Run the playbook, on the screen as a user sees it; returns how much it changed."""
    screen = ansible.playbook(stage.inventories, "webpki.acme.renew")
    return sum(int(changed) for changed in re.findall(r"\bchanged=(\d+)\s+unreachable=", screen))


def _say(text: str) -> None:
    print(f"\ndemo: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
