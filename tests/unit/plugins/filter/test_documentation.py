# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from ansible_collections.webpki.acme.plugins.filter import (
    fleet_accounts,
    fleet_dns,
    fleet_entries,
    fleet_failures,
    fleet_installation,
    fleet_plan,
    fleet_preflight,
    fleet_renewal,
    fleet_replaced,
    fleet_results,
    fleet_revocation,
    fleet_revoked,
    fleet_rollout,
    fleet_rounds,
    fleet_words,
)

FILTERS = {
    name: function
    for file in (
        fleet_accounts,
        fleet_dns,
        fleet_entries,
        fleet_failures,
        fleet_installation,
        fleet_plan,
        fleet_preflight,
        fleet_renewal,
        fleet_replaced,
        fleet_results,
        fleet_revocation,
        fleet_revoked,
        fleet_rollout,
        fleet_rounds,
        fleet_words,
    )
    for name, function in file.FilterModule().filters().items()
}
PAGES = {page.stem: page for page in Path(fleet_plan.__file__).parent.glob("*.yml")}


def test_each_filter_has_a_page() -> None:
    """Every filter has a page of documentation, and every page its filter."""
    assert sorted(PAGES) == sorted(FILTERS)


@pytest.mark.parametrize(("name", "function"), FILTERS.items())
def test_page(name: str, function: Callable[..., Any]) -> None:
    """A page names what the filter takes, in the filter's own sequence, and shows its use."""
    page = yaml.safe_load(PAGES[name].read_text())
    taken = list(inspect.signature(function).parameters)[1:]
    documented = page["DOCUMENTATION"]
    assert documented["name"] == name
    assert [word for word in documented.get("positional", "").split(", ") if word] == taken
    assert list(documented["options"]) == ["_input", *taken]
    assert f"webpki.acme.{name}" in page["EXAMPLES"]
    assert yaml.safe_load(page["EXAMPLES"])
