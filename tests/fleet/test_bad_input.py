# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a user gets wrong: one message that says what to do, and nothing is lost.

Each mistake is made on a host of its own in the inventory; all of them are web1, so one run makes them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.lab.pebble import Pebble

from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

#: Mistake -> the essential words of its message.
MISTAKES = {
    "unknown-ca": ["'letsencrpyt' is not a CA that is known by name", "Known names: ", "letsencrypt_staging"],
    "unreachable-ca": ["Connection refused", "/dir", "Check the CA's URL"],
    "untrusted-ca": ["the server cannot be trusted", "acme_ca_bundle"],
    "missing-bundle": ["the CA bundle /nowhere/ca.pem cannot be read"],
    "terms": ["terms of service", "have not been agreed to", "acme_terms_agreed"],
    "eab": ["external account binding", "acme_external_account_binding"],
    "no-key": ["no account key is given", "Give account_key_file or account_key"],
    "key-garbage": ["garbage.pem is not a private key in PEM form", "RSA or ECDSA"],
    "key-encrypted": ["encrypted.pem is encrypted", "account_key_passphrase"],
    "key-directory": ["could not make the account key", "garbage.pem: File exists"],
    "malformed": ["'not a name.example.test' is not a domain name or IP address", "Give a bare name"],
    "slash": ["certificate name 'sl/ash' has a slash in it", "Use letters"],
    "twice": ["the certificate name 'twice' is listed twice", "List it once"],
    "no-names": ["no identifiers are given", "List at least one"],
    "read-only": ["/mnt/read-only", "Read-only file system"],
    "no-webroot": [
        "could not be placed on no-webroot",
        "the webroot /var/www/nowhere does not exist",
        "Give the document root",
    ],
    "other-webroot": [
        "other-webroot.example.test",
        "http://other-webroot.example.test:80/",
        "404",
        "check that webroot",
    ],
    "other-host": [
        "other-host.example.test",
        "http://other-host.example.test:80/",
        "404",
        "no other host answers for it",
    ],
    "no-dns": ["no-dns.example.test", "could not resolve", "check the name's A and AAAA records"],
    "blocked": ["blocked-domain.example", "(rejectedIdentifier)", "does not issue for this name"],
}


