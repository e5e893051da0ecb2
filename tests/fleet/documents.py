# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that stand in documents."""

from __future__ import annotations

import re
from pathlib import Path

_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(document: Path, language: str) -> list[str]:
    """The fenced blocks of a document in one language."""
    return [text for found, text in _FENCED.findall(document.read_text()) if found == language]
