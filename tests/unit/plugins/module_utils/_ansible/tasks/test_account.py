# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.account import ACCOUNT, ACCOUNT_INFO

from tests.unit.scripted_ca import Reply, Request, ScriptedCA, problem, reply

from ..conftest import Runner, private_key

A, B = "mailto:a@example.org", "mailto:b@example.org"


class Contacts:
    """A CA with one account, and how it deals with contacts.

    stored: whether it keeps what it is told; shown: whether it shows what it keeps, also when that is nothing.
    """

    def __init__(self, ca: ScriptedCA, contact: Sequence[str], stored: bool = True, shown: bool = True) -> None:
        self.ca = ca
        self.contact = list(contact)
        self.stored = stored
        self.shown = shown
        ca.on("/new-account", self.answer)
        ca.on("/account/1", self.answer)

    def answer(self, request: Request) -> Reply:
        if self.stored and "contact" in (request.payload or {}):
            self.contact = request.payload["contact"]
        document = {"status": "valid", **({"contact": self.contact} if self.shown else {})}
        return reply(document, Location=self.ca.url("/account/1"))

    @property
    def updates(self) -> int:
        """How often it was asked to change the contacts."""
        return len(self.ca.asked("/account/1"))


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("before", "wanted", "changed"),
    [
        ([A], [A], False),
        ([A, B], [B, A], False),
        ([A], None, False),
        ([A], [B], True),
        ([], [A], True),
        ([A], [], True),
        ([], [], False),
    ],
)
def test_contacts(
    ca: ScriptedCA, run: Runner, check_mode: bool, before: list[str], wanted: list[str] | None, changed: bool
) -> None:
    """A CA that stores contacts and shows them is asked to change them only where they differ."""
    contacts = Contacts(ca, before)
    result = run(ACCOUNT, check_mode, contact=wanted)
    after = before if wanted is None or not changed else wanted
    assert (result["changed"], result["account"]["contact"]) == (changed, after)
    assert contacts.contact == (before if check_mode else after)
    assert contacts.updates == (1 if changed and not check_mode else 0)
    assert result["diff"]["after"]["contact"] == after
    assert run.warnings == []


@pytest.mark.parametrize("shown", [False, True])
def test_contacts_are_not_stored(ca: ScriptedCA, run: Runner, shown: bool) -> None:
    """A CA that stores no contacts is no reason for a change, however often it is asked to take some."""
    Contacts(ca, [], stored=False, shown=shown)
    for _time in range(2):
        result = run(ACCOUNT, contact=[A])
        assert result["changed"] is False
        assert result["diff"]["before"] == result["diff"]["after"]
    # One that says that there are none was told, and there still are none.
    assert bool(run.warnings) is shown


def test_contacts_are_sent_all_the_same(ca: ScriptedCA, run: Runner) -> None:
    """A CA that tells no contacts while it has none is sent some where that is asked for; check mode expects that it stores them."""
    contacts = Contacts(ca, [], shown=False)
    assert run(ACCOUNT, check_mode=True, contact=[A], always_send_contact=True)["changed"] is True
    run(ACCOUNT, contact=[A], always_send_contact=True)
    assert (contacts.contact, contacts.updates) == ([A], 1)


def test_contacts_are_not_shown(ca: ScriptedCA, run: Runner) -> None:
    """A CA that tells no contacts most probably stores none, so it is not asked to change them, in check mode or not."""
    contacts = Contacts(ca, [], shown=False)
    for check_mode in (True, False):
        assert run(ACCOUNT, check_mode, contact=[A])["changed"] is False
    assert contacts.updates == 0
    assert run.warnings == []


def test_null_contacts(ca: ScriptedCA, run: Runner) -> None:
    """What some CAs write for an empty list is one: an account that had no contacts gets some."""

    def answer(request: Request) -> Reply:
        contact = (request.payload or {}).get("contact")
        return reply({"status": "valid", "contact": contact}, Location=ca.url("/account/1"))

    ca.on("/new-account", answer)
    ca.on("/account/1", answer)
    assert run(ACCOUNT, contact=[A])["changed"] is True


def registered(ca: ScriptedCA, **members: Any) -> Reply:
    """The CA's reply with an account."""
    return reply({"status": "valid", **members}, Location=ca.url("/account/1"))


UNKNOWN = problem("accountDoesNotExist")
DEACTIVATED = problem("unauthorized", 403, "account is deactivated")


