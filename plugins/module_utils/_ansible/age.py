# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How old certificates may become: the options that say so, on hosts and on the machine that asks the CA."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from .._store.due import Age
from .._store.errors import StoreError

# The share that is left when renewal waits no longer for what a CA suggests.
EMERGENCY_FRACTION = 0.1

OPTIONS: dict[str, Any] = {
    "renew_fraction": {"type": "float"},
    "run_interval": {"type": "int", "default": 86400},
    "emergency_fraction": {"type": "float"},
}


def age(options: Mapping[str, Any]) -> Age:
    """What the options say; StoreError when they make no sense."""
    for name in ("renew_fraction", "emergency_fraction"):
        share = options[name]
        if share is not None and not 0 < share < 1:
            raise StoreError(f"{name} is {share}", "Give a share between 0 and 1, such as 0.33.")
    seconds = options["run_interval"]
    if seconds < 1:
        raise StoreError(f"run_interval is {seconds}", "Give the seconds between two runs, such as 86400.")
    return Age(options["renew_fraction"], timedelta(seconds=seconds), options["emergency_fraction"])
