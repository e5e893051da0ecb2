# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook is killed at many instants, on a host under load; the next run makes all good."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.fleet.fleet import Fleet

from .scene import NAMES, Scene, scene
from .stopped import NEVER, Instant, stopped

pytestmark = pytest.mark.hosts

#: Chooses the instants; another one chooses others.
SEED = int(os.environ.get("SOAK_SEED", "4"))
#: How many instants of each kind, beside the beginning of each task.
NUMBERS = {"later": 4, "request": 8, "file:request": 3, "file:webroot": 3, "file:deploy": 8}
TASKS = 10
COUNT = TASKS + sum(NUMBERS.values())

#: What the CA writes for an order that is made.
_MADE = "Added order"


@pytest.fixture(scope="module")
def shop(fleet: Fleet) -> Iterator[Scene]:
    """The host with its first certificates."""
    with scene(fleet) as made:
        yield made


@pytest.fixture(scope="module")
def instants(shop: Scene) -> list[Instant]:
    """The instants, chosen from those of a run that nobody disturbs."""
    shop.make_due()
    with stopped(shop.fleet, shop.host, shop.hosts, NEVER) as run:
        assert not run.wait()
        trace = run.trace()
    shop.check_finished()
    counted = {kind: max(number for one, number, _what in trace if one == kind) for kind, _number, _what in trace}
    chance = random.Random(SEED)
    chosen = [Instant("task", round(1 + number * (counted["task"] - 1) / (TASKS - 1))) for number in range(TASKS)]
    for _number in range(NUMBERS["later"]):
        chosen.append(Instant("task", chance.randint(1, counted["task"]), delay=chance.uniform(0.01, 0.3)))
    for kind in ("request", "file:request", "file:webroot", "file:deploy"):
        numbers = sorted(chance.sample(range(1, counted[kind] + 1), min(NUMBERS[kind], counted[kind])))
        chosen += [Instant(kind, number, chance.choice(["before", "middle", "after"])) for number in numbers]
    print(f"seed {SEED}, of {counted}")
    return chosen


@pytest.mark.parametrize("number", range(COUNT))
def test_killed(shop: Scene, instants: list[Instant], number: int) -> None:
    """Whenever the playbook is killed, key and certificate match, nobody is sent away, and the next run finishes the work."""
    shop.make_due()
    ordered = shop.logged(_MADE)
    with stopped(shop.fleet, shop.host, shop.hosts, instants[number]) as run:
        there = run.wait()
        print(f"{instants[number]}: {run.at}")
        # What runs on a host does not always end with its connection.
        run.kill(host_too=number % 2 == 0)
        assert there
        shop.check()
        again = shop.renew().good()
        print(f"the next run took {again.seconds:.1f} s")
    assert shop.logged(_MADE) - ordered == 2
    shop.check_finished()


@pytest.mark.parametrize(
    "instant", [Instant("request", 4, "after"), Instant("file:deploy", 2)], ids=["order", "deploy"]
)
def test_forced(shop: Scene, instant: Instant) -> None:
    """What was forced by a run that was killed is done by the next one, though nobody says so again, and by one order each."""
    ordered, before = shop.logged(_MADE), shop.load.served()
    with stopped(shop.fleet, shop.host, shop.hosts, instant, acme_force=list(NAMES)) as run:
        there = run.wait()
        run.kill()
        assert there
        shop.renew().good()
    assert shop.logged(_MADE) - ordered == len(NAMES)
    shop.check_finished()
    assert shop.load.served().isdisjoint(before)


def test_nothing_is_left_to_do(shop: Scene) -> None:
    """After all that, nothing is due."""
    assert shop.renew().good().changes() == []
