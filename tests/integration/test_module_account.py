# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.integration.play import Play, account_key
from tests.lab.fixtures import PebbleFactory

pytestmark = pytest.mark.lab

PASSPHRASE = "correct horse battery staple"
HMAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
# RFC 7518 section 3.2: as long as the hash of HS512.
LONG_KEY = "A7sJ2kQ0" * 10 + "d5Fv8w"
KEY_TYPES = ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "rsa-3072", "rsa-4096"]

REGISTERED = """
- name: foretold
  webpki.acme.account: &account
    terms_agreed: true
    contact: ["mailto:a@example.com", "mailto:b@example.com"]
  check_mode: true

- name: the key file after that
  ansible.builtin.stat:
    path: "{{ here }}/account.pem"

- name: registered
  webpki.acme.account: *account

- name: again
  webpki.acme.account: *account

- name: without options
  webpki.acme.account:

- name: every type of key
  webpki.acme.account:
    account_key_file: "{{ here }}/made/here/{{ item }}.pem"
    account_key_type: "{{ item }}"
    terms_agreed: true
  loop: "{{ key_types }}"

- name: terms not agreed
  webpki.acme.account: &encrypted
    account_key_file: "{{ here }}/encrypted.pem"
    account_key_passphrase: "{{ secret_passphrase }}"

- name: encrypted key
  webpki.acme.account:
    <<: *encrypted
    terms_agreed: true

- name: encrypted key as text
  webpki.acme.account:
    account_key_file: "{{ omit }}"
    account_key: "{{ lookup('ansible.builtin.file', here ~ '/encrypted.pem') }}"
    account_key_passphrase: "{{ secret_passphrase }}"

- name: no passphrase
  webpki.acme.account:
    account_key_file: "{{ here }}/encrypted.pem"

- name: wrong passphrase
  webpki.acme.account:
    account_key_file: "{{ here }}/encrypted.pem"
    account_key_passphrase: "{{ secret_wrong }}"

- name: passphrase for a key that is not there
  webpki.acme.account:
    account_key_file: "{{ here }}/none.pem"
    account_key_passphrase: "{{ secret_passphrase }}"

- name: not a key
  webpki.acme.account:
    account_key_file: "{{ here }}/play.json"

- name: a directory
  webpki.acme.account:
    account_key_file: "{{ here }}"

- name: no key at all
  webpki.acme.account:
    account_key_file: "{{ omit }}"

- name: as a module, by another user
  webpki.acme.account: *account
  become: true
  become_method: ansible.builtin.su
"""


