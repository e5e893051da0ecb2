# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.play import Play
from tests.lab.fixtures import PebbleFactory

SHOW_KEY = """
- name: account
  webpki.acme.account: {terms_agreed: true}

- name: show
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', here ~ '/account.pem') }}"
"""


@pytest.mark.lab
def test_leak_is_found(pebble: PebbleFactory, tmp_path: Path) -> None:
    """A key on the screen fails the test that put it there."""
    with pytest.raises(AssertionError, match="on the screen"):
        Play(tmp_path, pebble(), SHOW_KEY)
