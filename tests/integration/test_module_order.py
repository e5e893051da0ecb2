# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.play import Play, account_key
from tests.lab.fixtures import PebbleFactory

pytestmark = pytest.mark.lab

TASKS = """
- name: account
  webpki.acme.account: {terms_agreed: true}

- name: foretold
  webpki.acme.order: &two
    orders:
      - {name: one, identifiers: [a.example.com, b.example.com]}
      - {name: two, identifiers: [c.example.com], profile: default}
  check_mode: true

- name: ordered
  webpki.acme.order: *two
  register: ordered

- name: again
  webpki.acme.order: *two

- name: again, with the account's URL
  webpki.acme.order:
    account_uri: "{{ ordered.account_uri }}"
    orders:
      - {name: sequence, identifiers: [B.example.com, a.example.com., A.EXAMPLE.COM]}

- name: by its URL
  webpki.acme.order:
    take_up: false
    orders:
      - {name: one, identifiers: [a.example.com, b.example.com], url: "{{ ordered.orders[0].url }}"}

- name: by a URL that is for other names
  webpki.acme.order:
    take_up: false
    orders:
      - {name: new, identifiers: [d.example.com], url: "{{ ordered.orders[0].url }}"}

- name: without looking
  webpki.acme.order:
    take_up: false
    orders:
      - {name: one, identifiers: [a.example.com, b.example.com]}

- name: three times the same
  webpki.acme.order: &three
    orders:
      - {name: first, identifiers: [e.example.com]}
      - {name: second, identifiers: [e.example.com]}
      - {name: third, identifiers: [e.example.com]}

- name: three times again
  webpki.acme.order: *three

- name: some bad ones
  webpki.acme.order: &bad
    orders:
      - {name: good, identifiers: [f.example.com]}
      - {name: refused, identifiers: [www.blocked-domain.example, g.example.com]}
      - {name: malformed, identifiers: ["https://h.example.com/"]}
      - {name: nameless, identifiers: []}
      - {name: profile, identifiers: [i.example.com], profile: shortlived}
      - {name: fine, identifiers: [j.example.com]}

- name: some bad ones foretold
  webpki.acme.order: *bad
  check_mode: true

- name: names of all kinds
  webpki.acme.order:
    orders:
      - {name: wildcard, identifiers: ["*.example.com", example.com]}
      - {name: international, identifiers: ["bücher.example"]}
      - {name: addresses, identifiers: [192.0.2.1, "2001:DB8:0:0::1"]}

- name: without an account
  webpki.acme.order:
    account_key_file: "{{ here }}/stranger.pem"
    orders:
      - {name: one, identifiers: [a.example.com]}

- name: info
  webpki.acme.order_info:
    orders:
      - {url: "{{ ordered.orders[1].url }}"}
      - {name: none, url: "{{ ordered.orders[1].url }}0"}
      - {name: one, url: "{{ ordered.orders[0].url }}"}
"""


