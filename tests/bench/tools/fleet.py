# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This collection, and the floor, on hosts that are reached by ssh: a host for each certificate, which is called as the host is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..paths import OURS
from ..process import Command
from ..work import Site, Work
from . import floor, ours
from .ansible import COLLECTIONS, playbook

#: Host -> how Ansible reaches it.
Connections = Mapping[str, Mapping[str, Any]]


class FleetOurs:
    """The role webpki.acme.certificates, up to the proof that the new certificates are served.

    :param plays: another playbook than that with the role alone; VARIABLES are those that it wants besides.
    """

    name = ours.Ours.name

    def __init__(self, connections: Connections, plays: str = ours.PLAYBOOK, **variables: Any) -> None:
        self._connections = connections
        self._plays = plays
        self._variables = variables

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """One run of the playbook."""
        hosts = {
            each.name: {
                **self._connections[each.name],
                **ours.common(home, site),
                "acme_certificates": [ours.entry(each, site, reload=["nginx"], served_on="127.0.0.1:443")],
                **self._variables,
            }
            for each in wanted
        }
        return playbook(OURS, home, self._plays, hosts, **COLLECTIONS)

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """The same playbook."""
        return self.issue(home, site, wanted)


class FleetFloor:
    """A playbook with one ping over the same hosts."""

    name = floor.Floor.name

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def issue(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """One run of the playbook."""
        hosts = {each.name: self._connections[each.name] for each in wanted}
        return playbook(OURS, home, floor.PLAYBOOK, hosts)

    def renew(self, home: Path, site: Site, wanted: Work) -> Sequence[Command]:
        """The same."""
        return self.issue(home, site, wanted)
