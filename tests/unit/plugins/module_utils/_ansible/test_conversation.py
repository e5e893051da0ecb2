# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._ansible import conversation as glue

from tests.unit.scripted_ca import ScriptedCA, reply

from .conftest import private_key

Options = Callable[..., dict[str, Any]]


def keys(**given: Any) -> dict[str, Any]:
    """The options that name a key; those of the new one too."""
    nothing = {"account_key_file": None, "account_key": None, "account_key_passphrase": None}
    return {**nothing, **{f"new_{name}": None for name in nothing}, **given}


@pytest.mark.parametrize("prefix", ["", "new_"])
@pytest.mark.parametrize("passphrase", [None, "secret"])
def test_account_key(tmp_path: Path, prefix: str, passphrase: str | None) -> None:
    """A key is loaded from a file or from text, with its passphrase; a new one in the same way."""
    pem = private_key(passphrase or "")
    (tmp_path / "key.pem").write_bytes(pem)
    given = {f"{prefix}account_key_passphrase": passphrase}
    from_file = glue.account_key(keys(**given, **{f"{prefix}account_key_file": str(tmp_path / "key.pem")}), prefix)
    from_text = glue.account_key(keys(**given, **{f"{prefix}account_key": pem.decode()}), prefix)
    expected = Key.load(pem, passphrase.encode() if passphrase else None).thumbprint()
    assert from_file.thumbprint() == from_text.thumbprint() == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "no account key is given"),
        ({"account_key_file": "/nowhere/key.pem"}, "the account key /nowhere/key.pem cannot be read: No such file"),
        ({"account_key_file": "/"}, "the account key / cannot be read: Is a directory"),
        ({"account_key": "rubbish"}, "the account key is not a private key"),
    ],
)
def test_bad_account_key(given: dict[str, Any], said: str) -> None:
    """A key that cannot be used is the user's to mend, and none of it is quoted."""
    with pytest.raises(AcmeError, match=said) as refused:
        glue.account_key(keys(**given))
    assert refused.value.problem.type == ErrorType.INVALID_INPUT
    assert "rubbish" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ca": "letsencypt"}, "not a CA that is known by name"),
        (
            {"ca_bundle": "/nowhere/ca.pem", "account_key": private_key().decode()},
            "the CA bundle /nowhere/ca.pem cannot be read",
        ),
        ({}, "no account key is given"),
    ],
)
def test_wrong_options(ca: ScriptedCA, options: Options, given: dict[str, Any], said: str) -> None:
    """Options that cannot be used are told before the CA is talked to."""
    with pytest.raises(AcmeError, match=said), glue.conversation(options(**given)):
        pass
    assert ca.requests == []


def test_unsigned(ca: ScriptedCA, options: Options) -> None:
    """What needs no account needs no key, and asks for none."""
    with glue.conversation(options(), signed=False) as client:
        assert client.directory.url == ca.url("/directory")
        with pytest.raises(AcmeError, match="no account key was given"):
            client.key.thumbprint()


def test_options_reach_the_client(ca: ScriptedCA, options: Options) -> None:
    """The account's URL and the deadline are those that were given."""
    given = options(account_key=private_key().decode(), account_uri=ca.url("/account/7"), deadline=5)
    with glue.conversation(given) as client:
        assert client.account_url == ca.url("/account/7")
        assert 4 < client.deadline.remaining() <= 5


@pytest.mark.parametrize(
    ("given", "trusted"),
    [({}, True), ({"ca_bundle": None}, False), ({"ca_bundle": None, "validate_certs": False}, True)],
)
def test_verification(ca: ScriptedCA, options: Options, given: dict[str, Any], trusted: bool) -> None:
    """The CA's server is verified, with the bundle where there is one, unless that was switched off."""
    with glue.conversation({**options(), **given}, signed=False) as client:
        if not trusted:
            with pytest.raises(AcmeError, match="cannot be trusted"):
                client.directory.need("key_change", "try")
        else:
            assert client.directory.url


def test_prepared(ca: ScriptedCA, options: Options) -> None:
    """What was prepared is taken up by the first account that comes, with its own options, and asks nothing twice; but only once."""
    conversations = glue.Conversations()
    conversations.keep = True
    conversations.prepare(options(deadline=60), 3)
    one, other = ({"account_key": private_key().decode(), "deadline": 5} for _number in range(2))
    ca.on("/new-account", *[reply({"status": "valid"})] * 2)
    for given in (one, other):
        with conversations.client(options(**given), True, False) as client:
            assert 4 < client.deadline.remaining() <= 5
            client.post(client.directory.new_account, {}, doing="try", key=client.key)
    asked = Counter(f"{request.method} {request.path}" for request in ca.requests)
    assert asked == {"GET /directory": 2, "HEAD /new-nonce": 4, "POST /new-account": 2}
