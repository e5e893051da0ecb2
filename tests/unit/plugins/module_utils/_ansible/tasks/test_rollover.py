# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.account import ACCOUNT, ACCOUNT_INFO

from tests.unit.scripted_ca import Reply, Request, ScriptedCA, problem, reply

from ..conftest import Runner, completed, private_key


class KeyChange:
    """A CA whose one account belongs to one key at a time; a new key is asked for by one that lies in a file already."""

    def __init__(self, ca: ScriptedCA, run: Runner) -> None:
        self.ca = ca
        self.new = Path(f"{run.key_file}.new")
        self.owner: Any = run.key.public_jwk()
        self.registered: list[Any] = []
        ca.on("/new-account", self.look)
        ca.on("/key-change", self.change)
        ca.on("/account/1", reply({"status": "valid"}))

    def look(self, request: Request) -> Reply:
        if request.protected["jwk"] == self.owner:
            return reply({"status": "valid"}, Location=self.ca.url("/account/1"))
        if "onlyReturnExisting" in request.payload:
            return problem("accountDoesNotExist")
        self.registered.append(request.protected["jwk"])
        return reply({"status": "valid"}, 201, Location=self.ca.url("/account/2"))

    def change(self, request: Request) -> Reply:
        inner = request.payload["protected"]
        owner = json.loads(base64.urlsafe_b64decode(inner + "=" * (-len(inner) % 4)))["jwk"]
        if Key.load(self.new.read_bytes()).public_jwk() != owner:
            return problem("malformed", detail="the new key is not in its file")
        self.owner = owner
        self.ca.accounts[self.ca.url("/account/1")] = owner
        return reply({})


@pytest.fixture
def account(ca: ScriptedCA, run: Runner) -> KeyChange:
    return KeyChange(ca, run)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_finish(account: KeyChange, run: Runner) -> None:
    """The new key is in a file of its own before the CA is asked, and then takes the place of the old one."""
    old = run.key.thumbprint()
    run.key_file.chmod(0o640)
    result = run(ACCOUNT, rollover="finish")
    assert (result["changed"], result["account_uri"]) == (True, run.ca.url("/account/1"))
    assert run.key.public_jwk() == account.owner
    assert (result["diff"]["before"]["key"], result["diff"]["after"]["key"]) == (old, run.key.thumbprint())
    # Who may read it was somebody's decision.
    assert mode(run.key_file) == 0o640
    assert not account.new.exists()


def test_begin(account: KeyChange, run: Runner) -> None:
    """What is only begun leaves the old key's file alone, as another CA may not know the new key yet; the next call finishes."""
    before = run.key_file.read_bytes()
    run.key_file.chmod(0o644)
    assert run(ACCOUNT, rollover="begin")["changed"] is True
    assert run.key_file.read_bytes() == before
    assert mode(account.new) == 0o600
    assert run(ACCOUNT, rollover="begin")["changed"] is False
    new = account.new.read_bytes()
    assert run(ACCOUNT, rollover="finish")["changed"] is True
    assert (run.key_file.read_bytes(), account.new.exists()) == (new, False)
    assert len(account.ca.asked("/key-change")) == 1


def test_check_mode(account: KeyChange, run: Runner) -> None:
    """In check mode a new key is told of, and nothing is made, neither in files nor at the CA."""
    result = run(ACCOUNT, check_mode=True, rollover="finish")
    assert (result["changed"], result["diff"]["after"]["key"]) == (True, "a new one")
    assert not account.new.exists()
    assert account.ca.asked("/key-change") == []
    run(ACCOUNT, rollover="begin")
    before = run.key_file.read_bytes()
    assert run(ACCOUNT, check_mode=True, rollover="finish")["changed"] is True
    assert run.key_file.read_bytes() == before


def test_refused(ca: ScriptedCA, account: KeyChange, run: Runner) -> None:
    """Where the CA refuses, or loses the account, the old key keeps its file, and the new one stays beside it."""
    before = run.key_file.read_bytes()
    ca.on("/key-change", problem("serverInternal", 501, "not implemented"))
    with pytest.raises(AcmeError, match="Some CAs cannot change keys"):
        run(ACCOUNT, rollover="finish")
    ca.on("/key-change", reply({}))
    with pytest.raises(AcmeError, match="finds no account by the new one.*Both key files are kept"):
        run(ACCOUNT, rollover="finish")
    assert run.key_file.read_bytes() == before
    assert account.new.exists()


def test_cut_short(account: KeyChange, run: Runner) -> None:
    """After a change that was cut short the account is used with the key beside the old one, and it is said what is to be done."""
    run(ACCOUNT, rollover="begin")
    result = run(ACCOUNT, terms_agreed=True)
    assert (result["changed"], result["account_uri"]) == (False, run.ca.url("/account/1"))
    (told,) = run.warnings
    assert f"The key in {account.new} is used" in told
    assert "run the playbook webpki.acme.rollover" in told
    assert account.registered == []
    # So it is with all that uses accounts, also with what knows the account's URL beforehand.
    assert run(ACCOUNT_INFO)["exists"] is True
    assert run(ACCOUNT_INFO, account_uri=run.ca.url("/account/1"))["exists"] is True
    run(ACCOUNT, rollover="finish")
    assert run(ACCOUNT, terms_agreed=True)["changed"] is False
    assert run.warnings == []


