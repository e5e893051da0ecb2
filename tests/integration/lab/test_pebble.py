# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of the lab is what its options say; what clients see of it is tested with the modules."""

from __future__ import annotations

import json
import ssl
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.lab.fixtures import PebbleFactory
from tests.lab.options import PebbleOptions, Profile
from tests.lab.pebble import Pebble
from tests.lab.service import find, is_marked

pytestmark = pytest.mark.lab


def directory(ca: Pebble) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=str(ca.ca_bundle))
    with urllib.request.urlopen(ca.directory_url, timeout=10, context=context) as reply:
        answer: dict[str, Any] = json.load(reply)
    return answer


def test_the_directory_shows_the_options(pebble: PebbleFactory) -> None:
    """Profiles and external accounts are those asked for, behind a certificate that verifies."""
    ca = pebble(eab_keys={"kid": "a2V5"}, profiles={"short": Profile("six days", 6 * 86400)})
    meta = directory(ca)["meta"]
    assert meta["profiles"] == {"short": "six days"}
    assert meta["externalAccountRequired"] is True
    assert "renewalInfo" in directory(ca)


def test_the_same_options_give_the_same_ca(pebble: PebbleFactory) -> None:
    """Tests share a CA unless they ask for another kind."""
    assert pebble(authz_reuse=100) is pebble(authz_reuse=100)
    assert pebble(authz_reuse=100) is not pebble(authz_reuse=0)


def test_a_restart_loses_everything_but_the_address(tmp_path: Path) -> None:
    """What clients remember of the CA is then wrong, except where it is."""
    with Pebble(tmp_path, PebbleOptions(alternate_roots=1)) as ca:
        before, url = ca.roots(), ca.directory_url
        ca.restart()
        assert (len(ca.roots()), ca.directory_url) == (2, url)
        assert not set(before) & set(ca.roots())
        assert ca.roots_file.read_text() == "".join(ca.roots())
    assert not find(is_marked(tmp_path))