@pytest.fixture(scope="module")
def registered(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Play:
    here = tmp_path_factory.mktemp("registered")
    (here / "encrypted.pem").write_bytes(account_key(PASSPHRASE))
    secrets = {"secret_passphrase": PASSPHRASE, "secret_wrong": "not the one"}
    return Play(here, pebble(), REGISTERED, key_types=KEY_TYPES, **secrets)


def test_registered(registered: Play) -> None:
    """The account is registered once, as check mode foretold; options that are not given change nothing."""
    tasks = ["foretold", "registered", "again", "without options", "as a module, by another user"]
    assert registered.changed(*tasks) == [True, True, False, False, False]
    after = {"status": "valid", "contact": ["mailto:a@example.com", "mailto:b@example.com"]}
    for task in tasks[:2]:
        assert registered[task]["diff"] == {"before": {}, "after": after}
    assert registered["foretold"]["account_uri"] is None
    assert registered["registered"]["account_uri"] == registered["again"]["account_uri"]
    assert registered["again"]["account"] == registered["registered"]["account"]


def test_key_file(registered: Play) -> None:
    """A key file that is missing is made, with its directory, for its owner alone; not in check mode, nor by a failure."""
    assert registered["the key file after that"]["stat"]["exists"] is False
    assert {modes(registered.here / "account.pem")} == {0o600}
    every = registered["every type of key"]["results"]
    assert [one["changed"] for one in every] == [True] * 6
    made = registered.here / "made" / "here"
    assert {modes(made / f"{key_type}.pem") for key_type in KEY_TYPES} == {0o600}
    assert modes(made) == 0o700
    assert not (registered.here / "none.pem").exists()


def test_key_that_is_there(registered: Play) -> None:
    """A key that was made elsewhere is used as it is, from a file or as text, and never overwritten."""
    assert registered.changed("encrypted key", "encrypted key as text") == [True, False]
    assert "ENCRYPTED" in (registered.here / "encrypted.pem").read_text()
    uris = {registered[task]["account_uri"] for task in ("registered", "encrypted key", "encrypted key as text")}
    assert len(uris) == 2


@pytest.mark.parametrize(
    ("task", "problem", "said"),
    [
        ("terms not agreed", "termsNotAgreed", "set terms_agreed"),
        ("no passphrase", "invalidInput", "encrypted.pem is encrypted (invalidInput). Give its passphrase"),
        ("wrong passphrase", "invalidInput", "encrypted.pem cannot be decrypted (invalidInput). Check the passphrase"),
        ("passphrase for a key that is not there", "invalidInput", "none.pem does not exist"),
        ("not a key", "invalidInput", "play.json is not a private key in PEM form"),
        ("a directory", "invalidInput", "cannot be read: Is a directory"),
        ("no key at all", "invalidInput", "Give account_key_file or account_key"),
    ],
)
def test_bad_key(registered: Play, task: str, problem: str, said: str) -> None:
    """What is wrong with a key is said, with what to do, and under a type that a play can branch on."""
    assert registered.problem(task) == problem
    assert said in registered[task]["msg"]


CONTACTS = """
- name: none
  webpki.acme.account: {terms_agreed: true}

- name: not told
  webpki.acme.account: {contact: ["mailto:a@example.com"]}

- name: first
  webpki.acme.account: {contact: ["mailto:a@example.com", "mailto:b@example.com"], always_send_contact: true}

- name: in another sequence
  webpki.acme.account: {contact: ["mailto:b@example.com", "mailto:a@example.com"]}

- name: foretold
  webpki.acme.account: {contact: ["mailto:c@example.com"]}
  check_mode: true

- name: before
  webpki.acme.account_info:

- name: another
  webpki.acme.account: {contact: ["mailto:c@example.com"]}

- name: not given
  webpki.acme.account:

- name: after
  webpki.acme.account_info:

- name: refused
  webpki.acme.account: {contact: ["telephone"]}

- name: removed
  webpki.acme.account: {contact: []}

- name: removed again
  webpki.acme.account: {contact: []}
"""


@pytest.fixture(scope="module")
def contacts(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Play:
    return Play(tmp_path_factory.mktemp("contacts"), pebble(), CONTACTS)


def test_contacts(contacts: Play) -> None:
    """Contacts become what is asked for, in any sequence, and stay as they are when nothing is asked for, or the CA tells none."""
    changes = {
        "none": True,
        "not told": False,
        "first": True,
        "in another sequence": False,
        "foretold": True,
        "another": True,
    }
    changes |= {"not given": False, "removed": True, "removed again": False}
    assert contacts.changed(*changes) == list(changes.values())
    assert contacts["before"]["account"]["contact"] == ["mailto:a@example.com", "mailto:b@example.com"]
    assert contacts["after"]["account"]["contact"] == ["mailto:c@example.com"]
    assert contacts["foretold"]["diff"] == contacts["another"]["diff"]


def test_bad_contact(contacts: Play) -> None:
    """A contact that the CA refuses is an error of that type."""
    assert contacts.problem("refused") in ("invalidContact", "unsupportedContact", "malformed")


GONE = """
- name: registered
  webpki.acme.account: {terms_agreed: true}

- name: foretold
  webpki.acme.account: {state: absent}
  check_mode: true

- name: deactivated
  webpki.acme.account: {state: absent}

- name: again
  webpki.acme.account: {state: absent}

- name: looked at
  webpki.acme.account_info:

- name: used
  webpki.acme.account: {terms_agreed: true}

- name: used in check mode
  webpki.acme.account: {terms_agreed: true}
  check_mode: true

- name: without a key
  webpki.acme.account: {state: absent, account_key_file: "{{ here }}/none.pem"}

- name: nobody
  webpki.acme.account: {state: absent, account_key_file: "{{ here }}/stranger.pem"}

- name: nobody looked at
  webpki.acme.account_info: {account_key_file: "{{ here }}/stranger.pem"}
"""


@pytest.fixture(scope="module")
def gone(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Play:
    here = tmp_path_factory.mktemp("gone")
    (here / "stranger.pem").write_bytes(account_key())
    return Play(here, pebble(), GONE)


def test_deactivated(gone: Play) -> None:
    """An account is deactivated once, as check mode foretold; a key without an account is fine too."""
    assert gone.changed("foretold", "deactivated", "again", "nobody") == [True, True, False, False]
    assert gone["foretold"]["diff"] == gone["deactivated"]["diff"]
    assert gone["again"]["diff"] == {"before": {}, "after": {}}


def test_deactivated_for_good(gone: Play) -> None:
    """A deactivated account is told apart from none, and using it says what to do."""
    assert (gone["looked at"]["exists"], gone["looked at"]["account"]["status"]) == (True, "deactivated")
    assert (gone["nobody looked at"]["exists"], gone["nobody looked at"]["account"]) == (False, None)
    for task in ("used", "used in check mode"):
        assert gone.problem(task) == "unauthorized"
        assert "use another account key" in gone[task]["msg"]


def test_no_key_is_made_to_deactivate(gone: Play) -> None:
    """A key that is missing is not made when its account is to go."""
    assert gone.problem("without a key") == "invalidInput"
    assert not (gone.here / "none.pem").exists()


ROLLOVER = """
- name: before there is an account
  webpki.acme.account: &rollover
    new_account_key_file: "{{ here }}/second.pem"

- name: registered
  webpki.acme.account: {terms_agreed: true, contact: ["mailto:a@example.com"]}

- name: foretold
  webpki.acme.account: *rollover
  check_mode: true

- name: the new key after that
  ansible.builtin.stat: {path: "{{ here }}/second.pem"}

- name: rolled over
  webpki.acme.account: *rollover

- name: again
  webpki.acme.account: *rollover

- name: again, foretold
  webpki.acme.account: *rollover
  check_mode: true

- name: the old key
  webpki.acme.account_info:

- name: the new key
  webpki.acme.account_info: {account_key_file: "{{ here }}/second.pem"}

- name: to the key that it has
  webpki.acme.account:
    account_key_file: "{{ here }}/second.pem"
    new_account_key_file: "{{ here }}/second.pem"

# An earlier run came as far as making the key.
- name: to a key that is there
  webpki.acme.account:
    account_key_file: "{{ here }}/second.pem"
    new_account_key: "{{ lookup('ansible.builtin.file', here ~ '/third.pem') }}"
    new_account_key_passphrase: "{{ secret_passphrase }}"

- name: the old key is gone
  webpki.acme.account:
    account_key_file: "{{ here }}/none.pem"
    new_account_key_file: "{{ here }}/second.pem"

- name: neither has an account
  webpki.acme.account:
    account_key_file: "{{ here }}/second.pem"
    new_account_key_file: "{{ here }}/stranger.pem"
"""


@pytest.fixture(scope="module")
def rollover(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Play:
    here = tmp_path_factory.mktemp("rollover")
    (here / "account.pem").write_bytes(account_key())
    (here / "third.pem").write_bytes(account_key(PASSPHRASE))
    (here / "stranger.pem").write_bytes(account_key())
    return Play(here, pebble(), ROLLOVER, secret_passphrase=PASSPHRASE)


def test_rollover(rollover: Play) -> None:
    """The account gets the new key once, as check mode foretold, and keeps everything else."""
    tasks = ["foretold", "rolled over", "again", "again, foretold", "to the key that it has", "to a key that is there"]
    assert rollover.changed(*tasks) == [True, True, False, False, False, True]
    assert len({rollover[task]["account_uri"] for task in ["registered", *tasks]}) == 1
    assert rollover["again"]["account"]["contact"] == ["mailto:a@example.com"]
    assert (rollover["the old key"]["exists"], rollover["the new key"]["exists"]) == (False, True)


def test_rollover_diff(rollover: Play) -> None:
    """The diff names the keys by their thumbprints, and shows none where nothing changes."""
    before, after = (rollover["rolled over"]["diff"][side] for side in ("before", "after"))
    assert before.pop("key") != after.pop("key")
    assert before == after
    for task in ("again", "again, foretold", "to the key that it has"):
        assert rollover[task]["diff"]["before"] == rollover[task]["diff"]["after"]


def test_new_key_file(rollover: Play) -> None:
    """The new key is made for its owner alone, not in check mode, and not where there is no account to give it to."""
    assert rollover.problem("before there is an account") == "invalidInput"
    assert rollover["the new key after that"]["stat"]["exists"] is False
    assert modes(rollover.here / "second.pem") == 0o600


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("the old key is gone", "none.pem cannot be read: No such file"),
        ("neither has an account", "neither the old nor the new key has an account"),
    ],
)
def test_bad_rollover(rollover: Play, task: str, said: str) -> None:
    """A rollover that cannot be made says why, and makes no key."""
    assert rollover.problem(task) == "invalidInput"
    assert said in rollover[task]["msg"]
    assert not (rollover.here / "none.pem").exists()


BINDING = """
- name: without a binding
  webpki.acme.account: {terms_agreed: true}

- name: with a wrong key
  webpki.acme.account:
    terms_agreed: true
    external_account_binding: {kid: kid-1, key: "{{ secret_wrong }}"}

- name: with an unknown identifier
  webpki.acme.account:
    terms_agreed: true
    external_account_binding: {kid: kid-2, key: "{{ secret_hmac_key }}"}

- name: with what is no key
  webpki.acme.account:
    terms_agreed: true
    external_account_binding: {kid: kid-1, key: "{{ secret_not_base64 }}"}

- name: bound
  webpki.acme.account: &bound
    terms_agreed: true
    external_account_binding: {kid: kid-1, key: "{{ secret_hmac_key }}"}

- name: bound by every algorithm
  webpki.acme.account:
    account_key_file: "{{ here }}/{{ item }}.pem"
    terms_agreed: true
    external_account_binding: {kid: kid-long, key: "{{ secret_long_key }}", algorithm: "{{ item }}"}
  loop: [HS256, HS384, HS512]

- name: by an algorithm that is none
  webpki.acme.account:
    terms_agreed: true
    external_account_binding: {kid: kid-1, key: "{{ secret_hmac_key }}", algorithm: HS1}

- name: again
  webpki.acme.account: *bound

- name: later without
  webpki.acme.account: {terms_agreed: true}
"""


@pytest.fixture(scope="module")
def binding(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Play:
    secrets = {"secret_hmac_key": HMAC_KEY, "secret_wrong": HMAC_KEY[::-1], "secret_not_base64": "!not base64!"}
    ca = pebble(eab_keys={"kid-1": HMAC_KEY, "kid-long": LONG_KEY})
    return Play(tmp_path_factory.mktemp("binding"), ca, BINDING, secret_long_key=LONG_KEY, **secrets)


def test_binding(binding: Play) -> None:
    """An external account binding is used to make the account, and not needed for one that is there."""
    assert binding.changed("bound", "again", "later without") == [True, False, False]


def test_binding_algorithms(binding: Play) -> None:
    """The CA accepts bindings by each of the algorithms that RFC 8555 allows, and others are not offered."""
    every = binding["bound by every algorithm"]["results"]
    assert [(one["item"], one["changed"]) for one in every] == [("HS256", True), ("HS384", True), ("HS512", True)]
    assert len({one["account_uri"] for one in every}) == 3
    assert "HS256, HS384, HS512" in binding["by an algorithm that is none"]["msg"]


@pytest.mark.parametrize(
    ("task", "problem", "said"),
    [
        ("without a binding", "externalAccountRequired", "Get a key identifier and an HMAC key"),
        ("with a wrong key", "unauthorized", "create the account"),
        ("with an unknown identifier", "unauthorized", "create the account"),
        ("with what is no key", "invalidInput", "is not base64url"),
    ],
)
def test_bad_binding(binding: Play, task: str, problem: str, said: str) -> None:
    """A CA that wants another binding, or one at all, is answered with what to do."""
    assert binding.problem(task) == problem
    assert said in binding[task]["msg"]


def modes(path: Path) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)
