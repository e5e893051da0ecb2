# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""lego, with a webroot: one process for each certificate, the daily run too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..paths import LEGO
from ..process import Command
from ..work import Certificate, Site, Work
from .tool import environment


class Lego:
    """The command lego."""

    name = "lego"

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """`lego run` for each certificate."""
        return [self._command(home, site, each, "run") for each in wanted]

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """`lego renew` for each certificate."""
        return [self._command(home, site, each, "renew", "--no-random-sleep") for each in wanted]

    @staticmethod
    def _command(home: Path, site: Site, certificate: Certificate, *arguments: str) -> Command:
        home.mkdir(parents=True, exist_ok=True)
        account = ["--accept-tos", "--email", "admin@example.test", "--server", site.ca, "--path", str(home / "lego")]
        proof = ["--http", "--http.webroot", str(site.webroot)]
        domains = [part for name in certificate.identifiers for part in ("--domains", name)]
        trust = {"LEGO_CA_CERTIFICATES": str(site.ca_bundle)}
        return Command([str(LEGO), *account, *proof, *domains, *arguments], home, environment(home, **trust))
