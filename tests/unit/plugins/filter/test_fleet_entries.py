# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.errors import AnsibleFilterError
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


def test_secrets() -> None:
    """A secret is found again by its digest, an empty one is none, and one that is not at hand is told of."""
    wanted = fleet_entries.digest("secret")
    assert "secret" not in wanted
    assert fleet_entries.known_by(["", "other", "secret"], wanted) == "secret"
    assert fleet_entries.known_by(["secret"], fleet_entries.digest("")) is None
    with pytest.raises(AnsibleFilterError, match="cannot be seen here"):
        fleet_entries.known_by(["other"], wanted)


def test_digests_cannot_be_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest of a secret is another one in each run, so that whoever reads it in a log cannot try what has it."""
    here = fleet_entries.digest("secret")
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    assert len({here, fleet_entries.digest("secret"), hashlib.sha256(b'"secret"').hexdigest()}) == 3


def test_not_rolled_over() -> None:
    """An account that could not change its key is told, and how to part it from those that have the same file."""

    def result(ca: str, key_file: str, **more: Any) -> dict[str, Any]:
        return {"item": {"ca": ca, "key_file": key_file}, **more}

    changed = result("https://a.example", "/common.pem", account_uri="https://a.example/1")
    assert fleet_entries.not_rolled_over([changed]) == []
    nowhere = result("https://d.example", "/own.pem", account_uri=None)
    told = fleet_entries.not_rolled_over(
        [
            changed,
            changed,
            nowhere,
            result("https://b.example", "/common.pem", msg="no."),
            result("https://c.example", "/own.pem", msg="no."),
        ]
    )
    assert told[0].startswith("https://b.example: no. Accounts at other CAs have the key in /common.pem too")
    assert told[1:] == ["https://c.example: no."]
    # What keeps all of them from it is told once, and nothing is to be parted.
    alike = [result(f"https://{name}.example", "/common.pem", msg="no key.") for name in "ab"]
    assert fleet_entries.not_rolled_over(alike) == ["https://a.example, https://b.example: no key."]
    # Where there is no account there is nothing to change, but it has to be somewhere.
    assert fleet_entries.not_rolled_over([changed, nowhere]) == []
    (told_once,) = fleet_entries.not_rolled_over([nowhere])
    assert "has an account by the key in /own.pem" in told_once
