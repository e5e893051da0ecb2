# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts at a scripted CA."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import account
from ansible_collections.webpki.acme.plugins.module_utils._acme.account import Account, ExternalAccountBinding
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import MAX_REPEATS, Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import (
    AccountDoesNotExist,
    AcmeError,
    ConnectionLost,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key, b64
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Response
from hypothesis import given

from tests.unit import jose
from tests.unit.scripted_ca import Answer, Fault, Reply, ScriptedCA, fault, problem, reply
from tests.unit.strategies import json_objects

CONTACT = ["mailto:admin@example.org"]
UNKNOWN = problem("accountDoesNotExist")
LOST = fault(Fault.RESET)


def found(ca: ScriptedCA, status: int = 200, **members: Any) -> Reply:
    """Return the CA's reply with the account."""
    return reply({"status": "valid", **members}, status, Location=ca.url("/account/1"))


@pytest.fixture
def stranger(sign_in: Callable[..., Client]) -> Client:
    """A client that does not know its account's URL."""
    return sign_in(account_url=None)


def made(ca: ScriptedCA, number: int = 0) -> Any:
    """Return the payload of a newAccount request."""
    return ca.asked("/new-account")[number].payload


# Reading


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"status": "valid", "contact": CONTACT, "orders": "https://ca.example/o", "termsOfServiceAgreed": True},
            Account("u", "valid", ("mailto:admin@example.org",), "https://ca.example/o", True),
        ),
        ({"status": "valid", "contact": []}, Account("u", "valid", (), None, None)),
        ({"key": {}, "createdAt": "2026"}, Account("u", "valid", None, None, None)),
        (
            {"status": "odd", "contact": "x", "orders": 1, "termsOfServiceAgreed": "yes"},
            Account("u", "odd", None, None, None),
        ),
        ({"contact": [1, None]}, Account("u", "valid", ("1", "None"), None, None)),
    ],
)
def test_from_response(document: dict[str, Any], expected: Account) -> None:
    """A CA may keep contacts and orders to itself, which is not the same as having none."""
    body = json.dumps(document).encode()
    assert Account.from_response("u", Response("https://ca.example/", 200, {}, body), "try") == expected


@given(json_objects)
def test_any_json(document: dict[str, Any]) -> None:
    """Whatever JSON object a CA sends as an account, it is one."""
    response = Response("https://ca.example/", 200, {}, json.dumps(document).encode())
    assert isinstance(Account.from_response("u", response, "try").status, str)


# Looking up


def test_find(ca: ScriptedCA, stranger: Client, key: Key) -> None:
    """An account is found by its key, which is sent along, without making one; the client knows its URL from then on."""
    ca.on("/new-account", found(ca, contact=CONTACT))
    assert account.find(stranger) == Account(ca.url("/account/1"), "valid", tuple(CONTACT), None, None)
    assert stranger.account_url == ca.url("/account/1")
    assert (made(ca), ca.asked("/new-account")[0].protected["jwk"]) == ({"onlyReturnExisting": True}, key.public_jwk())


def test_find_none(ca: ScriptedCA, stranger: Client) -> None:
    """A key that the CA does not know has no account; any other refusal is an error."""
    ca.on("/new-account", UNKNOWN, problem("unauthorized", 401, "account deactivated"))
    assert account.find(stranger) is None
    with pytest.raises(AcmeError, match="could not look up the account.*account deactivated"):
        account.find(stranger)


def test_no_location(ca: ScriptedCA, stranger: Client) -> None:
    """An account without a URL cannot be used."""
    ca.on("/new-account", reply({"status": "valid"}))
    with pytest.raises(AcmeError, match="no Location header"):
        account.find(stranger)


def test_sign_in(ca: ScriptedCA, stranger: Client, client: Client) -> None:
    """Signing in looks the account up where its URL is not known, and costs nothing where it is."""
    assert account.sign_in(client) is None
    assert ca.requests == []
    ca.on("/new-account", found(ca), UNKNOWN)
    assert account.sign_in(stranger) is not None
    assert account.sign_in(stranger) is None
    assert [request.payload for request in ca.asked("/new-account")] == [{"onlyReturnExisting": True}]


