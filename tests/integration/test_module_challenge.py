# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.play import Play
from tests.lab.fixtures import PebbleFactory
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

TASKS = """
- name: account
  webpki.acme.account: {terms_agreed: true}

- name: order
  webpki.acme.order:
    orders:
      - {name: one, identifiers: [one.example.com]}
      - {name: two, identifiers: [two.example.com, also-two.example.com]}
      - {name: dns, identifiers: ["*.dns.example.com"]}
      - {name: missing, identifiers: [missing.example.com]}
      - {name: partly, identifiers: [two.example.com, nowhere.example.com, missing.example.com]}
      - {name: wildcard, identifiers: ["*.example.com"]}
      - {name: last, identifiers: [last.example.com]}
  register: ordered

- name: place
  webpki.acme.challenge_webroot:
    challenges:
      - {webroot: "{{ webroot }}", token: "{{ item.token }}", content: "{{ item.content }}"}
  loop: "{{ ordered.orders | map(attribute='authorizations') | flatten | rejectattr('identifier', 'in', 'missing.example.com')
    | map(attribute='challenges') | selectattr('http-01', 'defined') | map(attribute='http-01') }}"

- name: make the record
  ansible.builtin.uri:
    url: "{{ name_server }}/set-txt"
    method: POST
    body_format: json
    body: {host: "{{ dns.record }}.", value: "{{ dns.value }}"}
  vars:
    dns: "{{ ordered.orders[2].authorizations[0].challenges['dns-01'] }}"

- name: foretold without an order
  webpki.acme.challenge:
    orders:
      - {name: one, url: "", authorizations: []}
  check_mode: true

- name: foretold
  webpki.acme.challenge: &all
    orders:
      - {name: one, url: "{{ ordered.orders[0].url }}", authorizations: "{{ ordered.orders[0].authorizations }}"}
      - {name: two, url: "{{ ordered.orders[1].url }}"}
      - {name: dns, url: "{{ ordered.orders[2].url }}", challenge: dns-01}
  check_mode: true

- name: answered
  webpki.acme.challenge: *all

- name: again with what is no longer so
  webpki.acme.challenge: *all

- name: again
  webpki.acme.challenge: &again
    orders:
      - {url: "{{ ordered.orders[0].url }}"}
      - {url: "{{ ordered.orders[1].url }}"}

- name: again foretold
  webpki.acme.challenge: *again
  check_mode: true

- name: some fail
  webpki.acme.challenge: &some
    orders:
      - {name: missing, url: "{{ ordered.orders[3].url }}", authorizations: "{{ ordered.orders[3].authorizations }}"}
      - {name: partly, url: "{{ ordered.orders[4].url }}"}
      - {name: wildcard, url: "{{ ordered.orders[5].url }}"}
      - {name: wildcard known, url: "{{ ordered.orders[5].url }}", authorizations: "{{ ordered.orders[5].authorizations }}"}
      - {name: unknown, url: "{{ ordered.orders[6].url }}0"}
      - {name: nothing, url: ""}
      - {name: last, url: "{{ ordered.orders[6].url }}"}

- name: some fail again
  webpki.acme.challenge: *some

- name: info
  webpki.acme.order_info:
    orders:
      - {name: missing, url: "{{ ordered.orders[3].url }}"}
"""


@pytest.fixture(scope="module")
def done(pebble: PebbleFactory, webroot: Webroot, tmp_path_factory: pytest.TempPathFactory) -> Play:
    ca = pebble()
    ca.dns.set_servfail("nowhere.example.com")
    places = {"webroot": str(webroot.directory), "name_server": f"http://{ca.dns.address}:{ca.dns.management_port}"}
    return Play(tmp_path_factory.mktemp("challenge"), ca, TASKS, **places)


def item(result: Any, name: str) -> Any:
    """The order of a name."""
    return next(one for one in result["orders"] if one["name"] == name)


def problem(result: Any, name: str) -> tuple[str, str | None]:
    """The last part of the type of an order's problem, and the name that it is about."""
    found = item(result, name)
    assert (found["failed"], found["changed"]) == (True, False)
    return found["problem"]["type"].rpartition(":")[2], found["problem"]["identifier"]


def test_answered(done: Play) -> None:
    """Challenges of both types are answered once, as check mode foretold, and then the orders are ready."""
    assert done.changed("foretold", "answered", "again", "again foretold") == [True, True, False, False]
    for task in ("foretold", "answered"):
        assert [one["name"] for one in done[task]["orders"]] == ["one", "two", "dns"]
    for task in ("answered", "again"):
        assert {one["status"] for one in done[task]["orders"]} == {"ready"}
    assert [one["name"] for one in done["again"]["orders"]] == [one["url"] for one in done["answered"]["orders"][:2]]


def test_what_is_no_longer_so(done: Play) -> None:
    """Authorizations that were proven since they were returned are no change, and no error."""
    assert done.changed("again with what is no longer so") == [False]


def test_foretold_without_an_order(done: Play) -> None:
    """In check mode, where no order was made, the challenges count as ones to be answered."""
    assert done["foretold without an order"]["orders"] == [
        {"name": "one", "changed": True, "url": None, "status": None}
    ]


def test_validation_fails(done: Play) -> None:
    """A name that could not be proven is told with what the CA saw, the first time and the next."""
    for task in ("some fail", "some fail again"):
        assert problem(done[task], "missing") == ("unauthorized", "missing.example.com")
        assert "missing.example.com" in item(done[task], "missing")["msg"]
        assert "404" in item(done[task], "missing")["msg"]


def test_several_names_fail(done: Play) -> None:
    """When several names of an order could not be proven, each has a subproblem of its own."""
    for task in ("some fail", "some fail again"):
        assert problem(done[task], "partly") == ("validationFailed", None)
        subproblems = item(done[task], "partly")["problem"]["subproblems"]
        assert [one["identifier"] for one in subproblems] == ["missing.example.com", "nowhere.example.com"]
        assert "2 of 3 names" in item(done[task], "partly")["msg"]


@pytest.mark.parametrize("name", ["wildcard", "wildcard known"])
def test_not_on_offer(done: Play, name: str) -> None:
    """A type of challenge that the CA does not offer is one kind of problem, before any attempt is made."""
    assert problem(done["some fail"], name) == ("validationFailed", "*.example.com")
    assert "offers no http-01 challenge for *.example.com (offered: dns-01" in item(done["some fail"], name)["msg"]


@pytest.mark.parametrize(
    ("name", "type_", "said"),
    [("unknown", "badResponse", "could not read the order"), ("nothing", "invalidInput", "the order has no URL")],
)
def test_no_such_order(done: Play, name: str, type_: str, said: str) -> None:
    """An order that is not there is told so."""
    assert problem(done["some fail"], name) == (type_, None)
    assert said in item(done["some fail"], name)["msg"]


def test_the_others_are_finished(done: Play) -> None:
    """An order that fails does not keep the others from becoming ready."""
    assert done["some fail"]["msg"].startswith("6 of 7 orders failed: missing: ")
    assert item(done["some fail"], "last")["status"] == "ready"
    assert [done[task]["changed"] for task in ("some fail", "some fail again")] == [True, False]
    assert done.problem("some fail") == "unauthorized"


def test_info(done: Play) -> None:
    """An order that failed shows why, and so does its authorization."""
    (order,) = done["info"]["orders"]
    (name,) = order["authorizations"]
    assert (order["status"], order["problem"]["type"]) == ("invalid", name["problem"]["type"])
    assert (name["status"], name["problem"]["identifier"]) == ("invalid", "missing.example.com")
