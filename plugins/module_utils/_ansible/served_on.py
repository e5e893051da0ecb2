# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a certificate is served, as users write it."""

from __future__ import annotations

import re

from .._store.errors import StoreError

_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\s\[\]\x00-\x1f\x7f]+):([0-9]{1,5})")


def place(text: str) -> tuple[str, int]:
    """The host and the port of host:port, where an IPv6 address stands in brackets. StoreError when it is something else."""
    found = _PLACE.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 65536:
        raise StoreError(f"served_on is {text!r}", "Give a host and a port, such as 127.0.0.1:443.")
    return found[1].strip("[]"), int(found[2])
