# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same done to many items."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.parallel import each, following
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import Problem


def inverse(number: int) -> float:
    """Return 1/number; 0 is an AcmeError, and what is no number an error of another kind."""
    if number == 0:
        raise AcmeError(Problem("zero"))
    return 1 / number


@pytest.mark.parametrize("limit", [1, 2, 8])
@pytest.mark.parametrize("items", [[], [1], [0], [1, 0, 2, 0, 4]], ids=str)
def test_outcomes(items: list[int], limit: int) -> None:
    """Each item has its own outcome, in the order of the items; one that fails stops no other."""
    outcomes = each(items, inverse, limit)
    assert ["zero" if isinstance(one, AcmeError) else one for one in outcomes] == [
        1 / item if item else "zero" for item in items
    ]


@pytest.mark.parametrize("items", [["x"], [1, "x", 2]], ids=str)
def test_fault_of_ours(items: list[int]) -> None:
    """An exception that is no AcmeError is a fault of ours and is not hidden in an outcome."""
    with pytest.raises(TypeError):
        each(items, inverse, 4)


@pytest.mark.parametrize("limit", [2, 4])
def test_at_once(limit: int) -> None:
    """As many are under way at once as the limit says."""
    barrier = threading.Barrier(limit)
    assert each(range(limit * 3), lambda _item: barrier.wait(5) < limit, limit) == [True] * limit * 3


def test_one_at_a_time() -> None:
    """With a limit of one, or for one item, no thread is started."""
    here = threading.get_ident()
    assert each([1, 2], lambda _item: threading.get_ident(), 1) == [here, here]
    assert each([1], lambda _item: threading.get_ident(), 8) == [here]


def test_following() -> None:
    """The next step is taken with what has not failed, all of it together; each outcome keeps its place."""
    first, second = AcmeError(Problem("a")), AcmeError(Problem("b"))
    assert following([1, first, 2, 3], lambda some: [second, *[one * 10 for one in some[1:]]]) == [
        second,
        first,
        20,
        30,
    ]
