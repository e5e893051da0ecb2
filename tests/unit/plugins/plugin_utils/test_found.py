# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import found

from tests.unit.fleet import due, good


@pytest.mark.parametrize(
    ("codes", "expected"), [((), False), (("lifetime",), True), (("forced", "lifetime"), True), (("forced",), False)]
)
def test_has_reason(codes: tuple[str, ...], expected: bool) -> None:
    """A certificate may be due for any one of the reasons that are asked about."""
    assert found.has_reason({"found": due(code="lifetime")}, *codes) is expected


@pytest.mark.parametrize(
    ("told", "expected"), [(good(), False), (good(unfinished=True), True), (good(differs=True), True), (due(), False)]
)
def test_out_of_place(told: dict[str, Any], expected: bool) -> None:
    """What is there, but not as it should be, needs no CA."""
    assert found.out_of_place({"found": told}) is expected


def test_fingerprint() -> None:
    """Where there is no certificate there is nothing to compare."""
    assert found.fingerprint({"found": good(fingerprint="aa")}) == "aa"
    assert found.fingerprint({"found": due()}) is None
