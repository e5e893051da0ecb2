# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a name server answered, fit to be shown. Twin of _acme/shown.py, as neither package knows the other."""

from __future__ import annotations

# A TXT record may have 64 KiB.
MAX_TEXT = 500


def shown(text: str) -> str:
    """The text in one line, without what steers a terminal: such characters as Python would write them, such as \\x1b."""
    short = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "..."
    return short if short.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in short)
