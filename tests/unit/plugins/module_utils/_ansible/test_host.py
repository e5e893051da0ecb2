# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file modes that users write."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible import host
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError


@pytest.mark.parametrize(
    ("written", "bits"),
    [
        ("0640", 0o640),
        ("640", 0o640),
        ("0o640", 0o640),
        (0o640, 0o640),
        ("u=rw,g=r", 0o640),
        ("g+r", 0o640),
        ("0000", 0),
        (None, 0o600),
    ],
)
def test_modes(written: Any, bits: int) -> None:
    """A mode is an octal number, quoted or not, or symbols that start from 0600."""
    assert host.mode(written) == bits


@pytest.mark.parametrize("written", [640, "4755", "rw", "u=rw,x", [], -1])
def test_refused_modes(written: Any) -> None:
    """What is no mode, or a number that YAML took as decimal, is refused with advice to quote it."""
    with pytest.raises(StoreError) as caught:
        host.mode(written)
    assert "quotes" in caught.value.hint
