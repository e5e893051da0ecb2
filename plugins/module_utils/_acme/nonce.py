# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Anti-replay nonces (RFC 8555 section 6.5)."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Callable

from .deadline import Clock
from .errors import AcmeError

# CAs forget nonces: some after minutes. One that is older than this is thrown away rather than tried.
MAX_AGE = 60.0


class NoncePool:
    """The nonces that the CA's replies brought, shared by all threads of a conversation.

    Every request uses one up and its reply brings the next, so that as many requests can be under way as nonces were
    ever fetched. `limit` bounds that number: a thread that finds none waits for another's reply rather than asking the
    CA for more.
    """

    def __init__(self, fetch: Callable[[], str], clock: Clock, limit: int) -> None:
        self._fetch = fetch
        self._clock = clock
        self._limit = limit
        self._fresh: deque[tuple[float, str]] = deque()
        self._under_way = 0
        self._filling = 0
        self._changed = threading.Condition()

    def take(self) -> str:
        """Return a nonce. Each one taken is given back once: by `put` with what the reply brought."""
        with self._changed:
            while True:
                self._drop_old()
                if self._fresh:
                    self._under_way += 1
                    return self._fresh.pop()[1]
                if self._under_way < self._limit and not self._filling:
                    self._under_way += 1
                    break
                self._changed.wait()
        try:
            return self._fetch()
        except BaseException:
            self.put(None)
            raise

    def forget(self) -> None:
        """Throw away what is there: the CA refuses it, as it seems."""
        with self._changed:
            self._fresh.clear()

    def fill(self, wanted: int) -> None:
        """Fetch nonces beforehand, in threads of their own, for so many requests that are to come at once.

        Each brings a connection with it, which takes longer to make than a request.
        """

        def fetch() -> None:
            nonce = None
            try:
                # Whoever needs a nonce and finds none meets the same trouble, and tells it.
                with contextlib.suppress(AcmeError):
                    nonce = self._fetch()
            finally:
                filled(nonce)

        def filled(nonce: str | None) -> None:
            self.put(nonce)
            with self._changed:
                self._filling -= 1
                self._changed.notify_all()

        with self._changed:
            lacking = max(0, min(wanted, self._limit) - len(self._fresh) - self._under_way)
            self._under_way += lacking
            self._filling += lacking
        for _number in range(lacking):
            try:
                threading.Thread(target=fetch, daemon=True).start()
            except RuntimeError:
                # No more threads are to be had: it goes without.
                filled(None)

    def put(self, nonce: str | None) -> None:
        """Give back the place of a nonce that was taken, with the reply's new one where it brought one."""
        with self._changed:
            self._under_way -= 1
            if nonce:
                self._fresh.append((self._clock.monotonic(), nonce))
            self._changed.notify()

    def _drop_old(self) -> None:
        oldest = self._clock.monotonic() - MAX_AGE
        while self._fresh and self._fresh[0][0] < oldest:
            self._fresh.popleft()
