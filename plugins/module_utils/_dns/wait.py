# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until all authoritative servers of a zone serve the values of a record."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .asking import Silent, Unreachable, ask, texts
from .deadline import Deadline
from .errors import DnsError
from .server import Server

# Seconds between two looks: short at first, as most servers are quick.
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0
# So often in a row a server may say nothing before it is passed over, as resolvers pass it over.
_PATIENCE = 3
_THREADS = 32
_HINT = "See that changes of the zone reach it, or wait longer (acme_dns_deadline in the roles)."


@dataclass(frozen=True)
class Record:
    """A TXT record that is to have these values, and the servers that are to serve it."""

    name: str
    values: frozenset[str]
    servers: tuple[Server, ...]


@dataclass
class Seen:
    """What became of a record: why it is not served, None when it is, and what is to be warned of."""

    problem: DnsError | None = None
    warnings: list[str] = field(default_factory=list)


class Watch:
    """Looks at servers until they serve what they should, or the deadline. timeout: seconds for an answer."""

    def __init__(self, deadline: Deadline, timeout: float) -> None:
        self._deadline = deadline
        self._timeout = timeout
        # The servers that are passed over, and what came of the last look.
        self._given_up: dict[Server, DnsError] = {}

    def wait(self, records: Sequence[Record]) -> list[Seen]:
        """Return what became of each record, in the same sequence."""
        pairs = [(record, server) for record in records for server in record.servers]
        if not pairs:
            return []
        with ThreadPoolExecutor(max_workers=min(_THREADS, len(pairs))) as pool:
            found = dict(zip(pairs, pool.map(lambda pair: self._until_served(*pair), pairs)))
        return [_seen(record, {server: found[record, server] for server in record.servers}) for record in records]

    def _until_served(self, record: Record, server: Server) -> DnsError | None:
        """Return why a server does not serve a record; None when it does."""
        pause = _FIRST_PAUSE
        silent = 0
        while server not in self._given_up:
            problem = self._look(record, server)
            silent = silent + 1 if isinstance(problem, Silent) else 0
            if problem and (silent >= _PATIENCE or isinstance(problem, Unreachable)):
                self._given_up.setdefault(server, problem)
            elif problem is None or not self._deadline.remaining():
                return problem
            else:
                time.sleep(min(pause, self._deadline.remaining()))
                pause = min(2 * pause, _LONGEST_PAUSE)
        return self._given_up[server]

    def _look(self, record: Record, server: Server) -> DnsError | None:
        try:
            served = texts(ask(server, record.name, "TXT", self._timeout), record.name)
        except Silent as error:
            return error
        missing = record.values.difference(served)
        if not missing:
            return None
        told = f"{len(missing)} of its {len(record.values)} texts are missing" if served else "it has no such record"
        return DnsError(f"{server} does not serve {record.name} yet: {told}", _HINT)


def _seen(record: Record, found: Mapping[Server, DnsError | None]) -> Seen:
    behind = [error for error in found.values() if error and not isinstance(error, Silent)]
    if behind:
        return Seen(behind[0])
    silent = {server: error for server, error in found.items() if error}
    if len(silent) == len(found):
        first = next(iter(silent.values()))
        raised = DnsError(
            f"no name server answers for {record.name}: {first.message}", "See that they can be reached from here."
        )
        return Seen(raised)
    # Where one address of a server answers, the others are not missed.
    answering = {server.name for server in found if server not in silent and server.name}
    return Seen(None, [error.message for server, error in silent.items() if server.name not in answering])
