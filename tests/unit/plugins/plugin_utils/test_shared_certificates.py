# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import shared_certificates

from tests.unit.fleet import CA, due, good, listed

OLD, NEW = good(fingerprint="old", not_after="2026-12-01"), good(fingerprint="new")


def entries(*found: dict[str, Any], serial_reload: Any = "100%") -> list[dict[str, Any]]:
    """What hosts found that share a certificate."""
    of_all = {
        "certificate": "www",
        "own": listed(shared=True),
        "store": "/etc/webpki",
        "accounts": [{"ca": CA}],
        "serial_reload": serial_reload,
        "preflight": None,
        "renewal": {},
    }
    return [{"host": f"web{number}", "found": one, **of_all} for number, one in enumerate(found, 1)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([due(), due()], None),
        ([due(), OLD], "web2"),
        ([OLD, NEW], "web2"),
        # Wanted in any case, or old by the measure of a host that has the same one.
        ([due(code="forced"), NEW], None),
        ([due(code="interrupted"), NEW], None),
        ([due(code="lifetime", facts=NEW["facts"]), NEW], None),
        ([due(code="revoked", facts=NEW["facts"]), OLD, NEW], None),
        ([due(code="lifetime", facts=OLD["facts"]), NEW], "web2"),
        ([due(code="names", facts=NEW["facts"]), NEW], "web2"),
    ],
)
def test_source(found: list[dict[str, Any]], expected: str | None) -> None:
    """The good one that lasts longest is for all, unless a host could not use it or wants another one."""
    best = shared_certificates.source(entries(*found))
    assert (best["host"] if best else None) == expected


def test_order() -> None:
    """The key is made on a host where the certificate is due, and it is for all of them."""
    ordered = shared_certificates.order("www", entries(OLD, due()), None)
    assert (ordered["holder"], ordered["hosts"], ordered["csr"]) == ("web2", ["web2", "web1"], "CSR of www")


def test_copy() -> None:
    """A copy goes to those that do not have the same one, whole and in its place; no copy is made for nobody."""
    found = entries(NEW, OLD, due(), {**NEW, "unfinished": True}, dict(NEW))
    copied = shared_certificates.copy("www", found, found[0])
    assert copied is not None
    assert (copied["holder"], copied["hosts"], copied["fullchain"]) == ("web1", ["web2", "web3", "web4"], "chain new")
    assert shared_certificates.copy("www", entries(NEW, dict(NEW)), found[0]) is None


@pytest.mark.parametrize(("serial_reload", "at_once"), [("100%", []), (3, []), (2, []), (1, [1]), ("34%", [1])])
def test_at_once(serial_reload: Any, at_once: list[int]) -> None:
    """There are turns where more hosts lack it than may reload at a time, which is a share of all that have it."""
    found = entries(NEW, due(), due(), serial_reload=serial_reload)
    copied = shared_certificates.copy("www", found, found[0])
    assert copied is not None and copied["at_once"] == at_once
