# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A visitor who never rests: one TLS handshake after the other, each of which has to go well."""

from __future__ import annotations

import hashlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

# Seconds between two: often enough to meet a reload of a few milliseconds, and leaving the machine to the others.
_PAUSE = 0.02


class Load:
    """Handshakes with ADDRESS for NAMES in turn, in a thread, between `with` and the end of the block.

    A handshake goes well when the served certificate is for the name, was issued by one of the CAs that are trusted, is valid
    now, and the server has signed with its key.
    """

    def __init__(self, address: str, names: Sequence[str], roots: Path) -> None:
        #: How many handshakes went well.
        self.count = 0
        #: What went wrong.
        self.failures: list[str] = []
        self._address = address
        self._names = names
        self._served: set[str] = set()
        self._context = ssl.create_default_context(cafile=str(roots))
        self._ended = threading.Event()
        self._going = threading.Event()
        self._going.set()
        self._idle = threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def trust(self, roots: Path) -> None:
        """Trust the roots of one more CA."""
        self._context.load_verify_locations(str(roots))

    def served(self) -> set[str]:
        """The SHA-256 fingerprints of all certificates that were served since the last call."""
        served, self._served = self._served, set()
        return served

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No handshake during the block, for a host that is switched off."""
        self._going.clear()
        self._idle.wait(10)
        try:
            yield
        finally:
            self._going.set()

    def good(self, least: int = 1) -> None:
        """Wait until LEAST more handshakes were made; AssertionError when one ever failed."""
        wanted, patience = self.count + least, time.monotonic() + 10
        while self.count < wanted and not self.failures:
            assert time.monotonic() < patience, "no handshake in 10 s"
            time.sleep(_PAUSE)
        assert self.failures == []

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._going.set()
        self._thread.join()

    def _visit(self) -> None:
        for name in itertools.cycle(self._names):
            if not self._going.is_set():
                self._idle.set()
                self._going.wait()
                self._idle.clear()
            if self._ended.wait(_PAUSE):
                return
            try:
                self._served.add(self._handshake(name))
                self.count += 1
            except (OSError, AssertionError) as error:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {name}: {error!r}")

    def _handshake(self, name: str) -> str:
        with (
            socket.create_connection((self._address, 443), timeout=5) as connection,
            self._context.wrap_socket(connection, server_hostname=name) as tls,
        ):
            certificate = tls.getpeercert(binary_form=True)
        assert certificate is not None
        return hashlib.sha256(certificate).hexdigest()
