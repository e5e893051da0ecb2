# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.webpki.acme.plugins.plugin_utils import ca_list

STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"
ZEROSSL = "https://acme.zerossl.com/v2/DV90"
COMMON = {"key_file": "/keys/account.pem", "key": "", "binding": "BINDING", "contact": ["mailto:a@example.com"]}


def digest(secret: Any) -> str:
    return f"digest of {secret}" if secret else ""


def accounts(acme_ca: Any) -> list[dict[str, Any]]:
    """The account at each CA, as the plan knows them."""
    return ca_list.accounts_of({**COMMON, "ca": ca_list.own_settings(acme_ca, digest)})


@pytest.mark.parametrize(
    ("written", "urls"),
    [
        ("letsencrypt_staging", [STAGING]),
        (STAGING, [STAGING]),
        (["zerossl", "letsencrypt_staging"], [ZEROSSL, STAGING]),
        ([{"ca": "zerossl"}, STAGING], [ZEROSSL, STAGING]),
        ({"ca": "zerossl"}, [ZEROSSL]),
        (["letsencrypt_staging", {"ca": STAGING, "account_key_file": "/keys/other.pem"}], [STAGING]),
        # It is left to the task that tells it.
        ("letsdecrypt", ["letsdecrypt"]),
    ],
)
def test_urls(written: Any, urls: list[str]) -> None:
    """However CAs are written, they are known by their URLs, in order of preference and each once."""
    assert ca_list.urls(written) == urls


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "empty list"),
        ("", "Entry 1 of acme_ca names no CA"),
        (["letsencrypt", None], "Entry 2 of acme_ca names no CA"),
        ([{"account_key_file": "/a.pem"}], "Entry 1 of acme_ca names no CA"),
        (
            ["letsencrypt", {"ca": "zerossl", "eab": {"key": "secret"}}],
            "Entry 2 of acme_ca has 'eab', which is none of",
        ),
    ],
)
def test_no_ca(written: Any, said: str) -> None:
    """What is no CA, or no setting of one, is refused; the message quotes no values."""
    with pytest.raises(AnsibleFilterError) as told:
        ca_list.urls(written)
    assert said in str(told.value)
    assert "secret" not in str(told.value)


def test_common_settings() -> None:
    """One CA has the settings that the role's variables say."""
    assert accounts("zerossl") == [{**COMMON, "ca": ZEROSSL}]


def test_own_settings() -> None:
    """What an entry says takes the place of what the role's variables say; secrets are known by their digests."""
    own = {
        "ca": "zerossl",
        "ca_bundle": "/b.pem",
        "account_key_file": "/keys/zerossl.pem",
        "account_key_passphrase": "phrase",
        "account_contact": "mailto:z@example.com",
        "external_account_binding": {"kid": "1"},
        "terms_agreed": "yes",
    }
    first, second = accounts(["letsencrypt_staging", own])
    assert first == {**COMMON, "ca": STAGING, "binding": ""}
    assert second == {
        "ca": ZEROSSL,
        "ca_bundle": "/b.pem",
        "key_file": "/keys/zerossl.pem",
        "key": "",
        "passphrase": "digest of phrase",
        "contact": ["mailto:z@example.com"],
        "binding": digest({"kid": "1"}),
        "terms_agreed": True,
    }


def test_key_of_its_own() -> None:
    """A key of its own as text wins over any file, and a file of its own over a text for all."""
    (text,) = accounts([{"ca": "zerossl", "account_key": "PEM"}])
    assert (text["key_file"], text["key"]) == ("", "digest of PEM")
    (file,) = ca_list.accounts_of(
        {
            **COMMON,
            "key_file": "",
            "key": "digest",
            "ca": ca_list.own_settings([{"ca": "a", "account_key_file": "/k"}], digest),
        }
    )
    assert (file["key_file"], file["key"]) == ("/k", "")


def test_binding_of_another() -> None:
    """The binding for all is not shown to several CAs, as it is one CA's."""
    assert [one["binding"] for one in accounts(["zerossl"])] == ["BINDING"]
    assert [one["binding"] for one in accounts(["zerossl", "letsencrypt_staging"])] == ["", ""]


def test_secrets() -> None:
    """The secrets of entries are found by the name of their option; a single CA has none of its own."""
    listed = ["letsencrypt", {"ca": "zerossl", "account_key": "one"}, {"ca": "google", "account_key": "two"}]
    assert ca_list.secrets(listed, "account_key") == ["one", "two"]
    assert ca_list.secrets(listed, "external_account_binding") == []
    assert ca_list.secrets("letsencrypt", "account_key") == []
    assert ca_list.secrets("", "account_key") == []
