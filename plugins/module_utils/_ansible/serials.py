# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serial numbers of certificates, as people and programs write them."""

from __future__ import annotations

import re

_HEXADECIMAL = re.compile(r"[0-9a-f]{1,40}")


def normalised(text: str) -> str:
    """Return the number in lower-case hexadecimal digits, without colons, spaces and leading zeros; ValueError for what is none."""
    number = re.sub(r"[:\s]", "", text.lower()).removeprefix("0x")
    # RFC 5280 section 4.1.2.2: 20 bytes at the most.
    if not _HEXADECIMAL.fullmatch(number):
        raise ValueError(
            f"{text[:100]!r} is not a serial number. Give it in hexadecimal digits, in quotes, such as '04a1:b2'."
        )
    return number.lstrip("0") or "0"