def test_sign_in_without_account(ca: ScriptedCA, stranger: Client) -> None:
    """Signing in with a key that has no account says how to get one."""
    ca.on("/new-account", UNKNOWN)
    with pytest.raises(AccountDoesNotExist, match=r"webpki\.acme\.ca_account"):
        account.sign_in(stranger)


def test_fetch(ca: ScriptedCA, stranger: Client, client: Client) -> None:
    """The account is read at its URL; where that had to be looked up the answer is the account already."""
    ca.on("/account/1", reply({"status": "valid", "contact": CONTACT}))
    assert account.fetch(client).contact == tuple(CONTACT)
    assert [request.payload for request in ca.asked("/account/1")] == [None]
    ca.on("/new-account", found(ca))
    assert account.fetch(stranger).url == ca.url("/account/1")
    assert len(ca.asked("/account/1")) == 1


# Making


def test_create(ca: ScriptedCA, stranger: Client) -> None:
    """A new account has its contacts, and agrees to the terms only where the user did."""
    ca.on("/new-account", found(ca, 201))
    assert account.create(stranger, CONTACT, terms_agreed=True).url == ca.url("/account/1")
    assert made(ca) == {"contact": CONTACT, "termsOfServiceAgreed": True}
    ca.meta.clear()


def test_create_bare(ca: ScriptedCA, stranger: Client) -> None:
    """Where a CA has no terms and the user no contact, nothing is said of either."""
    ca.meta.clear()
    ca.on("/new-account", found(ca, 201))
    account.create(stranger, [], terms_agreed=False)
    assert made(ca) == {}


def test_terms_not_agreed(ca: ScriptedCA, stranger: Client) -> None:
    """Without agreement to the terms no account is asked for, and the message says where they stand."""
    with pytest.raises(AcmeError, match=f"{ca.url('/terms')}.*acme_terms_agreed") as caught:
        account.create(stranger, CONTACT, terms_agreed=False)
    assert caught.value.problem.type == ErrorType.TERMS_NOT_AGREED
    assert ca.asked("/new-account") == []


def test_binding_missing(ca: ScriptedCA, stranger: Client) -> None:
    """Where a CA wants an external account binding and there is none, no account is asked for."""
    ca.meta["externalAccountRequired"] = True
    with pytest.raises(AcmeError, match="acme_external_account_binding") as caught:
        account.create(stranger, CONTACT, terms_agreed=True)
    assert caught.value.problem.type == ErrorType.EXTERNAL_ACCOUNT_REQUIRED
    assert ca.asked("/new-account") == []


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("required", [True, False])
def test_binding(ca: ScriptedCA, stranger: Client, key: Key, algorithm: str, required: bool) -> None:
    """A binding is sent whether the CA insists on one or not, over the account key and for newAccount."""
    ca.meta["externalAccountRequired"] = required
    ca.on("/new-account", found(ca, 201))
    secret = b"secret of the CA"
    account.create(stranger, [], terms_agreed=True, binding=ExternalAccountBinding("kid-1", b64(secret), algorithm))
    binding = made(ca)["externalAccountBinding"]
    jose.verify_mac(binding, secret)
    assert jose.protected(binding) == {"alg": algorithm, "kid": "kid-1", "url": ca.url("/new-account")}
    assert jose.payload(binding) == key.public_jwk()


def test_lost_reply(ca: ScriptedCA, stranger: Client) -> None:
    """A newAccount whose reply was lost is sent again: the second finds the account that the first made."""
    ca.on("/new-account", LOST, found(ca))
    assert account.create(stranger, [], terms_agreed=True).url == ca.url("/account/1")


@pytest.mark.parametrize("answer", [LOST, problem("serverInternal", 500), problem("unauthorized", 403)])
@pytest.mark.parametrize("known", [True, False])
def test_trouble_with_binding(ca: ScriptedCA, stranger: Client, answer: Answer, known: bool) -> None:
    """A binding may be good for one use: it is not sent again, but the account looked up that another run has made by it."""
    ca.on("/new-account", answer, found(ca) if known else problem("accountDoesNotExist", 400))
    binding = ExternalAccountBinding("kid-1", "c2VjcmV0")
    if known:
        assert account.create(stranger, [], terms_agreed=True, binding=binding).url == ca.url("/account/1")
    else:
        with pytest.raises(AcmeError) as caught:
            account.create(stranger, [], terms_agreed=True, binding=binding)
        assert caught.value.doing == "create the account"
    bound = ["externalAccountBinding" in request.payload for request in ca.asked("/new-account")]
    assert bound == [True, False]


