# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""community.crypto: the playbook that the documentation of its ACME modules shows, with each step looped over certificates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..paths import HERE, PEERS
from ..process import Command
from ..work import Site, Work
from .ansible import local, playbook


class CommunityCrypto:
    """Its modules acme_account, openssl_privatekey, openssl_csr and acme_certificate, the last in two calls."""

    name = "community.crypto"

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """One run of the playbook."""
        variables = {
            "home": str(home),
            "webroot": str(site.webroot),
            "acme_directory": site.ca,
            "certificates": [{"name": each.name, "identifiers": list(each.identifiers)} for each in wanted],
        }
        # Its modules have no option for a CA bundle.
        trust = {"SSL_CERT_FILE": str(site.ca_bundle)}
        return playbook(PEERS, home, str(HERE / "playbooks" / "community_crypto.yml"), local(variables), **trust)

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """The same playbook."""
        return self.issue(home, site, wanted)
