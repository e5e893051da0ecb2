# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible itself takes: a playbook with one ping."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..paths import HERE, OURS
from ..process import Command
from ..work import Site, Work
from .ansible import local, playbook

PLAYBOOK = str(HERE / "playbooks" / "floor.yml")


class Floor:
    """The least that a playbook on this machine costs."""

    name = "one ping"

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """One run of the playbook."""
        return playbook(OURS, home, PLAYBOOK, local({}))

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """The same."""
        return self.issue(home, site, wanted)