def test_registered_once(ca: ScriptedCA, run: Runner) -> None:
    """An account is looked up first, and made with all that was given only when there is none."""
    ca.on("/new-account", UNKNOWN, registered(ca, contact=[A]))
    result = run(ACCOUNT, contact=[A], terms_agreed=True, external_account_binding={"kid": "1", "key": "c2VjcmV0"})
    look, make = ca.asked("/new-account")
    assert look.payload == {"onlyReturnExisting": True}
    assert set(make.payload) == {"contact", "termsOfServiceAgreed", "externalAccountBinding"}
    assert (result["changed"], result["account_uri"]) == (True, ca.url("/account/1"))


def test_key_without_account_in_check_mode(ca: ScriptedCA, run: Runner) -> None:
    """In check mode an account that would be made is shown without a URL, and is not made."""
    ca.on("/new-account", UNKNOWN)
    result = run(ACCOUNT, check_mode=True, contact=[A])
    assert (result["changed"], result["account_uri"], result["account"]["contact"]) == (True, None, [A])
    assert [request.payload for request in ca.asked("/new-account")] == [{"onlyReturnExisting": True}]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("answer", [DEACTIVATED, None])
def test_deactivated(ca: ScriptedCA, run: Runner, check_mode: bool, answer: Reply | None) -> None:
    """An account that was given up stays so, whether the CA says its status or refuses to speak about it."""
    ca.on("/new-account", answer or registered(ca, status="deactivated"))
    assert run(ACCOUNT, check_mode, state="absent")["changed"] is False
    with pytest.raises(AcmeError, match="the account is deactivated .*use another account key") as refused:
        run(ACCOUNT, check_mode, contact=[A])
    assert refused.value.problem.type == ErrorType.UNAUTHORIZED
    info = run(ACCOUNT_INFO)
    assert (info["exists"], info["account"]["status"]) == (True, "deactivated")


def test_no_account(ca: ScriptedCA, run: Runner) -> None:
    """A key that the CA does not know has no account, and so there is none to give up."""
    ca.on("/new-account", UNKNOWN)
    assert run(ACCOUNT_INFO) == {"changed": False, "exists": False, "account_uri": None, "account": None}
    assert run(ACCOUNT, state="absent")["changed"] is False


def test_other_refusals(ca: ScriptedCA, run: Runner) -> None:
    """Any other refusal is an error, not an account that is gone."""
    ca.on("/new-account", problem("rateLimited", 429, Retry_After="3600"))
    for given in ({"state": "absent"}, {}):
        with pytest.raises(AcmeError, match="rateLimited"):
            run(ACCOUNT, **given)


class KeyChange:
    """A CA whose one account belongs to one key at a time."""

    def __init__(self, ca: ScriptedCA, owner: Key) -> None:
        self.ca = ca
        self.owner: Any = owner.public_jwk()
        ca.on("/new-account", self.look)
        ca.on("/key-change", self.change)

    def look(self, request: Request) -> Reply:
        return registered(self.ca) if request.protected["jwk"] == self.owner else UNKNOWN

    def change(self, request: Request) -> Reply:
        self.owner = None
        return reply({})


def test_rollover_that_was_interrupted(ca: ScriptedCA, run: Runner, tmp_path: Path) -> None:
    """A run after one that was cut short takes the new key that is there, whether the CA had changed to it or not."""
    new = tmp_path / "new.pem"
    new.write_bytes(private_key())
    before = new.read_bytes()

    account = KeyChange(ca, run.key)
    assert run(ACCOUNT, new_account_key_file=str(new))["changed"] is True
    assert len(ca.asked("/key-change")) == 1

    account.owner = Key.load(before).public_jwk()
    assert run(ACCOUNT, new_account_key_file=str(new))["changed"] is False
    assert len(ca.asked("/key-change")) == 1
    assert new.read_bytes() == before


def test_no_key_is_made_in_vain(ca: ScriptedCA, run: Runner, tmp_path: Path) -> None:
    """A new key is not made in check mode, nor for an account that is not there."""
    new = tmp_path / "new.pem"
    account = KeyChange(ca, run.key)
    assert run(ACCOUNT, check_mode=True, new_account_key_file=str(new))["changed"] is True
    account.owner = None
    with pytest.raises(AcmeError, match="neither the old nor the new key has an account"):
        run(ACCOUNT, new_account_key_file=str(new))
    assert not new.exists()


def test_key_in_an_impossible_place(ca: ScriptedCA, run: Runner) -> None:
    """A key that cannot be made says so before the CA is talked to."""
    with pytest.raises(AcmeError, match="could not make the account key"):
        run(ACCOUNT, account_key_file="/proc/nowhere/account.pem")
    assert ca.requests == []
