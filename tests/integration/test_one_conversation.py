# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks of a play say to the CA together, and what they tell of it meanwhile."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.play import Play
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

NAMES = [f"n{number}.example.com" for number in range(20)]
ISSUE = """
- name: account
  webpki.acme.account: {terms_agreed: true}

- name: request
  webpki.acme.certificate_request: {store: "{{ here }}/store", certificates: [{name: many, identifiers: "{{ names }}"}]}
  register: request

- name: order
  webpki.acme.order:
    take_up: false
    orders: [{name: many, identifiers: "{{ names }}"}]
  register: ordered

- name: place
  webpki.acme.challenge_webroot:
    challenges: >-
      {{ dict(http | map(attribute='token') | zip(http | map(attribute='content')))
      | dict2items('token', 'content') | map('combine', {'webroot': webroot}) }}
  vars:
    http: "{{ ordered.orders[0].authorizations | map(attribute='challenges.http-01') }}"

- name: prove
  webpki.acme.challenge:
    orders: ["{{ ordered.orders[0] | dict2items | selectattr('key', 'in', ['name', 'url', 'authorizations']) | items2dict }}"]
  register: proven

- name: fetch
  webpki.acme.certificate:
    orders:
      - name: many
        url: "{{ ordered.orders[0].url }}"
        csr: "{{ request.certificates[0].csr }}"
        finalize: "{{ proven.orders[0].finalize }}"
"""


def requests(ca: Pebble) -> Counter[str]:
    """How often the CA was asked for what: the method, and what the path begins with."""
    log = (ca.directory / "pebble.log").read_text()
    return Counter(re.findall(r" ((?:GET|HEAD|POST) /[\w-]*)[^ ]* -> calling handler", log))


def test_requests(pebble: PebbleFactory, tmp_path: Path) -> None:
    """All tasks together need 2 N + 5 requests, one nonce for each that may be under way at once, and looks at the order."""
    with Webroot(tmp_path / "webroot") as webroot:
        ca = pebble(nonce_reject=0, http_port=webroot.port)
        play = Play(tmp_path, ca, ISSUE, webroot=str(webroot.directory), names=NAMES)
    assert play.changed("account", "order", "prove", "fetch") == [True] * 4
    asked = requests(ca)
    # Twice where the CA is done at once.
    assert asked.pop("POST /my-order") >= 2
    assert asked == {
        "GET /dir": 1,
        "HEAD /nonce-plz": 8,
        "POST /sign-me-up": 1,
        "POST /order-plz": 1,
        "POST /authZ": len(NAMES),
        "POST /chalZ": len(NAMES),
        "POST /finalize-order": 1,
        "POST /certZ": 1,
    }


STATES = """
- name: account
  webpki.acme.account: {terms_agreed: true}

- name: wrong
  webpki.acme.account_info: {account_uri: "{{ ca_url | replace('/dir', '/my-account/none') }}"}

- name: right
  webpki.acme.account_info:

- name: rollover
  webpki.acme.account: {new_account_key_file: "{{ here }}/new.pem"}

- name: old
  webpki.acme.account_info:

- name: new
  webpki.acme.account_info: {account_key_file: "{{ here }}/new.pem"}

- name: away
  webpki.acme.account: {account_key_file: "{{ here }}/new.pem", state: absent}

- name: none
  webpki.acme.order: {account_key_file: "{{ here }}/new.pem", orders: [{name: www, identifiers: [www.example.com]}]}

- name: proxy
  webpki.acme.directory_info: {ca: "{{ item.ca }}"}
  environment: "{{ item.environment }}"
  loop:
    - {ca: "{{ ca_url }}", environment: {HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: ""}}
    - {ca: "{{ ca_url }}", environment: {}}

- name: store
  webpki.acme.certificate_info: {store: "$THERE", names: [none]}
  environment: {THERE: "{{ here }}"}
"""


def test_task_by_task(pebble: PebbleFactory, tmp_path: Path) -> None:
    """What is kept from task to task is what the CA said of a key: nothing that a task was given, or that is no more."""
    play = Play(tmp_path, pebble(), STATES)
    assert not play["wrong"]["exists"]
    assert (play["right"]["failed"], play["right"]["exists"]) == (False, True)
    assert (play["old"]["failed"], play["old"]["exists"]) == (False, False)
    assert play["new"]["account_uri"] == play["right"]["account_uri"]
    assert play["away"]["changed"]
    assert play.problem("none") in ("unauthorized", "accountDoesNotExist")
    assert [one.get("failed", False) for one in play["proxy"]["results"]] == [True, False]
    assert not play["store"]["failed"]


def test_progress(pebble: PebbleFactory, tmp_path: Path) -> None:
    """A conversation that takes longer than a few seconds tells how far it is; what is quick tells nothing."""
    with Webroot(tmp_path / "webroot") as webroot:
        ca = pebble(nonce_reject=0, http_port=webroot.port, validation_sleep=8)
        play = Play(tmp_path, ca, ISSUE, webroot=str(webroot.directory), names=NAMES[:2])
    lines = re.findall(r"^(\w+): (\d+ of \d+ .*)$", play.screen, re.MULTILINE)
    assert set(lines) == {("prove", "0 of 1 orders ready")}
    assert 1 <= len(lines) <= 8
