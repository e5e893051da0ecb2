# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, and on what."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from tests.lab.commands import run
from tests.lab.paths import REPOSITORY

from .paths import LEGO, OURS, PEERS


def versions() -> Sequence[str]:
    """Names with their versions."""
    manifest = next(
        Path(PEERS).parent.glob("lib/python*/site-packages/ansible_collections/community/crypto/MANIFEST.json")
    )
    collection = json.loads(manifest.read_text())["collection_info"]
    galaxy = (REPOSITORY / "galaxy.yml").read_text()
    return [
        f"webpki.acme {_number(galaxy[galaxy.index('version:') :])}",
        f"community.crypto {collection['version']}",
        f"certbot {_number(run([str(PEERS / 'certbot'), '--version']))}",
        f"lego {_number(run([str(LEGO), '--version']))}",
        f"ansible-core {_number(run([str(OURS / 'ansible'), '--version']))}, for community.crypto"
        f" {_number(run([str(PEERS / 'ansible'), '--version']))}",
        f"Python {platform.python_version()}",
        "Pebble of Debian's unstable suite",
    ]


def machine() -> str:
    """What kind of machine this is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, Linux {_number(platform.release())}"


def _number(text: str) -> str:
    found = re.search(r"\d+(\.\d+)+", text)
    return found[0] if found else "?"
