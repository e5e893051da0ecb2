# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates given up, with the commands of docs/revocation.md: at once, and replaced first, with a host that does not follow."""

from __future__ import annotations

import json
import shlex
from typing import Any, NamedTuple

import pytest
from cryptography import x509

from tests.lab.paths import REPOSITORY

from .documents import examples
from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

REVOKE = "webpki.acme.revoke"
#: What the document's commands give beside inventory and playbook: by name, and by number, replaced first; then at once: by
#: name, by number, and by the certificate's own key.
COMMANDS = [shlex.split(text)[4:] for text in examples(REPOSITORY / "docs" / "revocation.md", "console")]
SITES = {"www": "www.example.test", "own": "own.example.test"}
USED = {"reload": ["nginx"], "served_on": "127.0.0.1:443", "key_reuse": True}


class Runs(NamedTuple):
    """All runs, one after the other, and what was served by then: (host, name) -> certificate."""

    foretold: Run
    trouble: Run
    mended: Run
    by_number: Run
    at_once: Run
    renewed: Run
    by_key: Run
    again: Run
    #: After the first issuance, after the run with trouble, after that was mended, and after the renewal.
    served: list[dict[tuple[str, str], x509.Certificate]]
    #: Status and reason, at the CA, of what was served at first, after the run with trouble.
    status: dict[str, tuple[str, int]]
    #: Requests to the CA by the run that only foretells.
    asked: int
    #: New orders by the run after the one with trouble.
    orders: int


def serial(found: x509.Certificate) -> str:
    number = f"{found.serial_number:x}"
    return number.zfill(len(number) + len(number) % 2)


def status(fleet: Fleet, found: x509.Certificate) -> tuple[str, int]:
    """How a certificate stands with the CA, and why."""
    told = fleet.lab.ca.certificate_status(serial(found))
    return told["Status"], told.get("Reason") or 0


def hosts(used: dict[str, Any], **of_web2: Any) -> dict[str, dict[str, Any]]:
    """Two hosts that share www, of which one has a certificate of its own as well."""
    www, own = certificate("www", shared=True, **used), certificate("own", **used)
    listed = {"web1": [www, own], "web2": [{**www, **of_web2}]}
    return {name: {"acme_certificates": entries} for name, entries in listed.items()}


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """Twice the same command, of which the first meets a host whose server cannot be reloaded; then the other ways."""
    # Without reload: the sites come only after the first certificates.
    first_hosts = hosts({"key_reuse": True})
    fleet.point(first_hosts)
    for name in first_hosts:
        fleet.serve(name)
    fleet.run(first_hosts).good()
    for name, variables in first_hosts.items():
        fleet.serve(name, variables["acme_certificates"])
    places = [("web1", "www"), ("web1", "own"), ("web2", "www")]
    served: list[dict[tuple[str, str], x509.Certificate]] = []

    def look() -> None:
        served.append({(host, name): fleet.look(host, SITES[name]).certificate for host, name in places})

    def revoke(number: int, *more: str, old: x509.Certificate | None = None, **of_web2: Any) -> Run:
        arguments = [one.replace("SERIAL", serial(old) if old else "") for one in COMMANDS[number]]
        return fleet.run(hosts(USED, **of_web2), *arguments, *more, playbook_=REVOKE)

    def orders() -> int:
        return (fleet.lab.ca.directory / "pebble.log").read_text().count("order-plz -> calling")

    look()
    first = served[0]["web1", "www"]
    both = ["-e", json.dumps({"acme_revoke": ["www", "own"]})]
    before = fleet.requests()
    foretold = revoke(0, *both, "--check", "--diff")
    asked = fleet.requests() - before
    trouble = revoke(0, *both, reload=["/bin/false"])
    look()
    after = {"www": status(fleet, first), "own": status(fleet, served[0]["web1", "own"])}
    before = orders()
    mended = revoke(0, *both)
    new_orders = orders() - before
    look()
    by_number = revoke(1, old=first)
    at_once = revoke(2)
    renewed = fleet.run(hosts(USED))
    look()
    by_key = revoke(4, "-vvv")
    again = revoke(3, old=first)
    return Runs(foretold, trouble, mended, by_number, at_once, renewed, by_key, again, served, after, asked, new_orders)


def test_foretold(runs: Runs) -> None:
    """Check mode says what is to be replaced and revoked, and why, and neither asks the CA nor writes anything."""
    runs.foretold.good()
    assert runs.asked == 0
    (told,) = runs.foretold.of("Say what is to be revoked", "web2")
    assert "(keyCompromise), once another one with a new key is served on web1, web2" in told["msg"][0]
    (issued,) = runs.foretold.of("Say what is due and what follows", "web2")
    assert "(asked for)" in issued["msg"][0]
    changes = runs.foretold.changes()
    assert ("web1", "Remember that they are to be revoked") in changes
    assert "revoked (keyCompromise)" in runs.foretold.screen


