# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at the same time, and a run while another one holds the lock of the store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fleet.fleet import Fleet

from .scene import NAMES, Scene, scene
from .stopped import Instant, stopped

pytestmark = pytest.mark.hosts


@pytest.fixture(scope="module")
def shop(fleet: Fleet) -> Iterator[Scene]:
    """The host with its first certificates."""
    with scene(fleet) as made:
        yield made


@pytest.mark.parametrize("later", [0.05, 0.3, 0.6, 0.9, 1.2, 1.6])
def test_two_runs(shop: Scene, later: float) -> None:
    """However much later the second run begins, both end well, and each name has one certificate."""
    shop.make_due()
    issued = shop.logged("Issued certificate serial")
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(shop.renew)
        time.sleep(later)
        other = pool.submit(shop.renew)
        one.result().good()
        other.result().good()
    shop.check_finished()
    assert shop.logged("Issued certificate serial") - issued == len(NAMES)


@pytest.mark.parametrize("kind", ["file:request", "file:deploy"])
def test_lock_of_a_killed_run(shop: Scene, kind: str) -> None:
    """While a run holds the lock another one waits; when the holder is killed it goes on at once."""
    shop.make_due()
    with stopped(shop.fleet, shop.host, shop.hosts, Instant(kind, 5)) as holder, ThreadPoolExecutor(1) as pool:
        assert holder.wait()
        waiting = pool.submit(shop.renew)
        time.sleep(3)
        assert not waiting.done()
        holder.kill()
        killed = time.monotonic()
        waiting.result().good()
        assert time.monotonic() - killed < 20
    shop.check_finished()
