# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_entries

from tests.unit.fleet import CA, listed


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"identifiers": "www.example.com"}, {"identifiers": ["www.example.com"]}),
        ({"identifiers": ["B\u00fccher.example"]}, {"identifiers": ["xn--bcher-kva.example"]}),
        ({"identifiers": ["2001:DB8:0::1"]}, {"identifiers": ["2001:db8::1"]}),
        ({"identifiers": ["no/name"]}, {"identifiers": ["no/name"]}),
        ({"identifiers": [None]}, {"identifiers": [""]}),
        ({"reload": "nginx"}, {"reload": ["nginx"]}),
        ({"shared": "no"}, {"shared": False}),
        ({"key_reuse": "yes"}, {"key_reuse": True}),
        ({"roll_back_unserved": "yes"}, {"roll_back_unserved": True}),
        ({"profile": None}, {}),
        ({"profile": "short"}, {"profile": ["short"]}),
        ({"profile": ["short", "long"]}, {"profile": ["short", "long"]}),
        ({"preferred_chain_fallback": "yes"}, {"preferred_chain_fallback": True}),
        ({"webroot": "/srv"}, {"webroot": "/srv"}),
    ],
)
def test_entries(written: dict[str, Any], expected: dict[str, Any]) -> None:
    """Values have their types, names the form that certificates have; a mistake is left to the module that tells it."""
    assert fleet_entries.entries([written]) == [expected]


@pytest.mark.parametrize(
    ("ca", "expected"),
    [
        ("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory"),
        ("https://ca.example.com/dir", "https://ca.example.com/dir"),
        ("letsdecrypt", "letsdecrypt"),
    ],
)
def test_ca_by_its_url(ca: str, expected: str) -> None:
    """However a CA is written, it is the same one; one that is unknown is left to the task that tells it."""
    assert fleet_entries.requests([listed()], [], ca)[0]["ca"] == [expected]


def test_force_is_a_list_of_names() -> None:
    """A single name may stand for a list, and does not force what is only a part of it."""
    assert [one["force"] for one in fleet_entries.requests([listed("www"), listed("www2")], "www2", CA)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (listed(mode="0640", reload=["nginx"]), {"force": False, "mode": "0640"}),
        (listed("api"), {"force": True}),
        (listed(key_type="rsa-2048", key_reuse=True, profile=["short"]), {"key_reuse": True, "profile": ["short"]}),
        (listed(), {"force": False}),
    ],
)
def test_requests(entry: dict[str, Any], expected: dict[str, Any]) -> None:
    """certificate_request gets the options that it knows, no empty ones, and whether the name is to be forced."""
    (request,) = fleet_entries.requests([entry], ["api"], CA)
    assert (
        request.items() >= {"name": entry["name"], "identifiers": entry["identifiers"], "ca": [CA], **expected}.items()
    )
    assert "reload" not in request
    assert None not in request.values()


def test_placeholders() -> None:
    """A placeholder is for the same names, and its files have the owner, mode and links of the certificate to come."""
    entry = listed(group="ssl-cert", mode="0640", links={"privkey": "/etc/ssl/www.key"}, reload=["nginx"], owner=None)
    assert fleet_entries.placeholders([entry]) == [
        {
            "name": "www",
            "identifiers": ["www.example.com"],
            "group": "ssl-cert",
            "mode": "0640",
            "links": {"privkey": "/etc/ssl/www.key"},
        }
    ]
