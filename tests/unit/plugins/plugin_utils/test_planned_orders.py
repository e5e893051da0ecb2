# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import planned_orders

from tests.unit.fleet import CA, due, good, listed

OTHER = "https://other.example/directory"
WAIT = {"ca": CA, "until": "2026-07-31T12:00:00Z", "reason": "too many."}


def entry(found: dict[str, Any], host: str = "web1", **own: Any) -> dict[str, Any]:
    """A certificate that a host lists, with what it found of it; there are two CAs for it."""
    return {
        "host": host,
        "certificate": "www",
        "own": listed(**own),
        "found": found,
        "store": "/etc/webpki",
        "accounts": [{"ca": CA}, {"ca": OTHER}],
        "preflight": None,
        "renewal": {},
    }


@pytest.mark.parametrize(("issued_by", "ca"), [(None, CA), (OTHER, OTHER)])
def test_to_install(issued_by: str | None, ca: str) -> None:
    """What is there is installed as from the CA that issued it, with the key of the first host, and with each host's options."""
    entries = [entry(good(issued_by=issued_by), owner="root"), entry(due(), "web2", owner="www")]
    copied = planned_orders.to_install("www", entries)
    assert (copied["ca"], copied["holder"], copied["hosts"]) == (ca, "web1", ["web1", "web2"])
    assert {host: own["owner"] for host, own in copied["own"].items()} == {"web1": "root", "web2": "www"}


@pytest.mark.parametrize(
    ("found", "tried"),
    [
        (due(), [CA, OTHER]),
        (due(put_off_by=[WAIT]), [OTHER]),
        (due(code="forced", put_off_by=[WAIT]), [CA, OTHER]),
    ],
)
def test_to_ask(found: dict[str, Any], tried: list[str]) -> None:
    """The preferred CA is asked first, unless it wants to be left alone and nobody insists."""
    order = planned_orders.to_ask("www on web1", [entry(found)], None)
    assert [order["ca"], *(attempt["ca"] for attempt in order["attempts"])] == tried
