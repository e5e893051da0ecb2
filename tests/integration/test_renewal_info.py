# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renewal as the CA suggests it, through the role: every run asks, and goes by what it is told."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.webpki.acme.plugins.module_utils._acme.certificate_id import certificate_id
from ansible_collections.webpki.acme.plugins.module_utils._acme.renewal_time import Window, chosen
from cryptography import x509

from tests.fleet import playbook
from tests.fleet.documents import examples
from tests.fleet.playbook import Run
from tests.lab.options import PebbleOptions
from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble, cannot_be_replaced, window
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

GUIDE = REPOSITORY / "docs" / "renewal.md"

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
ISSUED = "Install and put to use"
ASKED = "Ask the CA when it wants certificates renewed"


def known_by(found: x509.Certificate) -> str:
    """What a certificate is known by to its CA."""
    issuer = found.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier or b""
    return certificate_id(issuer.hex(), f"{found.serial_number:x}")


def open_window(pem: str) -> str:
    """The CA's answer with a window that is open for another hour, of which the time drawn for this certificate is over."""
    found = x509.load_pem_x509_certificate(pem.encode())
    identifier = known_by(found)
    life = (found.not_valid_before_utc, found.not_valid_after_utc)
    now = datetime.now(timezone.utc).replace(microsecond=0)
    tried = (
        Window(now - timedelta(days=3, seconds=seconds), now + timedelta(hours=1)) for seconds in itertools.count()
    )
    drawn = next(one for one in tried if chosen(one, identifier, life[0], life[1]) < now)
    return json.dumps({"suggestedWindow": {"start": drawn.start.isoformat(), "end": drawn.end.isoformat()}})


