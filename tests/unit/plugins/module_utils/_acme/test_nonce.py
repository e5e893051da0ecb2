# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nonces that all threads of a conversation share."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.nonce import MAX_AGE, NoncePool
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import Problem

from tests.unit.clock import FakeClock


class Source:
    """Fetches nonces f1, f2, ... and counts how many are fetched at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.numbers = itertools.count(1)
        self.fetched = 0
        self.seconds = seconds

    def __call__(self) -> str:
        self.fetched += 1
        time.sleep(self.seconds)
        return f"f{next(self.numbers)}"


@pytest.fixture
def source() -> Source:
    """A source of nonces."""
    return Source()


@pytest.fixture
def run() -> Iterator[Callable[..., threading.Thread]]:
    """Start a thread; it has ended when the test has."""
    threads: list[threading.Thread] = []

    def start(work: Callable[[], object]) -> threading.Thread:
        threads.append(threading.Thread(target=work, daemon=True))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive(), "a thread waits for a nonce for ever"


def test_fetched_when_empty(source: Source, clock: FakeClock) -> None:
    """A nonce is asked for only where no reply has brought one."""
    pool = NoncePool(source, clock, 2)
    assert (pool.take(), source.fetched) == ("f1", 1)
    pool.put("from a reply")
    assert (pool.take(), source.fetched) == ("from a reply", 1)


@pytest.mark.parametrize(("wanted", "fetched"), [(0, 0), (1, 0), (2, 1), (3, 2), (9, 3)])
def test_fill(source: Source, clock: FakeClock, wanted: int, fetched: int) -> None:
    """Of the nonces for requests to come those are fetched that are not there, and no more than may be under way."""
    pool = NoncePool(source, clock, 4)
    pool.put(pool.take())
    pool.fill(wanted)
    taken = [pool.take() for _number in range(min(max(wanted, 1), 4))]
    assert (len(set(taken)), source.fetched) == (len(taken), 1 + fetched)


def test_fill_in_vain(clock: FakeClock) -> None:
    """Trouble on the way is met by those who need a nonce."""
    error = AcmeError(Problem("urn:x", "no"))

    def fail() -> str:
        raise error

    pool = NoncePool(fail, clock, 2)
    pool.fill(2)
    for _attempt in range(3):
        with pytest.raises(AcmeError) as caught:
            pool.take()
        assert caught.value is error


def test_newest_first(source: Source, clock: FakeClock) -> None:
    """The newest nonce is used first, as old ones are what CAs refuse."""
    pool = NoncePool(source, clock, 2)
    pool.take()
    pool.take()
    pool.put("older")
    pool.put("newer")
    assert [pool.take(), pool.take()] == ["newer", "older"]


def test_too_old(source: Source, clock: FakeClock) -> None:
    """A nonce that has aged is thrown away, one that has just not is used."""
    pool = NoncePool(source, clock, 2)
    pool.take()
    pool.take()
    pool.put("old")
    clock.sleep(1)
    pool.put("good")
    clock.sleep(MAX_AGE - 0.5)
    assert [pool.take(), pool.take()] == ["good", "f3"]


def test_reply_without_nonce(source: Source, clock: FakeClock) -> None:
    """Where a reply brought no nonce the next request fetches one."""
    pool = NoncePool(source, clock, 1)
    pool.take()
    pool.put(None)
    assert pool.take() == "f2"


def test_waits_for_reply(source: Source, clock: FakeClock, run: Callable[..., threading.Thread]) -> None:
    """When as many nonces are under way as there may be, a thread takes the one that another's reply brings."""
    pool = NoncePool(source, clock, 1)
    pool.take()
    taken: list[str] = []
    waiting = run(lambda: taken.append(pool.take()))
    waiting.join(0.05)
    assert taken == []
    pool.put("from a reply")
    waiting.join(5)
    assert (taken, source.fetched) == (["from a reply"], 1)


def test_waits_for_place(source: Source, clock: FakeClock, run: Callable[..., threading.Thread]) -> None:
    """A waiting thread goes on too when the reply brought no nonce: then it fetches one itself."""
    pool = NoncePool(source, clock, 1)
    pool.take()
    taken: list[str] = []
    waiting = run(lambda: taken.append(pool.take()))
    waiting.join(0.05)
    pool.put(None)
    waiting.join(5)
    assert taken == ["f2"]


def test_failed_fetch(clock: FakeClock) -> None:
    """A fetch that fails gives its place back, so that no thread waits for it for ever."""
    pool = NoncePool(lambda: 1 / 0, clock, 1)  # type: ignore[arg-type, return-value]

    def take() -> str:
        try:
            return pool.take()
        except ZeroDivisionError:
            return "failed"

    with ThreadPoolExecutor(8) as threads:
        outcomes = [threads.submit(take) for _thread in range(8)]
        assert [outcome.result(5) for outcome in outcomes] == ["failed"] * 8


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_limit(clock: FakeClock, limit: int) -> None:
    """However many threads there are, no more requests are under way than the limit allows, and none is fetched twice."""
    source = Source(0.001)
    pool = NoncePool(source, clock, limit)
    lock = threading.Lock()
    under_way: set[str] = set()
    most = 0

    def request(number: int) -> None:
        nonlocal most
        nonce = pool.take()
        with lock:
            assert nonce not in under_way
            under_way.add(nonce)
            most = max(most, len(under_way))
        time.sleep(0.001)
        with lock:
            under_way.remove(nonce)
        # One reply in seven brings no nonce.
        pool.put(None if number % 7 == 0 else f"r{number}")

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(request, range(140)))
    assert most == limit
    assert source.fetched <= limit + 140 / 7
