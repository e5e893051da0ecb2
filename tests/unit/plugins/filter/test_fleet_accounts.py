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
from ansible_collections.webpki.acme.plugins.filter import fleet_accounts

from tests.unit.fleet import CA

SECRETS = ("account_key", "account_key_passphrase", "external_account_binding")


def account(**given: Any) -> dict[str, Any]:
    """One of what `accounts` returned."""
    digests = {"key": "", "passphrase": "", "binding": "", **given}
    return {"ca": CA, "ca_bundle": "", "key_file": "", **digests}


def test_account_options() -> None:
    """Options without a value are left out, so that the modules' own defaults count."""
    found = account(key_file="/etc/account.pem", deadline=600, concurrency="", contact=["mailto:a@example.com"])
    assert fleet_accounts.account_options(found, {}) == {
        "ca": CA,
        "account_key_file": "/etc/account.pem",
        "deadline": 600,
    }


@pytest.mark.parametrize("option", SECRETS)
@pytest.mark.parametrize(
    ("own", "of_host"),
    [
        ({"{}": "secret"}, {}),
        ({"{}": "other"}, {"{}": "secret"}),
        ({}, {"{}": "secret", "ca": [CA]}),
        ({"{}": "", "ca": [{"ca": CA, "{}": "secret"}]}, {}),
        ({"ca": CA}, {"ca": [{"ca": CA, "{}": "other"}, {"ca": CA, "{}": "secret"}]}),
    ],
)
def test_secrets(option: str, own: dict[str, Any], of_host: dict[str, Any]) -> None:
    """A secret is found again by its digest: in the variables at hand or those of the host, also as a CA has it of its own."""

    def named(variables: dict[str, Any]) -> dict[str, Any]:
        given = {f"acme_{name.format(option)}": value for name, value in variables.items()}
        if isinstance(cas := given.get("acme_ca"), list):
            given["acme_ca"] = [
                {key.format(option): value for key, value in ca.items()} if isinstance(ca, dict) else ca for ca in cas
            ]
        return given

    digest = fleet_accounts.digest("secret")
    assert "secret" not in digest
    found = account(
        host="web1", **{{"account_key": "key", "account_key_passphrase": "passphrase"}.get(option, "binding"): digest}
    )
    hostvars = {"web1": named(of_host)}
    both = {
        **fleet_accounts.account_options(found, named(own), hostvars),
        "external_account_binding": fleet_accounts.account_binding(found, named(own), hostvars),
    }
    assert {name: both.get(name) for name in SECRETS} == {**dict.fromkeys(SECRETS), option: "secret"}


def test_no_secret() -> None:
    """Where there is no secret none is looked for: no variables of a host are asked for."""
    found = account(key_file="/etc/account.pem", host="web1")
    assert "account_key" not in fleet_accounts.account_options(found, {}, {})
    assert fleet_accounts.account_binding(found, {"acme_external_account_binding": "other"}, {}) is None


def test_secret_out_of_sight() -> None:
    """One that is not at hand is told of."""
    found = account(key=fleet_accounts.digest("secret"))
    with pytest.raises(AnsibleFilterError, match="cannot be seen here"):
        fleet_accounts.account_options(found, {"acme_account_key": "other"})


def test_digests_cannot_be_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest of a secret is another one in each run, so that whoever reads it in a log cannot try what has it."""
    here = fleet_accounts.digest("secret")
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    assert len({here, fleet_accounts.digest("secret"), hashlib.sha256(b'"secret"').hexdigest()}) == 3


def test_not_rolled_over() -> None:
    """An account that could not change its key is told, and how to part it from those that have the same file."""

    def result(ca: str, key_file: str, **more: Any) -> dict[str, Any]:
        return {"item": {"ca": ca, "key_file": key_file}, **more}

    changed = result("https://a.example", "/common.pem", account_uri="https://a.example/1")
    assert fleet_accounts.not_rolled_over([changed]) == []
    nowhere = result("https://d.example", "/own.pem", account_uri=None)
    told = fleet_accounts.not_rolled_over(
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
    assert fleet_accounts.not_rolled_over(alike) == ["https://a.example, https://b.example: no key."]
    # Where there is no account there is nothing to change, but it has to be somewhere.
    assert fleet_accounts.not_rolled_over([changed, nowhere]) == []
    (told_once,) = fleet_accounts.not_rolled_over([nowhere])
    assert "has an account by the key in /own.pem" in told_once
