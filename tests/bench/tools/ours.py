# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This collection: a playbook with its role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..paths import HERE, OURS
from ..process import Command
from ..work import Certificate, Site, Work
from .ansible import COLLECTIONS, local, playbook

PLAYBOOK = str(HERE / "playbooks" / "ours.yml")


class Ours:
    """The role webpki.acme.certificates on this machine, with these variables besides those that every tool needs."""

    name = "webpki.acme"

    def __init__(self, **variables: Any) -> None:
        self._variables = variables

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """One run of the playbook."""
        entries = [entry(each, site) for each in wanted]
        variables = {
            **common(home, site),
            "acme_store": str(home / "store"),
            "acme_certificates": entries,
            **self._variables,
        }
        return playbook(OURS, home, PLAYBOOK, local(variables), **COLLECTIONS)

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """The same playbook."""
        return self.issue(home, site, wanted)


def common(home: Path, site: Site) -> Mapping[str, Any]:
    """The variables that all hosts share."""
    return {
        "acme_ca": site.ca,
        "acme_ca_bundle": str(site.ca_bundle),
        "acme_account_key_file": str(home / "account.pem"),
        "acme_account_contact": ["mailto:admin@example.test"],
        "acme_terms_agreed": True,
    }


def entry(certificate: Certificate, site: Site, **more: Any) -> Mapping[str, Any]:
    """A certificate as an entry of acme_certificates."""
    return {
        "name": certificate.name,
        "identifiers": list(certificate.identifiers),
        "webroot": str(site.webroot),
        **more,
    }
