# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""certbot, with its authenticator webroot: one process for each certificate, one for the daily run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..paths import PEERS
from ..process import Command
from ..work import Certificate, Site, Work
from .tool import environment


class Certbot:
    """The command certbot."""

    name = "certbot"

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """`certbot certonly` for each certificate."""
        account = ["--agree-tos", "--email", "admin@example.test", "--no-eff-email", "--server", site.ca]
        proof = ["--webroot", "--webroot-path", str(site.webroot)]
        return [
            self._command(home, site, "certonly", *account, *proof, "--cert-name", each.name, *_domains(each))
            for each in wanted
        ]

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """`certbot renew`, for all that it has."""
        return [self._command(home, site, "renew", "--no-random-sleep-on-renew")]

    @staticmethod
    def _command(home: Path, site: Site, *arguments: str) -> Command:
        home.mkdir(parents=True, exist_ok=True)
        folders = [f"--{kind}-dir={home / kind}" for kind in ("config", "work", "logs")]
        trust = {"REQUESTS_CA_BUNDLE": str(site.ca_bundle)}
        argv = [str(PEERS / "certbot"), arguments[0], "--non-interactive", *folders, *arguments[1:]]
        return Command(argv, home, environment(home, **trust))


def _domains(certificate: Certificate) -> Sequence[str]:
    return [part for name in certificate.identifiers for part in ("--domain", name)]