# Changing


def test_update_contact(ca: ScriptedCA, client: Client) -> None:
    """New contacts take the place of the old ones, also when there are none."""
    ca.on("/account/1", reply({"status": "valid", "contact": CONTACT}), reply({"status": "valid"}))
    assert account.update_contact(client, CONTACT).contact == tuple(CONTACT)
    assert account.update_contact(client, []).contact is None
    assert [request.payload for request in ca.asked("/account/1")] == [{"contact": CONTACT}, {"contact": []}]


def test_deactivate(ca: ScriptedCA, client: Client) -> None:
    """An account is deactivated by its status; a lost reply is no reason not to ask again."""
    ca.on("/account/1", LOST, reply({"status": "deactivated"}))
    assert account.deactivate(client).status == "deactivated"
    assert [request.payload for request in ca.asked("/account/1")] == [{"status": "deactivated"}] * 2


@pytest.mark.parametrize(
    "change",
    [
        account.deactivate,
        lambda client: account.update_contact(client, CONTACT),
        lambda client: account.rollover(client, client.key),
    ],
    ids=["deactivate", "contact", "rollover"],
)
def test_change_signs_in(ca: ScriptedCA, stranger: Client, key: Key, change: Callable[[Client], object]) -> None:
    """To change an account whose URL is not known it is looked up first."""
    ca.accounts[ca.url("/account/1")] = key.public_jwk()
    ca.on("/new-account", found(ca))
    ca.on("/account/1", found(ca))
    ca.on("/key-change", reply())
    change(stranger)
    assert made(ca) == {"onlyReturnExisting": True}
    assert ca.requests[-1].protected["kid"] == ca.url("/account/1")


# A new key


def test_rollover(ca: ScriptedCA, client: Client, key: Key, keys: dict[str, Key]) -> None:
    """A rollover is signed by the old key outside and by the new one inside."""
    ca.on("/key-change", reply())
    account.rollover(client, keys["ES384"])
    request = ca.asked("/key-change")[0]
    assert request.protected["kid"] == ca.url("/account/1")
    jose.verify(request.payload, keys["ES384"].public_jwk())
    assert jose.payload(request.payload) == {"account": ca.url("/account/1"), "oldKey": key.public_jwk()}


@pytest.mark.parametrize("taken", [True, False])
def test_rollover_lost(ca: ScriptedCA, client: Client, keys: dict[str, Key], taken: bool) -> None:
    """When the reply is lost the account is looked up by the new key, which tells whether the change was made."""
    ca.on("/key-change", LOST)
    ca.on("/new-account", LOST, found(ca) if taken else UNKNOWN)
    if taken:
        account.rollover(client, keys["ES384"])
    else:
        with pytest.raises(ConnectionLost):
            account.rollover(client, keys["ES384"])
    assert ca.asked("/new-account")[0].protected["jwk"] == keys["ES384"].public_jwk()
    assert (made(ca), len(ca.asked("/key-change"))) == ({"onlyReturnExisting": True}, 1)
    # The key that the client goes on signing with has an account only where it kept it.
    assert client.account_url == (None if taken else ca.url("/account/1"))


@pytest.mark.parametrize("answer", [problem("serverInternal", 500), reply("", 504)])
def test_rollover_in_doubt(ca: ScriptedCA, client: Client, keys: dict[str, Key], answer: Answer) -> None:
    """A CA that failed in the middle of the change may have made it all the same: the new key tells."""
    ca.on("/key-change", answer)
    ca.on("/new-account", found(ca))
    account.rollover(client, keys["ES384"])
    assert client.account_url is None
    ca.on("/new-account", UNKNOWN)
    client.sign_in_as(ca.url("/account/1"))
    with pytest.raises(AcmeError, match="could not change the key of the account"):
        account.rollover(client, keys["ES384"])


