# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing what may hang, within a limit of time."""

from __future__ import annotations

import queue
import threading
from typing import Any, Callable, TypeVar

Result = TypeVar("Result")


class Workers:
    """Threads that are kept from call to call, as starting one takes as long as what it does.

    Safe for use by several threads at once, each of which has a worker to itself.
    """

    def __init__(self) -> None:
        self._idle: list[_Worker] = []

    def call(self, work: Callable[[], Result], seconds: float) -> Result:
        """Return what `work` returns and raise what it raises; or raise TimeoutError, and leave it to itself."""
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker()
        try:
            result, error = worker.outcome(work, seconds)
        except BaseException:
            # After an interrupt too: the next call must not get what this one would have returned.
            worker.end()
            raise
        self._idle.append(worker)
        if error:
            raise error
        return result  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the threads; those that are needed after that are started again."""
        while self._idle:
            self._idle.pop().end()


class _Worker:
    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    def outcome(self, work: Callable[[], Any], seconds: float) -> tuple[Any, BaseException | None]:
        self._work.put(work)
        try:
            return self._outcomes.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def end(self) -> None:
        """End the thread when its work is done."""
        self._work.put(None)

    def _serve(self) -> None:
        while work := self._work.get():
            try:
                self._outcomes.put((work(), None))
            except BaseException as error:
                self._outcomes.put((None, error))
            # What it did may not outlive the call while it waits for the next.
            del work