class Runs(NamedTuple):
    """The run with all mistakes, and the fingerprints of what was served before and after."""

    run: Run
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(scope="module")
def strict_ca(fleet: Fleet) -> Iterator[Pebble]:
    """A CA that wants an external account binding."""
    with fleet.ca(
        "strict", eab_keys={"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}
    ) as ca:
        yield ca


@pytest.fixture(scope="module")
def runs(fleet: Fleet, strict_ca: Pebble) -> Runs:
    """Certificates that are served; then each of them is wanted anew, with a mistake."""
    listed = [certificate(name) for name in MISTAKES]
    good = {"web1": {"acme_certificates": listed}}
    for host in ("web1", "web2"):
        fleet.serve(host)
    fleet.point(good)
    # By another account: of names that one has proven Pebble takes one of a hundred for proven, even where it is to take none.
    fleet.run(good, acme_account_key_file=str(fleet.key("before.pem"))).good()
    fleet.serve("web1", listed)
    fleet.host("web1").ssh(
        "mkdir -p /mnt/read-only /var/www/other; mount -t tmpfs -o ro,mode=0755 none /mnt/read-only; mkdir -p /var/www/challenges"
    )
    fleet.lab.dns.add_a("other-host.example.test", fleet.host("web2").address)
    fleet.lab.dns.clear_a("no-dns.example.test")

    def served() -> dict[str, str]:
        return {name: fleet.look("web1", f"{name}.example.test").fingerprint for name in MISTAKES}

    before = served()
    hosts: dict[str, dict[str, Any]] = {
        name: {
            "ansible_host": fleet.host("web1").address,
            "acme_certificates": [certificate(name, reload=["nginx"])],
            "acme_force": [name],
            **changes,
        }
        for name, changes in mistakes(fleet, strict_ca).items()
    }
    # What is well beside a mistake, on the same host.
    hosts["malformed"]["acme_certificates"].append(certificate("beside"))
    fleet.lab.dns.add_a("beside.example.test", fleet.host("web1").address)
    run = fleet.run(hosts)
    return Runs(run, before, served())


def mistakes(fleet: Fleet, strict_ca: Pebble) -> dict[str, dict[str, Any]]:
    """Mistake -> the variables that make it."""
    made = fleet.directory

    def names(name: str, *identifiers: str, **more: Any) -> dict[str, Any]:
        return {"acme_certificates": [{**certificate(name), "identifiers": list(identifiers), **more}]}

    return {
        "unknown-ca": {"acme_ca": "letsencrpyt"},
        "unreachable-ca": {"acme_ca": f"https://{fleet.lab.ca.options.address}:9/dir"},
        "untrusted-ca": {"acme_ca_bundle": ""},
        "missing-bundle": {"acme_ca_bundle": "/nowhere/ca.pem"},
        "terms": {"acme_terms_agreed": False, "acme_account_key_file": str(made / "new.pem")},
        "eab": {"acme_ca": strict_ca.directory_url, "acme_ca_bundle": str(strict_ca.ca_bundle)},
        "no-key": {"acme_account_key_file": ""},
        "key-garbage": {"acme_account_key_file": str(written(made / "garbage.pem", "not a key\n"))},
        "key-encrypted": {"acme_account_key_file": str(fleet.key("encrypted.pem", "secret"))},
        "key-directory": {"acme_account_key_file": str(made / "garbage.pem" / "account.pem")},
        "malformed": names("malformed", "not a name.example.test"),
        "slash": names("sl/ash", "slash.example.test"),
        "twice": {"acme_certificates": [certificate("twice"), certificate("twice")]},
        "no-names": names("no-names"),
        "read-only": {"acme_store": "/mnt/read-only/webpki"},
        "no-webroot": names("no-webroot", "no-webroot.example.test", webroot="/var/www/nowhere"),
        "other-webroot": names("other-webroot", "other-webroot.example.test", webroot="/var/www/other"),
        "other-host": {},
        "no-dns": {},
        "blocked": names("blocked", "www.blocked-domain.example"),
    }


def written(path: Path, text: str) -> Path:
    """PATH, with TEXT in it."""
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", MISTAKES)
def test_one_clear_message(runs: Runs, name: str) -> None:
    """The host fails with one message, which tells what is wrong and what to do."""
    (message,) = runs.run.messages(name)
    for words in MISTAKES[name]:
        assert words in message
    assert "Traceback" not in message


@pytest.mark.parametrize("name", MISTAKES)
def test_the_certificate_goes_on_being_served(runs: Runs, name: str) -> None:
    """The certificate that was there before the mistake is served after it."""
    assert runs.after[name] == runs.before[name]


def test_only_those_with_a_mistake_fail(runs: Runs, fleet: Fleet) -> None:
    """What is well is issued, also on a host with a mistake in another certificate."""
    assert runs.run.failed() == set(MISTAKES)
    fleet.host("web1").ssh("openssl x509 -noout -in /etc/webpki/beside/current/fullchain.pem")


def test_files_are_cleaned_up(runs: Runs, fleet: Fleet) -> None:
    """No challenge file and no half-made file stays, whatever went wrong."""
    leftovers = r"find /var/www/*/.well-known/acme-challenge /etc/webpki -type f \( -path '*/acme-challenge/*' -o -name '*tmp*' \)"
    assert fleet.host("web1").ssh(leftovers) == ""


def test_no_attempt_that_must_fail(runs: Runs) -> None:
    """The CA is not asked to look where the challenge file could not be placed."""
    asked = [
        order
        for values in runs.run.of("Answer the challenges")
        for one in values["results"]
        for order in one.get("orders", [])
    ]
    assert not any("no-webroot" in order["name"] for order in asked)


def test_in_seconds(runs: Runs) -> None:
    """No mistake makes a run wait: all of them together take seconds, or little more on a busy machine."""
    assert runs.run.seconds < 90


def test_no_file_is_made_for_nothing(runs: Runs, fleet: Fleet) -> None:
    """A mistake leaves no folder of its own."""
    assert fleet.host("web1").ssh("ls -d /var/www/nowhere /etc/webpki/sl 2>/dev/null || true") == ""
