# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from tests.integration.play import Play
from tests.lab.fixtures import PebbleFactory
from tests.lab.options import Profile
from tests.lab.pebble import Pebble
from tests.lab.ports import free_ports

pytestmark = pytest.mark.lab

TASKS = """
- name: found
  webpki.acme.directory_info:

- name: in check mode
  webpki.acme.directory_info:
  check_mode: true

- name: unknown name
  webpki.acme.directory_info: {ca: letsencypt}

- name: plain HTTP
  webpki.acme.directory_info: {ca: "http://ca.example.com/directory"}

- name: nobody there
  webpki.acme.directory_info: {ca: "https://127.0.0.1:{{ closed_port }}/dir"}

- name: no such host
  webpki.acme.directory_info: {ca: "https://ca.invalid/directory"}

- name: another page
  webpki.acme.directory_info: {ca: "{{ ca_url | replace('/dir', '/elsewhere') }}"}

- name: untrusted
  webpki.acme.directory_info: {ca_bundle: "{{ omit }}"}

- name: not verified
  webpki.acme.directory_info: {ca_bundle: "{{ omit }}", validate_certs: false}

- name: no bundle
  webpki.acme.directory_info: {ca_bundle: "{{ here }}/none.pem"}

- name: not a bundle
  webpki.acme.directory_info: {ca_bundle: "{{ here }}/play.json"}

- name: no time
  webpki.acme.directory_info: {deadline: 0}
"""


@pytest.fixture(scope="module")
def ca(pebble: PebbleFactory) -> Pebble:
    profiles = {"default": Profile(), "shortlived": Profile("Six days", 6 * 86400)}
    return pebble(
        profiles=profiles, eab_keys={"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}
    )


@pytest.fixture(scope="module")
def done(ca: Pebble, tmp_path_factory: pytest.TempPathFactory) -> Play:
    return Play(tmp_path_factory.mktemp("directory"), ca, TASKS, closed_port=free_ports(1)[0])


def test_found(ca: Pebble, done: Play) -> None:
    """What the CA offers is returned, also in check mode, without an account and without a change."""
    assert done.changed("found", "in check mode", "not verified") == [False, False, False]
    found = done["found"]
    assert found["directory"]["url"] == ca.directory_url
    assert all(str(url).startswith("https://") for url in found["directory"].values())
    assert found["profiles"] == {"default": "The only profile of this CA", "shortlived": "Six days"}
    assert found["external_account_required"] is True
    assert found["terms_of_service"]
    for task in ("in check mode", "not verified"):
        assert done[task] == found
    assert not (done.here / "account.pem").exists()


@pytest.mark.parametrize(
    ("task", "problem", "said"),
    [
        ("unknown name", "invalidInput", "'letsencypt' is not a CA that is known by name, nor an https URL"),
        ("plain HTTP", "invalidInput", "Known names: "),
        ("nobody there", "unreachable", "Check the CA's URL"),
        ("no such host", "unreachable", "name resolution"),
        ("another page", "badResponse", "Check that the directory URL is that of an ACME CA"),
        ("untrusted", "untrusted", "give its bundle as ca_bundle"),
        ("no bundle", "invalidInput", "the CA bundle"),
        ("not a bundle", "invalidInput", "Check ca_bundle"),
        ("no time", "deadline", "raise the deadline"),
    ],
)
def test_bad_input(done: Play, task: str, problem: str, said: str) -> None:
    """A CA that cannot be talked to is told with the reason, what to do, and a type to branch on."""
    assert done.problem(task) == problem
    assert said in done[task]["msg"]
