# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import turns
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("wanted", "sizes"),
    [
        (3, [3]),
        ("3", [3]),
        ("100%", [10]),
        ("25%", [2]),
        # As for Ansible's serial, a share is at least one host.
        ("1%", [1]),
        ([1, "50%"], [1, 5]),
        (0, []),
        ("0%", []),
        (-1, []),
        (1.5, []),
        ("a few", []),
        (True, []),
        (None, []),
        ([], []),
        ([1, "many"], []),
    ],
)
def test_sizes(wanted: Any, sizes: list[int]) -> None:
    """How many may reload at a time is a number, a share, or a list of these; anything else says nothing."""
    assert turns.sizes(wanted, 10) == sizes


def planned(sizes: list[int], hosts: dict[str, set[str]]) -> dict[str, Any]:
    """A plan with each certificate that one of the hosts has: `planned([1], {"web1": {"www", "api"}, ...})`."""
    names = sorted(set().union(*hosts.values()))
    listed = [[host for host, its_own in hosts.items() if name in its_own] for name in names]
    return {"orders": [{"hosts": having, "at_once": sizes} for having in listed], "copies": []}


NAMES = st.lists(st.sets(st.sampled_from(["www", "api", "mail"])), min_size=1, max_size=8)
SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@given(names=NAMES, sizes=SIZES, gone=st.sets(st.integers(0, 7)))
def test_turns(names: list[set[str]], sizes: list[int], gone: set[int]) -> None:
    """No turn has more hosts of a certificate than wanted, none is ahead of its turn, and hosts name turns in sequence."""
    plan = planned(sizes, {f"web{number}": its_own for number, its_own in enumerate(names)})
    present = [f"web{number}" for number in range(len(names)) if number not in gone]
    found = turns.of(plan, present)
    assert list(dict.fromkeys(found.values())) == list(range(len(set(found.values()))))
    for order in plan["orders"]:
        its_turns = [found[host] for host in order["hosts"] if host in present]
        assert its_turns == sorted(its_turns)
        counts = [its_turns.count(number) for number in dict.fromkeys(its_turns)]
        allowed = sizes + sizes[-1:] * len(names)
        assert all(count <= size for count, size in zip(counts, allowed))


def test_rolled_out() -> None:
    """Only what has more hosts than a turn takes turns, whether it is issued or copied."""
    www, api, mail = ({"hosts": ["web1", "web2"], "at_once": sizes} for sizes in ([1], [], [1]))
    assert turns.rolled_out({"orders": [www, api], "copies": [mail]}) == [www, mail]
    assert turns.rolled_out({"orders": [{"hosts": ["web1"]}], "copies": []}) == []
