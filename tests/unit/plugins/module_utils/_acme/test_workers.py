# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that is waited for, but not for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import invalid_input
from ansible_collections.webpki.acme.plugins.module_utils._acme.workers import Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Workers that nobody has asked yet; their threads end with the test."""
    made = Workers()
    yield made
    made.close()


def test_outcome(workers: Workers) -> None:
    """The caller gets what the work returned, and what it raised."""
    assert workers.call(lambda: 1, 10) == 1
    error = invalid_input("wrong", "Mend it.")

    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        workers.call(fail, 10)
    assert caught.value is error


def test_threads_are_kept(workers: Workers) -> None:
    """Calls that follow one another are done by the same thread, after an error too."""
    threads = {workers.call(threading.current_thread, 10) for _call in range(5)}
    with pytest.raises(ZeroDivisionError):
        workers.call(lambda: 1 // 0, 10)
    threads.add(workers.call(threading.current_thread, 10))
    assert len(threads) == 1 and threading.current_thread() not in threads


def test_callers_do_not_wait_for_one_another(workers: Workers) -> None:
    """Each of several callers has a worker at once."""
    together = threading.Barrier(8, timeout=10)
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _number: workers.call(together.wait, 10), range(8)))


def test_too_long(workers: Workers) -> None:
    """What takes too long is left to itself: the next call gets its own outcome, and the thread ends when it can."""
    go_on = threading.Event()
    seen = []

    def hang() -> str:
        seen.append(threading.current_thread())
        go_on.wait(10)
        return "late"

    with pytest.raises(TimeoutError):
        workers.call(hang, 0.01)
    assert workers.call(lambda: "own", 10) == "own"
    assert seen[0].is_alive()
    go_on.set()
    seen[0].join(10)
    assert not seen[0].is_alive()


def test_close(workers: Workers) -> None:
    """Closing ends the threads, and does not keep the workers from being used again."""
    thread = workers.call(threading.current_thread, 10)
    workers.close()
    thread.join(10)
    assert not thread.is_alive()
    assert workers.call(lambda: 1, 10) == 1


def test_nothing_is_kept_alive(workers: Workers) -> None:
    """What a call was about is gone after it, however long the worker waits for the next."""

    class Work:
        def __call__(self) -> None:
            pass

        def __del__(self) -> None:
            gone.set()

    gone = threading.Event()
    workers.call(Work(), 10)
    assert gone.wait(10)
