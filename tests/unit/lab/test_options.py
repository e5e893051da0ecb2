# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.options import PebbleOptions


def test_settings_of_the_caller_do_not_reach_the_ca(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CA behaves as its options say, whatever is in the environment."""
    monkeypatch.setenv("PEBBLE_VA_ALWAYS_VALID", "1")
    monkeypatch.setenv("PEBBLE_WFE_ORDERS_PER_PAGE", "1")
    environment = PebbleOptions(nonce_reject=7).environment()
    assert environment["PEBBLE_VA_ALWAYS_VALID"] == "0"
    assert environment["PEBBLE_WFE_ORDERS_PER_PAGE"] == ""
    assert environment["PEBBLE_WFE_NONCEREJECT"] == "7"


@pytest.mark.parametrize(("keys", "required"), [({}, False), ({"kid": "a2V5"}, True)])
def test_external_accounts_are_required_when_there_are_keys(keys: dict[str, str], required: bool) -> None:
    """One option says both, so that they cannot contradict each other."""
    configuration = PebbleOptions(eab_keys=keys).configuration(Path("/api"), 1, 2)["pebble"]
    assert configuration["externalAccountBindingRequired"] is required
    assert configuration["externalAccountMACKeys"] == keys