def test_not_yet_told(account: KeyChange, run: Runner) -> None:
    """As long as the CA knows the old key, that one is used, whatever lies beside it."""
    account.new.write_bytes(private_key())
    assert run(ACCOUNT_INFO)["exists"] is True
    assert (run(ACCOUNT, terms_agreed=True)["changed"], run.warnings) == (False, [])


def test_deactivated(ca: ScriptedCA, account: KeyChange, run: Runner) -> None:
    """With a new key beside it too, a deactivated account is told as what it is."""
    account.new.write_bytes(private_key())
    ca.on("/new-account", problem("unauthorized", 401))
    with pytest.raises(AcmeError, match="the account is deactivated"):
        run(ACCOUNT, terms_agreed=True)


def test_no_key_change(ca: ScriptedCA, account: KeyChange, run: Runner) -> None:
    """Of a CA that cannot change keys it is told in check mode already, and no new key is made for it."""
    ca.on("/directory", reply({name: url for name, url in ca.directory().items() if name != "keyChange"}))
    for check_mode in (True, False):
        with pytest.raises(AcmeError, match="the CA offers no key_change"):
            run(ACCOUNT, check_mode=check_mode, rollover="begin")
    assert not account.new.exists()


@pytest.mark.parametrize("key", [True, False])
def test_no_account(account: KeyChange, run: Runner, key: bool) -> None:
    """Where there is no account, and perhaps not even a key, there is nothing to begin with, and nothing to finish."""
    account.owner = None
    if not key:
        run.key_file.unlink()
    for check_mode in (True, False):
        result = run(ACCOUNT, check_mode=check_mode, rollover="begin")
        assert (result["changed"], result["account_uri"]) == (False, None)
    assert not account.new.exists()
    with pytest.raises(AcmeError, match="Register one of them first" if key else "cannot be read"):
        run(ACCOUNT, rollover="finish")


@pytest.mark.parametrize("content", [b"notes of somebody", private_key()])
def test_another_file(account: KeyChange, run: Runner, content: bytes) -> None:
    """A file beside the key that the CA knows nothing of keeps nobody from registering."""
    account.owner = None
    account.new.write_bytes(content)
    run(ACCOUNT, terms_agreed=True)
    assert account.registered == [run.key.public_jwk()]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("known", "hint"),
    [
        (True, "The account still has the key in {old}: move the file away, and run it again"),
        (False, "The CA does not know the key in {old}, so it may know one that was in this file: bring that back"),
    ],
)
def test_no_key(account: KeyChange, run: Runner, check_mode: bool, known: bool, hint: str) -> None:
    """Something else in the place of the new key is told with its file and what to do, and is left there as it is."""
    if not known:
        account.owner = None
    account.new.write_bytes(b"notes of somebody")
    with pytest.raises(AcmeError) as caught:
        run(ACCOUNT, check_mode=check_mode, rollover="begin")
    text = str(caught.value)
    assert text.startswith(
        f"could not change the key of the account: the account key {account.new} is not a private key"
    )
    assert hint.format(old=run.key_file) in text
    assert account.new.read_bytes() == b"notes of somebody"


def test_link(account: KeyChange, run: Runner, tmp_path: Path) -> None:
    """A link to the key file stays one, and the new key is written where it leads."""
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "account.pem"
    link.symlink_to(run.key_file)
    run(ACCOUNT, account_key_file=str(link), rollover="finish")
    assert link.is_symlink()
    assert run.key.public_jwk() == account.owner
    assert [path.name for path in link.parent.iterdir()] == ["account.pem"]


def test_encrypted(account: KeyChange, run: Runner) -> None:
    """An encrypted key is not replaced by one that is not: the new one is to be made by its owner, with the same passphrase."""
    run.key_file.write_bytes(private_key("phrase"))
    account.owner = Key.load(run.key_file.read_bytes(), b"phrase").public_jwk()
    account.ca.accounts[account.ca.url("/account/1")] = account.owner
    with pytest.raises(AcmeError, match=r"Make the new key at .*account\.pem\.new with OpenSSL"):
        run(ACCOUNT, account_key_passphrase="phrase", rollover="finish")
    account.new.write_bytes(private_key())
    assert run(ACCOUNT, account_key_passphrase="phrase", rollover="finish")["changed"] is True


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"new_account_key_file": "/new.pem"}, "both rollover and a new account key are given"),
        ({"account_key_file": "/nowhere/account.pem"}, "cannot"),
    ],
)
def test_not_possible(ca: ScriptedCA, run: Runner, given: dict[str, Any], said: str) -> None:
    """A key that has no file to be replaced says so before the CA is asked."""
    with pytest.raises(AcmeError, match=said):
        run(ACCOUNT, rollover="finish", **given)
    assert ca.requests == []


def test_text(ca: ScriptedCA) -> None:
    """A key that was given as text has no place that could be written to, and it is said what to do instead."""
    given = {"ca": ca.url("/directory"), "account_key": private_key().decode(), "rollover": "finish"}
    with pytest.raises(AcmeError, match=r"given as text cannot be replaced.*Give a new key as new_account_key_file"):
        ACCOUNT.run(completed(ACCOUNT, given), False, print)
    assert ca.requests == []
