# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others wrote, fit to be shown. Twin of _acme/shown.py, as neither package knows the other."""

from __future__ import annotations

# The longest name in a certificate that is worth reading.
MAX_TEXT = 500


def shown(text: str) -> str:
    """The text in one line, without what steers a terminal: such characters as Python would write them, such as \\x1b.

    So no text becomes a name that can be a host's, and none that is one is changed.
    """
    short = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "..."
    return short if short.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in short)