def test_replaced_first(runs: Runs) -> None:
    """What all its hosts serve a successor of is revoked, also in a run in which another one fails; its successor has a new key."""
    old, new = (served["web1", "own"] for served in runs.served[:2])
    assert runs.status["own"] == ("Revoked", 1)
    assert old.public_key() != new.public_key()


def test_not_replaced_everywhere(runs: Runs) -> None:
    """Where one host does not serve the new certificate the old one is not revoked, and all hosts that have it fail and say so."""
    old, new = runs.served[:2]
    assert runs.status["www"] == ("Valid", 0)
    assert new["web1", "www"] != old["web1", "www"]
    assert new["web2", "www"] == old["web2", "www"]
    assert runs.trouble.failed() == {"web1", "web2"}
    for host in ("web1", "web2"):
        message = runs.trouble.messages(host)[-1]
        assert f"www with serial number {serial(old['web1', 'www'])}: not revoked, as" in message
        assert "the new one is not seen to be served on web2: '/bin/false' failed: exit code 1." in message


def test_goes_on(runs: Runs, fleet: Fleet) -> None:
    """The same command goes on from there: no new order, the old one is revoked, and what came to its end is left as it is."""
    runs.mended.good()
    assert runs.orders == 0
    before, after = runs.served[1:3]
    assert after["web2", "www"] == after["web1", "www"] == before["web1", "www"]
    assert after["web1", "own"] == before["web1", "own"]
    assert status(fleet, runs.served[0]["web1", "www"]) == ("Revoked", 1)


def test_named_by_its_number(runs: Runs) -> None:
    """With the serial number of what was replaced and revoked the command changes nothing more."""
    assert runs.by_number.good().changes() == []
    (told,) = runs.by_number.of("Say what was revoked", "web2")
    assert "it had been revoked before. It names no CRL." in told["msg"][0]


def test_at_once(runs: Runs, fleet: Fleet) -> None:
    """A certificate is revoked at once, and the next renewal replaces it because of that, with a new key in spite of key_reuse."""
    runs.at_once.good()
    before, after = (served["web1", "www"] for served in runs.served[2:4])
    assert status(fleet, before) == ("Revoked", 5)
    (told,) = runs.renewed.good().of("Say what is due and what follows", "web2")
    assert "it was revoked at" in told["msg"][0] and "(cessationOfOperation)" in told["msg"][0]
    assert before.public_key() != after.public_key()
    assert after == runs.served[3]["web2", "www"]


def test_by_its_key(runs: Runs, fleet: Fleet) -> None:
    """The certificate's own key revokes it; it is in no output."""
    runs.by_key.good()
    assert status(fleet, runs.served[3]["web1", "www"]) == ("Revoked", 1)
    keys = fleet.host("web1").ssh("cat /etc/webpki/www/versions/*/privkey.pem")
    for line in keys.splitlines():
        if not line.startswith("-----"):
            assert line not in runs.by_key.screen + runs.by_key.record


def test_older_version(runs: Runs) -> None:
    """A version that is long out of use is found by its serial number, and once revoked it stays as it was."""
    assert runs.again.good().changes() == []


@pytest.mark.usefixtures("runs")
def test_refused(fleet: Fleet) -> None:
    """When something that is named is nowhere, or is shared with a host that is not in the run, nothing is done for the rest either."""
    before = fleet.requests()
    named = json.dumps({"acme_revoke": ["www", "own", "nobody"]})
    done = fleet.run(hosts(USED), *COMMANDS[0], "-e", named, "--limit", "web1", playbook_=REVOKE)
    assert done.failed() == {"web1"}
    (message,) = done.messages("web1")
    assert "acme_revoke names nobody, which no host of this run has in its store" in message
    assert "www cannot be replaced: it is shared with web2, which is not in this run" in message
    assert (fleet.requests(), done.changes()) == (before, [])


@pytest.mark.usefixtures("runs")
def test_not_on_a_hosts_word(fleet: Fleet) -> None:
    """A host that shows another one's certificate under a name fails, and it stays valid; so does one that lacks the key that is to sign."""
    own, number = fleet.look("web1", SITES["own"]).certificate, "www with serial number"
    stolen = fleet.host("web1").ssh("cat /etc/webpki/own/current/fullchain.pem")
    fleet.host("web2").ssh(f"cat > /etc/webpki/www/current/fullchain.pem <<'END'\n{stolen}\nEND")
    fleet.host("web1").ssh("rm /etc/webpki/www/current/privkey.pem")
    done = fleet.run(hosts(USED), *COMMANDS[4], playbook_=REVOKE)
    (of_web1,), (of_web2,) = done.messages("web1"), done.messages("web2")
    assert number in of_web1 and "not revoked, as its key could not be read on web1." in of_web1
    assert f"{number} {serial(own)}: not revoked, as the key beside it on web2 is not its own." in of_web2
    assert status(fleet, own) == ("Valid", 0)