def test_rollover_lost_to_another_account(ca: ScriptedCA, client: Client, keys: dict[str, Key]) -> None:
    """A new key that turns out to have an account of its own did not become this account's."""
    ca.on("/key-change", LOST)
    ca.on("/new-account", reply({"status": "valid"}, Location=ca.url("/account/2")))
    with pytest.raises(ConnectionLost):
        account.rollover(client, keys["ES384"])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            reply("", 409, Location="https://ca.example/account/2"),
            "account of its own already: https://ca.example/account/2",
        ),
        (problem("malformed", 409, "key in use"), "already: the CA does not say which.*key in use"),
        (problem("serverInternal", 501, "not implemented"), "not implemented"),
        (reply("<html>", 404, Content_Type="text/html"), "404"),
    ],
)
def test_rollover_refused(ca: ScriptedCA, client: Client, keys: dict[str, Key], answer: Answer, text: str) -> None:
    """A CA that refuses the rollover, or only pretends to offer one, is heard."""
    ca.on("/key-change", answer)
    with pytest.raises(AcmeError, match=f"could not change the key of the account.*{text}"):
        account.rollover(client, keys["ES384"])
    assert len(ca.asked("/key-change")) == 1 < MAX_REPEATS


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (problem("serverInternal", 500), True),
        (reply("", 501), True),
        (reply("", 404), True),
        (problem("rateLimited", 429, Retry_After="7200"), False),
    ],
    ids=["500", "501", "404", "429"],
)
def test_rollover_says_what_follows(
    ca: ScriptedCA, client: Client, keys: dict[str, Key], answer: Answer, kept: bool
) -> None:
    """Who cannot get another key is told that the account keeps the one that it has; a limit says when to ask again."""
    ca.on("/key-change", answer)
    ca.on("/new-account", UNKNOWN)
    with pytest.raises(AcmeError) as caught:
        account.rollover(client, keys["ES384"])
    assert ("The account keeps its key." in str(caught.value)) == kept


@pytest.mark.parametrize(
    "answer",
    [
        problem("unauthorized", 401),
        problem("malformed", 400, "account is not awaiting external account binding"),
        reply("", 403),
    ],
)
def test_binding_used_up(ca: ScriptedCA, stranger: Client, answer: Answer) -> None:
    """A binding that the CA refuses may have been used before, and the message says so; without one it does not."""
    ca.on("/new-account", answer, UNKNOWN, answer)
    with pytest.raises(AcmeError, match="each is good for one account.*get a new one from the CA"):
        account.create(stranger, [], terms_agreed=True, binding=ExternalAccountBinding("kid-1", b64(b"secret")))
    with pytest.raises(AcmeError) as caught:
        account.create(stranger, [], terms_agreed=True)
    assert "good for one account" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "contact", "demanded"),
    [
        (problem("invalidContact", 400), [], True),
        (problem("unsupportedContact", 400), [], True),
        (problem("malformed", 400, "at least one contact is required"), [], True),
        (problem("malformed", 400, "Email address is missing"), [], True),
        (problem("malformed", 400, "no such field"), [], False),
        (problem("unauthorized", 403, "please contact us"), [], False),
        (problem("invalidContact", 400), CONTACT, False),
    ],
)
def test_contact_demanded(ca: ScriptedCA, stranger: Client, answer: Answer, contact: list[str], demanded: bool) -> None:
    """Who registers without a contact where the CA wants one is told to give some, however the CA says that."""
    ca.on("/new-account", answer)
    with pytest.raises(AcmeError) as caught:
        account.create(stranger, contact, terms_agreed=True)
    assert ("give a contact, such as mailto:" in str(caught.value)) == demanded


def test_rollover_not_offered(ca: ScriptedCA, client: Client, keys: dict[str, Key]) -> None:
    """A CA without keyChange cannot do it, and is not asked."""
    ca.on("/directory", reply({name: url for name, url in ca.directory().items() if name != "keyChange"}))
    with pytest.raises(AcmeError, match="offers no key_change"):
        account.rollover(client, keys["ES384"])
