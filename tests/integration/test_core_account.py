# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts at a real CA."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import account
from ansible_collections.webpki.acme.plugins.module_utils._acme.account import ExternalAccountBinding
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AccountDoesNotExist, AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import b64
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType

from tests.integration.core import ALGORITHMS, member, new_key, stranger
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble

pytestmark = pytest.mark.lab

CONTACT = ["mailto:admin@example.com", "mailto:security@example.com"]
# As long as the largest digest: CAs refuse shorter ones (RFC 7518 section 3.2).
EAB_KEYS = {"kid-1": b64(bytes(range(64)))}


@pytest.fixture(scope="module")
def ca(pebble: PebbleFactory) -> Pebble:
    """A strict CA that refuses one nonce in five."""
    return pebble()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_register(ca: Pebble, algorithm: str) -> None:
    """A key of each kind can be registered, is found again, and registering it twice gives the same account."""
    key = new_key(algorithm)
    with stranger(ca, key) as client:
        assert account.find(client) is None
        made = account.create(client, CONTACT, terms_agreed=True)
        assert (made.status, set(made.contact or ())) == ("valid", set(CONTACT))
        assert account.create(client, [], terms_agreed=True).url == made.url
    with stranger(ca, key) as client:
        found = account.find(client)
        assert found is not None
        assert found.url == client.account_url == made.url
        assert account.fetch(client).status == "valid"


def test_register_at_once(ca: Pebble) -> None:
    """Conversations that all find no account for a key, and all register it, have one account."""
    key = new_key()
    together = threading.Barrier(8)

    def register(_number: int) -> str:
        with stranger(ca, key) as client:
            assert account.find(client) is None
            together.wait(timeout=60)
            return account.create(client, CONTACT, terms_agreed=True).url

    with ThreadPoolExecutor(together.parties) as pool:
        assert len(set(pool.map(register, range(together.parties)))) == 1


def test_terms(ca: Pebble) -> None:
    """The terms of the CA have to be agreed to, and the message says where they stand."""
    with stranger(ca, new_key()) as client:
        terms = client.directory.terms_of_service
        with pytest.raises(AcmeError, match="terms of service") as caught:
            account.create(client, [], terms_agreed=False)
        assert terms
        assert terms in str(caught.value)
        assert account.find(client) is None


def test_contacts(ca: Pebble) -> None:
    """Contacts are replaced and removed."""
    with member(ca) as client:
        assert set(account.update_contact(client, CONTACT).contact or ()) == set(CONTACT)
        assert account.update_contact(client, CONTACT[:1]).contact == tuple(CONTACT[:1])
        assert not account.update_contact(client, []).contact
        assert not account.fetch(client).contact


@pytest.mark.parametrize("contact", ["mailto:no address", "tel:+123", "admin@example.com"])
def test_contact_refused(ca: Pebble, contact: str) -> None:
    """A contact that the CA does not take is an error with its reason, and no account is made."""
    with stranger(ca, new_key()) as client:
        with pytest.raises(AcmeError, match="could not create the account"):
            account.create(client, [contact], terms_agreed=True)
        assert account.find(client) is None


def test_unknown_key(ca: Pebble) -> None:
    """A key without account cannot sign in, and is told how to get one."""
    with stranger(ca, new_key()) as client, pytest.raises(AccountDoesNotExist, match=r"webpki\.acme\.account"):
        account.sign_in(client)


def test_deactivate(ca: Pebble) -> None:
    """A deactivated account is so for good."""
    with member(ca) as client:
        assert account.deactivate(client).status == "deactivated"
        with pytest.raises(AcmeError, match="deactivated") as caught:
            account.fetch(client)
        assert caught.value.problem.type == ErrorType.UNAUTHORIZED
        with pytest.raises(AcmeError, match="deactivated"):
            account.find(client)


@pytest.mark.parametrize(("old", "new"), list(zip(ALGORITHMS, [*ALGORITHMS[1:], "ES256"])))
def test_rollover(ca: Pebble, old: str, new: str) -> None:
    """After a rollover the account answers to the new key, of whatever kind, and no longer to the old one."""
    key = new_key(new)
    with member(ca, old) as client:
        url = client.account_url
        account.rollover(client, key)
        with pytest.raises(AcmeError):
            account.fetch(client)
        assert account.find(client) is None
    with stranger(ca, key) as client:
        found = account.find(client)
        assert found is not None
        assert found.url == url


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_external_account(pebble: PebbleFactory, algorithm: str) -> None:
    """A CA that wants an external account binding gets one, with each of the MACs, for the new account only."""
    with stranger(pebble(eab_keys=EAB_KEYS), new_key()) as client:
        assert client.directory.external_account_required
        binding = ExternalAccountBinding("kid-1", EAB_KEYS["kid-1"], algorithm)
        made = account.create(client, CONTACT, terms_agreed=True, binding=binding)
        assert account.find(client) is not None
        assert account.update_contact(client, []).url == made.url


def test_external_account_missing(pebble: PebbleFactory) -> None:
    """Without the binding that the CA wants the message says where to get one."""
    with (
        stranger(pebble(eab_keys=EAB_KEYS), new_key()) as client,
        pytest.raises(AcmeError, match="acme_external_account_binding") as caught,
    ):
        account.create(client, [], terms_agreed=True)
    assert caught.value.problem.type == ErrorType.EXTERNAL_ACCOUNT_REQUIRED


@pytest.mark.parametrize(("kid", "key"), [("kid-2", EAB_KEYS["kid-1"]), ("kid-1", "c2VjcmV0")], ids=["kid", "key"])
def test_external_account_wrong(pebble: PebbleFactory, kid: str, key: str) -> None:
    """A binding with a wrong identifier or key is refused by the CA, and its secret is in no message."""
    with stranger(pebble(eab_keys=EAB_KEYS), new_key()) as client, pytest.raises(AcmeError) as caught:
        account.create(client, [], terms_agreed=True, binding=ExternalAccountBinding(kid, key))
    assert caught.value.problem.type == ErrorType.UNAUTHORIZED
    assert key not in str(caught.value)