@pytest.fixture(scope="module")
def done(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Play:
    here = tmp_path_factory.mktemp("order")
    (here / "stranger.pem").write_bytes(account_key())
    return Play(here, pebble(), TASKS)


def item(result: Any, name: str) -> Any:
    """The order of a name."""
    return next(one for one in result["orders"] if one["name"] == name)


def urls(result: Any) -> list[str]:
    return [one["url"] for one in result["orders"]]


def test_ordered(done: Play) -> None:
    """Orders are made once, as check mode foretold, and come in the sequence asked, each with its name."""
    assert done.changed("foretold", "ordered", "again") == [True, True, False]
    for task in ("foretold", "ordered", "again"):
        assert [one["name"] for one in done[task]["orders"]] == ["one", "two"]
    assert urls(done["foretold"]) == [None, None]
    assert urls(done["ordered"]) == urls(done["again"])
    assert item(done["ordered"], "two")["profile"] == "default"


@pytest.mark.parametrize("task", ["again, with the account's URL", "by its URL"])
def test_taken_up(done: Play, task: str) -> None:
    """An open order for the same names is taken up, however they are written and however the order is known."""
    assert done.changed(task) == [False]
    assert urls(done[task]) == urls(done["ordered"])[:1]


@pytest.mark.parametrize("task", ["by a URL that is for other names", "without looking"])
def test_not_taken_up(done: Play, task: str) -> None:
    """An order for other names is not taken up, nor any other when that is not wanted."""
    assert done.changed(task) == [True]
    assert urls(done[task])[0] not in urls(done["ordered"])


def test_each_is_given_away_once(done: Play) -> None:
    """Several orders for the same names are several orders, the first time and the next."""
    assert len(set(urls(done["three times the same"]))) == 3
    assert done.changed("three times again") == [False]
    assert sorted(urls(done["three times again"])) == sorted(urls(done["three times the same"]))


def test_material(done: Play) -> None:
    """Of each name it is said what to place, by type of challenge."""
    one = item(done["ordered"], "one")
    assert one["identifiers"] == ["a.example.com", "b.example.com"]
    assert [(name["identifier"], name["status"]) for name in one["authorizations"]] == [
        ("a.example.com", "pending"),
        ("b.example.com", "pending"),
    ]
    http, dns = (one["authorizations"][0]["challenges"][kind] for kind in ("http-01", "dns-01"))
    assert http["path"] == f".well-known/acme-challenge/{http['token']}"
    assert http["content"].startswith(f"{http['token']}.")
    assert (dns["record"], len(dns["value"])) == ("_acme-challenge.a.example.com", 43)


@pytest.mark.parametrize(
    ("name", "problem", "said"),
    [
        ("refused", "rejectedIdentifier", "www.blocked-domain.example is a forbidden domain"),
        ("malformed", "invalidInput", "could not create the order: 'https://h.example.com/' is not a domain name"),
        ("nameless", "invalidInput", "List at least one domain name"),
        ("profile", "invalidProfile", "does not offer the profile shortlived (offered: default)"),
    ],
)
def test_one_fails(done: Play, name: str, problem: str, said: str) -> None:
    """An order that cannot be made has its problem and a type to branch on; the module fails with all of them in hand."""
    failed = item(done["some bad ones"], name)
    assert (failed["failed"], failed["problem"]["type"].rpartition(":")[2]) == (True, problem)
    assert said in failed["msg"]
    assert said in done["some bad ones"]["msg"]


def test_the_others_are_made(done: Play) -> None:
    """An order that fails does not keep the others from being made."""
    result = done["some bad ones"]
    assert result["msg"].startswith("4 of 6 orders failed: refused: ")
    assert (result["failed"], result["changed"]) == (True, True)
    assert done.problem("some bad ones") == "rejectedIdentifier"
    assert [one["name"] for one in result["orders"] if one["changed"]] == ["good", "fine"]
    assert all(item(result, name)["authorizations"] for name in ("good", "fine"))
    # What needs no CA to be found is foretold.
    assert done["some bad ones foretold"]["msg"].startswith("2 of 6 orders failed: malformed: ")


def test_names_of_all_kinds(done: Play) -> None:
    """Wildcards, international names and addresses are ordered in the form that certificates have."""
    result = done["names of all kinds"]
    wildcard = item(result, "wildcard")["authorizations"]
    assert [(one["identifier"], one["wildcard"], sorted(one["challenges"])) for one in wildcard] == [
        ("example.com", True, ["dns-01", "dns-account-01", "dns-persist-01"]),
        ("example.com", False, ["dns-01", "dns-account-01", "dns-persist-01", "http-01", "tls-alpn-01"]),
    ]
    assert item(result, "international")["identifiers"] == ["xn--bcher-kva.example"]
    assert item(result, "addresses")["identifiers"] == ["192.0.2.1", "2001:db8::1"]
    for one in item(result, "addresses")["authorizations"]:
        assert sorted(one["challenges"]) == ["http-01", "tls-alpn-01"]


def test_without_an_account(done: Play) -> None:
    """A key without an account says how to get one."""
    assert done.problem("without an account") == "accountDoesNotExist"
    assert "webpki.acme.account" in done["without an account"]["msg"]


def test_info(done: Play) -> None:
    """Orders are looked at without a change; one that is not there fails, and the others are shown."""
    result = done["info"]
    assert (result["failed"], result["changed"]) == (True, False)
    assert [one["name"] for one in result["orders"]] == [urls(done["ordered"])[1], "none", "one"]
    assert [one.get("failed", False) for one in result["orders"]] == [False, True, False]
    for name, was in (("one", "one"), (urls(done["ordered"])[1], "two")):
        assert item(result, name)["authorizations"] == item(done["again"], was)["authorizations"]
