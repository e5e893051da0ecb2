# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.integration.play import PROVEN, Play
from tests.lab.fixtures import PebbleFactory
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

TASKS = """
- name: pending
  webpki.acme.order:
    orders:
      - {name: pending, identifiers: [pending.example.com]}
  register: pending

- name: foretold
  webpki.acme.authorization: &all
    authorizations: "{{ (ordered.orders[0:2] + pending.orders) | map(attribute='authorizations') | flatten
      | map(attribute='url') }}"
  check_mode: true

- name: order after that
  webpki.acme.order_info:
    orders:
      - {url: "{{ ordered.orders[0].url }}"}

- name: deactivated
  webpki.acme.authorization: *all

- name: again
  webpki.acme.authorization: *all

- name: again foretold
  webpki.acme.authorization: *all
  check_mode: true

- name: one fails
  webpki.acme.authorization:
    authorizations:
      - "{{ ordered.orders[2].authorizations[0].url }}0"
      - "{{ ordered.orders[2].authorizations[0].url }}"
"""


@pytest.fixture(scope="module")
def done(pebble: PebbleFactory, webroot: Webroot, tmp_path_factory: pytest.TempPathFactory) -> Play:
    return Play(tmp_path_factory.mktemp("authorization"), pebble(), PROVEN + TASKS, webroot=str(webroot.directory))


def test_deactivated(done: Play) -> None:
    """Authorizations, proven or not, are given up once, as check mode foretold."""
    assert done.changed("foretold", "deactivated", "again", "again foretold") == [True, True, False, False]
    named = ["also-one.example.com", "one.example.com", "two.example.com", "pending.example.com"]
    for task, status in (("deactivated", "deactivated"), ("again", "deactivated")):
        found = done[task]["authorizations"]
        assert [(one["identifier"], one["status"]) for one in found] == [(name, status) for name in named]
        assert all(one["name"] == one["url"] for one in found)


def test_check_mode_leaves_them(done: Play) -> None:
    """In check mode they stay as they are."""
    (order,) = done["order after that"]["orders"]
    assert {one["status"] for one in order["authorizations"]} == {"valid"}
    assert [one["status"] for one in done["foretold"]["authorizations"]] == ["valid", "valid", "valid", "pending"]


def test_one_fails(done: Play) -> None:
    """One that is not there fails, and the other is given up all the same."""
    missing, given_up = done["one fails"]["authorizations"]
    assert (missing["failed"], missing["changed"]) == (True, False)
    assert (given_up["status"], given_up["changed"]) == ("deactivated", True)
    assert done["one fails"]["msg"].startswith("1 of 2 authorizations failed: https://")
    assert done.problem("one fails") == missing["problem"]["type"].rpartition(":")[2]