class Host:
    """This machine, with two certificates from a CA."""

    def __init__(self, here: Path, ca: Pebble, webroot: Webroot) -> None:
        self.here, self.ca = here, ca
        (here / "play.json").write_text(json.dumps(BOOK))
        self._variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_ca": ca.directory_url,
            "acme_ca_bundle": str(ca.ca_bundle),
            "acme_account_key_file": str(here / "account.pem"),
            "acme_terms_agreed": True,
            "acme_store": str(here / "store"),
            "acme_certificates": [
                {"name": name, "identifiers": [f"{name}.example.com"], "webroot": str(webroot.directory)}
                for name in ("one", "two")
            ],
        }

    def run(self, *arguments: str, **variables: Any) -> Run:
        """The role."""
        hosts = {"web": {**self._variables, **variables}}
        (self.here / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        return playbook.run(
            str(self.here / "play.json"), self.here / "hosts.json", self.here / "home", "-v", *arguments
        )

    def warned(self, **variables: Any) -> tuple[Run, str]:
        """The role, where it goes well and warns, and its warnings without line breaks."""
        done = self.run(**variables)
        assert done.code == 0, done.screen
        lines = [line for line in done.screen.splitlines() if line.startswith("[WARNING]")]
        return done, " ".join(lines)

    def certificate(self, name: str) -> str:
        """The current one."""
        return (self.here / "store" / name / "current" / "certificate.pem").read_text()

    def asked(self) -> list[str]:
        """What the CA was asked for so far: methods and first parts of paths."""
        log = (self.ca.directory / "pebble.log").read_text()
        return re.findall(r" ((?:GET|HEAD|POST) /[\w-]*)[^ ]* -> calling handler", log)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    here = tmp_path_factory.mktemp("renewal")
    (here / "webroot").mkdir()
    with Webroot(here / "webroot") as webroot:
        # Its own, as others would count what is asked.
        options = PebbleOptions(http_port=webroot.port, nonce_reject=0)
        with Pebble(here / "pebble", options) as ca:
            made = Host(here, ca, webroot)
            made.run().good()
            for name in ("one", "two"):
                while cannot_be_replaced(known_by(x509.load_pem_x509_certificate(made.certificate(name).encode()))):
                    made.run(acme_force=[name]).good()
            yield made


def renewed(host: Host, run: Run) -> list[str]:
    """The certificates that a run renewed."""
    return sorted(
        item["name"] for values in run.of(ISSUED) for item in values.get("certificates", []) if item.get("changed")
    )


def reasons(run: Run) -> dict[str, list[str]]:
    """Why certificates were due, by their codes, as the last look says."""
    looks = run.of("Find out which certificates are due")
    return {one["name"]: [reason["code"] for reason in one["reasons"]] for one in looks[-1]["certificates"]}


def test_nothing_due(host: Host) -> None:
    """Where the window has not come nothing changes, and the CA is asked for its directory and once for each certificate."""
    before = len(host.asked())
    run = host.run().good()
    assert run.changes() == []
    assert sorted(host.asked()[before:]) == ["GET /dir", *["GET /draft-ietf-acme-ari-03"] * 2]
    (asked,) = run.of(ASKED)
    (answers,) = asked["results"]
    assert answers["due"] == answers["certificates"] == []


def test_nobody_can_be_asked(host: Host) -> None:
    """Where a CA cannot be asked at all that is told, lifetime decides, and the run goes on."""
    run = host.run(acme_ca_bundle="/nowhere/ca.pem").good()
    assert run.changes() == []
    (told,) = run.of("Tell why a CA could not be asked, so that the lifetime of certificates decides")
    assert "/nowhere/ca.pem" in told["msg"][0]


def test_moved_window(host: Host) -> None:
    """A CA that moves the window of a certificate has it renewed by the next run, as the replacement of the one before, and it alone."""
    old = {name: host.certificate(name) for name in ("one", "two")}
    host.ca.set_renewal_info(old["one"], window(-2, -1, explanationURL="https://ca.example/incident"))
    run, warnings = host.warned()
    assert "explains when to renew one on web at https://ca.example/incident" in warnings
    assert renewed(host, run) == ["one"]
    assert reasons(run) == {"one": ["renewal-info"], "two": []}
    assert host.certificate("one") != old["one"] and host.certificate("two") == old["two"]
    assert "which is over, see https://ca.example/incident" in run.screen
    (order,) = run.of("Order")[0]["results"][0]["orders"]
    (answers,) = run.of(ASKED)[0]["results"]
    assert (order["replaces"], order["not_replaced"]) == (answers["certificates"][0]["certificate_id"], None)
    assert host.run().good().changes() == []


def test_inside_the_window(host: Host) -> None:
    """A certificate that is renewed while its window is open is exempt from rate limits."""
    host.ca.set_renewal_info(host.certificate("two"), open_window(host.certificate("two")))
    run = host.run().good()
    assert renewed(host, run) == ["two"]
    (order,) = run.of("Order")[0]["results"][0]["orders"]
    assert order["exempt"] is True


def test_malformed(host: Host) -> None:
    """An answer that makes no sense is a warning, one for all, and the lifetime decides."""
    host.ca.set_renewal_info(host.certificate("one"), "no JSON")
    host.ca.set_renewal_info(host.certificate("two"), window(2, 1))
    run, warnings = host.warned()
    assert run.changes() == []
    assert "did not say when to renew one on web and 1 more, so lifetime decides: could not ask when" in warnings


def test_the_window_counts_more_than_the_lifetime(host: Host) -> None:
    """A certificate that is due by its lifetime is left to the CA's window; where the CA says nothing it is renewed."""
    host.ca.set_renewal_info(host.certificate("one"), window(5, 90))
    host.ca.set_renewal_info(host.certificate("two"), "nothing")
    run, _warnings = host.warned(acme_renew_fraction=0.9999999)
    assert renewed(host, run) == ["two"]
    assert reasons(run)["two"] == ["lifetime"]


def test_emergency(host: Host) -> None:
    """Whatever the window, a certificate is renewed when less is left than the emergency share."""
    host.ca.set_renewal_info(host.certificate("one"), window(5, 90))
    host.ca.set_renewal_info(host.certificate("two"), window(5, 90))
    run = host.run(acme_emergency_fraction=0.9999999).good()
    assert renewed(host, run) == ["one", "two"]


def test_not_asked(host: Host) -> None:
    """Where it is switched off, and in check mode, the CA is not asked, and the lifetime decides."""
    old = host.certificate("one")
    host.ca.set_renewal_info(old, window(-2, -1))
    before = len(host.asked())
    assert host.run(acme_renewal_info=False).good().changes() == []
    assert host.run("--check", "--diff").good().changes() == []
    assert len(host.asked()) == before
    host.ca.set_renewal_info(old, window(20, 30))


@pytest.mark.parametrize("text", [text for text in examples(GUIDE, "yaml") if not text.startswith("-")])
def test_settings_of_the_guide(host: Host, text: str) -> None:
    """The settings that the guide shows are such as the role takes, and change nothing where nothing is due."""
    settings = yaml.safe_load(text)
    if "acme_state_directory" in settings:
        settings["acme_state_directory"] = str(host.here / "state")
    before = len(host.asked())
    assert host.run(**settings).good().changes() == []
    asked = len(host.asked()) - before
    assert asked == (0 if settings.get("acme_renewal_info") is False else 3)
    if "acme_state_directory" in settings:
        # What the run before it was told is still good.
        assert host.run(**settings).good().changes() == []
        assert len(host.asked()) == before + asked


def test_play_of_the_guide(host: Host) -> None:
    """The play that the guide shows says of all certificates of a host when they are to be renewed."""
    (text,) = [text for text in examples(GUIDE, "yaml") if text.startswith("-")]
    (play,) = yaml.safe_load(text)
    look, ask, _show = play["tasks"]
    look["webpki.acme.certificate_info"] = {"store": str(host.here / "store")}
    ask["webpki.acme.renewal_info"].update(ca=host.ca.directory_url, ca_bundle=str(host.ca.ca_bundle))
    (host.here / "guide.json").write_text(json.dumps([play]))
    run = playbook.run(str(host.here / "guide.json"), host.here / "hosts.json", host.here / "home")
    assert run.code == 0, run.screen
    assert run.screen.count(": to be renewed from ") == 2


def test_a_predecessor_that_the_ca_does_not_know(host: Host) -> None:
    """A CA that has lost its memory says nothing of renewal, and takes no replacement: that is told, and the certificate is issued."""
    host.ca.restart()
    before = host.certificate("one")
    run, warnings = host.warned(acme_force=["one"])
    assert renewed(host, run) == ["one"]
    assert host.certificate("one") != before
    assert "one on web: ordered, but not as the replacement of the certificate that it is to replace" in warnings
    assert "did not say when to renew" in warnings


def test_a_ca_that_is_away(host: Host) -> None:
    """A CA that cannot be reached fails no run in which nothing is due: it warns, and the lifetime decides."""
    host.ca.stop()
    run, warnings = host.warned()
    assert run.changes() == []
    assert "did not say when to renew one on web and 1 more, so lifetime decides" in warnings
