# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with two certificates that a server uses, under load: made due again and again, and looked at from inside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.fleet import sites
from tests.fleet.fleet import Fleet, certificate
from tests.fleet.playbook import Run
from tests.lab.host import Host

from .load import Load
from .stopped import install

HOST = "web1"
NAMES = ("shop", "mail")
_CHALLENGES = Path(sites.WEBROOT.lstrip("/"), ".well-known", "acme-challenge")
_FILES = "certificate|chain|fullchain|privkey"
_IN_STORE = re.compile(rf"[a-z]+(/versions(/\d{{4}}(/({_FILES})\.pem|/issuance\.json)?)?|/current)?")


class Scene:
    """The host, its certificates, and the visitor."""

    def __init__(self, fleet: Fleet, load: Load) -> None:
        self.fleet = fleet
        self.load = load
        self.host: Host = fleet.host(HOST)
        #: How often the certificates have been made due.
        self.renewals = 0
        #: The fingerprints of all certificates that were ever installed.
        self.known: set[str] = set()

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """What is wanted of the host now."""
        return {HOST: {"acme_certificates": wanted(self.renewals)}}

    def make_due(self) -> None:
        """Let each certificate be wanted for other names than it has."""
        self.renewals += 1

    def renew(self) -> Run:
        """The normal run."""
        return self.fleet.run(self.hosts)

    def logged(self, text: str) -> int:
        """How often the CA's log says TEXT."""
        return (self.fleet.lab.ca.directory / "pebble.log").read_text().count(text)

    def check(self) -> None:
        """What must hold at any instant: key and certificate belong together, and everybody gets a good one."""
        for name in NAMES:
            pair_fits(self.host.root / "etc/webpki" / name / "current")
        self.load.good(2)
        served = self.load.served()
        self.known |= self._installed()
        unknown = served - self.known
        assert not unknown, f"served, but never installed: {unknown}"

    def check_finished(self) -> None:
        """What must hold after a run that went well: the new certificates are served, and nothing is left over."""
        self.check()
        assert self.left_over() == []
        for name, entry in zip(NAMES, wanted(self.renewals)):
            served = self.fleet.look(HOST, f"{name}.example.test")
            assert served.error == ""
            assert served.names == set(entry["identifiers"])
            assert served.fingerprint == fingerprint(self.host.root / "etc/webpki" / name / "current/certificate.pem")

    def left_over(self) -> list[str]:
        """The files in webroot and store that are there only while something is done."""
        store = self.host.root / "etc/webpki"
        inside = [str(path.relative_to(store)) for path in store.rglob("*")]
        challenges = [str(path) for path in (self.host.root / _CHALLENGES).glob("*")]
        return challenges + [path for path in inside if not _IN_STORE.fullmatch(path)]

    def _installed(self) -> set[str]:
        # What a run that goes on removes at this moment is none that could be served.
        return {
            found
            for path in (self.host.root / "etc/webpki").glob("*/versions/[0-9]*[0-9]/certificate.pem")
            if (found := fingerprint(path))
        }


def wanted(renewals: int) -> list[dict[str, Any]]:
    """The entries of acme_certificates, of which each renewal asks for other names."""
    parity = "odd" if renewals % 2 else "even"
    return [
        certificate(
            name,
            f"{name}.example.test",
            f"{parity}.{name}.example.test",
            reload=["nginx"],
            served_on="127.0.0.1:443",
        )
        for name in NAMES
    ]


def pair_fits(directory: Path) -> None:
    """AssertionError unless key and certificate in DIRECTORY, and the chain's first certificate, belong together."""
    # What still runs on the host may put another version in its place meanwhile.
    directory = directory.resolve(strict=True)
    leaf = x509.load_pem_x509_certificate((directory / "certificate.pem").read_bytes())
    first = x509.load_pem_x509_certificates((directory / "fullchain.pem").read_bytes())[0]
    key = load_pem_private_key((directory / "privkey.pem").read_bytes(), None)
    assert key.public_key() == leaf.public_key()
    assert leaf == first


def fingerprint(path: Path) -> str:
    """The SHA-256 fingerprint of a certificate in a file; empty when there is no file."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256()).hex()
    except FileNotFoundError:
        return ""


@contextmanager
def scene(fleet: Fleet) -> Iterator[Scene]:
    """A host with its first certificates, in use and visited."""
    host = fleet.host(HOST)
    install(host)
    for renewals in (0, 1):
        fleet.point({HOST: {"acme_certificates": wanted(renewals)}})
    fleet.serve(HOST)
    fleet.run({HOST: {"acme_certificates": first(wanted(0))}}).good()
    fleet.serve(HOST, wanted(0))
    load = Load(host.address, [f"{name}.example.test" for name in NAMES], fleet.lab.ca.roots_file)
    with load:
        made = Scene(fleet, load)
        made.check_finished()
        yield made


def first(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same entries without what needs a server that uses them already."""
    return [{option: entry[option] for option in ("name", "identifiers", "webroot")} for entry in entries]
