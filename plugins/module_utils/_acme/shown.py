# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a CA wrote, fit to be shown. Twin of _store/shown.py, as neither package knows the other."""

from __future__ import annotations

from collections.abc import Iterable

_LISTED = 20


def shown(text: str) -> str:
    """Return the text in one line, without what steers a terminal: such characters as Python writes them (\\x1b, \\n)."""
    return text if text.isprintable() else "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def word(value: object, most: int = 254) -> str:
    """Return what should be a word (a status, a type, a name), cut to one more than the longest name."""
    return shown(str(value)[:most])


def listed(values: Iterable[str]) -> str:
    """Return some words in one sequence, or "none"."""
    found = sorted(values)
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(found[:_LISTED]) + more if found else "none"
