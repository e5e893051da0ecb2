# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import libraries
from ansible_collections.webpki.acme.plugins.module_utils._acme.budget import (
    Budget,
    Later,
    Wanted,
    certificates,
    given_back,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.rate_limits import Limits, limits_of
from ansible_collections.webpki.acme.plugins.module_utils._acme.token_bucket import Rate

WEEK = 7 * 86400.0
DAY = 86400.0
NOW = 1_800_000_000.0
ACCOUNT = "https://ca.example/account/1"
LETSENCRYPT = limits_of("letsencrypt", None)


def wanted(*names: str, **more: Any) -> Wanted:
    return Wanted(names=names, **more)


def numbers(outcomes: Sequence[Any]) -> list[int]:
    """Which of them were taken."""
    return [number for number, one in enumerate(outcomes) if not isinstance(one, Later)]


def share(
    limits: Limits, asked: Sequence[Wanted], now: float = NOW, spent: Mapping[str, Any] | None = None
) -> tuple[list[Any], Budget]:
    budget = Budget(limits, ACCOUNT, now, spent)
    return budget.take(asked), budget


def test_no_limits() -> None:
    """Where no limit is known everything is asked for."""
    outcomes, _budget = share(Limits(), [wanted(f"{number}.example.com") for number in range(1000)])
    assert numbers(outcomes) == list(range(1000))


@pytest.mark.parametrize(
    ("limits", "fits", "reason"),
    [
        (Limits(orders_per_account=Rate(2, 60)), 2, "it takes no more than 2 orders from an account in a minute"),
        (
            Limits(certificates_per_domain=Rate(3, WEEK)),
            3,
            "it issues no more than 3 certificates for example.com in 7 days",
        ),
        (Limits(certificates_per_set=Rate(1, 36 * 3600)), 4, ""),
        (
            Limits(orders_per_account=Rate(3, 3 * 3600), certificates_per_domain=Rate(1, 7200)),
            1,
            "it issues no more than 1 certificate for example.com in 2 hours",
        ),
    ],
)
def test_each_limit(limits: Limits, fits: int, reason: str) -> None:
    """Each limit lets so many through, and says of the others which one it is."""
    outcomes, _budget = share(limits, [wanted(f"{number}.example.com") for number in range(4)])
    assert numbers(outcomes) == list(range(fits))
    assert {one.reason for one in outcomes[fits:]} == ({reason} if reason else set())


def test_exact_set() -> None:
    """Certificates for the same names count together, in whatever sequence these are; for other names they do not."""
    asked = [
        wanted("a.example.com", "b.example.com"),
        wanted("b.example.com", "a.example.com"),
        wanted("a.example.com"),
    ]
    outcomes, _budget = share(Limits(certificates_per_set=Rate(1, 5)), asked)
    assert numbers(outcomes) == [0, 2]
    assert outcomes[1] == Later(NOW + 5, "it issues no more than 1 certificate for exactly these names in 5 seconds")


def test_registered_domains() -> None:
    """A certificate counts for each registered domain in it, once."""
    limits = Limits(certificates_per_domain=Rate(2, WEEK))
    asked = [
        wanted("a.example.com", "b.example.com", "*.example.com"),
        wanted("a.example.co.uk", "a.example.com"),
        wanted("b.example.com"),
        wanted("b.example.co.uk"),
        wanted("c.other.co.uk", "c.example.co.uk"),
    ]
    outcomes, _budget = share(limits, asked)
    assert numbers(outcomes) == [0, 1, 3]
    assert [one.reason.split()[8] for one in (outcomes[2], outcomes[4])] == ["example.com", "example.co.uk"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # What has none is more urgent than what has one, and what has expired than what has not.
        ({"expires": NOW + DAY}, {"expires": None}),
        ({"expires": NOW + DAY}, {"expires": NOW - DAY}),
        ({"expires": NOW - DAY}, {"expires": None}),
        ({"expires": NOW + 2 * DAY}, {"expires": NOW + DAY}),
        # What somebody asks for by name is most urgent of all.
        ({"expires": None}, {"expires": NOW + 60 * DAY, "force": True}),
    ],
)
def test_soonest_expiry_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Where there is room for one it is the more urgent one, in whatever sequence they are given."""
    limits = Limits(orders_per_account=Rate(1, 60))
    asked = [wanted("a.example.com", **first), wanted("b.example.com", **second)]
    assert numbers(share(limits, asked)[0]) == [1]
    assert numbers(share(limits, asked[::-1])[0]) == [0]


def test_alike_keep_their_sequence() -> None:
    """Those that are as urgent as one another are taken in the sequence in which they are given."""
    outcomes, _budget = share(
        Limits(orders_per_account=Rate(3, 60)), [wanted(f"{number}.example.com") for number in range(5)]
    )
    assert numbers(outcomes) == [0, 1, 2]


@pytest.mark.parametrize(
    ("more", "exempt", "taken"),
    [
        ({}, True, ["orders", "domain", "set"]),
        ({"renews": True}, True, ["set"]),
        # Only Let's Encrypt is known to count renewals less.
        ({"renews": True}, False, ["orders", "domain", "set"]),
        ({"exempt": True}, True, []),
        ({"exempt": True}, False, []),
    ],
)
def test_exemptions(more: dict[str, Any], exempt: bool, taken: list[str]) -> None:
    """A renewal counts for its exact set only, and one within the window of its renewal information for nothing."""
    rate = Rate(5, WEEK)
    limits = Limits(rate, rate, rate, renewals_exempt=exempt)
    outcomes, _budget = share(limits, [wanted("www.example.com", **more)], spent={})
    assert [key.split()[0] for key in outcomes[0]] == taken


def test_many_renewals() -> None:
    """A fleet of 1000 certificates of one domain is renewed at Let's Encrypt in one run, and 50 new ones at a time."""
    renewals = [wanted(f"{number}.example.com", renews=True, expires=NOW + number) for number in range(1000)]
    new = [wanted(f"new-{number}.example.com") for number in range(60)]
    outcomes, budget = share(LETSENCRYPT, [*renewals, *new], spent={})
    assert numbers(outcomes) == list(range(1050))
    # The last of the others after ten more have been refilled, one in 202 minutes.
    assert outcomes[1050].until - NOW == pytest.approx(WEEK / 50)
    assert outcomes[-1].until - NOW == pytest.approx(10 * WEEK / 50)
    assert budget.spent()["domain example.com"] == {"spent": 50, "at": NOW}


def test_forced() -> None:
    """What is forced is asked for whatever is left, and counts."""
    limits = Limits(orders_per_account=Rate(1, 60))
    asked = [wanted(f"{number}.example.com", force=True) for number in range(3)]
    outcomes, budget = share(limits, asked, spent={})
    assert numbers(outcomes) == [0, 1, 2]
    assert budget.spent() == {f"orders {ACCOUNT}": {"spent": 3, "at": NOW}}


def test_from_run_to_run() -> None:
    """What one run took the next one lacks, until it is refilled; what is full again is forgotten."""
    limits = Limits(orders_per_account=Rate(2, 10), certificates_per_set=Rate(5, WEEK))
    asked = [wanted(f"{number}.example.com") for number in range(5)]
    first, budget = share(limits, asked, NOW, {})
    assert numbers(first) == [0, 1]
    second, budget = share(limits, asked[2:], NOW + 1, budget.spent())
    assert numbers(second) == []
    assert [one.until for one in second] == [pytest.approx(NOW + 5), pytest.approx(NOW + 10), pytest.approx(NOW + 15)]
    third, budget = share(limits, asked[2:], NOW + 6, budget.spent())
    assert numbers(third) == [0]
    assert len(budget.spent()) == 4
    _nothing, budget = share(limits, [], NOW + 2 * WEEK, budget.spent())
    assert budget.spent() == {}


def test_clock_that_went_back() -> None:
    """Where the clock went back nothing is refilled, and nothing more has to be waited for than when it had not."""
    limits = Limits(orders_per_account=Rate(2, 10))
    _first, budget = share(limits, [wanted("a.example.com"), wanted("b.example.com")], NOW, {})
    outcomes, budget = share(limits, [wanted("c.example.com")], NOW - 1000, budget.spent())
    assert outcomes == [Later(NOW - 995, "it takes no more than 2 orders from an account in 10 seconds")]
    assert numbers(share(limits, [wanted("c.example.com")], NOW - 995, budget.spent())[0]) == [0]


def test_another_account() -> None:
    """Orders count for their account, certificates for everybody."""
    rate = Rate(1, 60)
    _outcomes, budget = share(Limits(rate, rate, rate), [wanted("a.example.com")], NOW, {})
    for limits, fits in ((Limits(rate), [0]), (Limits(None, rate), []), (Limits(None, None, rate), [])):
        other = Budget(limits, "https://ca.example/account/2", NOW, budget.spent())
        assert numbers(other.take([wanted("a.example.com")])) == fits


def test_given_back() -> None:
    """A certificate that was not issued is given back, the order that was made for it is not."""
    rate = Rate(1, 60)
    (taken,), budget = share(Limits(rate, rate, rate), [wanted("a.example.com")], NOW, {})
    left = given_back(budget.spent(), certificates(taken))
    assert [key.split()[0] for key, value in left.items() if value["spent"]] == ["orders"]
    assert numbers(share(Limits(None, rate, rate), [wanted("a.example.com")], NOW, left)[0]) == [0]
    assert numbers(share(Limits(rate), [wanted("a.example.com")], NOW, left)[0]) == []
    assert given_back({}, taken) == {}


def test_what_others_wrote() -> None:
    """What is not understood of an earlier run says nothing."""
    rate = Rate(1, 60)
    spent = {f"orders {ACCOUNT}": "much", "nonsense": {"spent": 1, "at": NOW}, "domain example.com": {"spent": 1}}
    outcomes, budget = share(Limits(rate, rate), [wanted("a.example.com")], NOW, spent)
    assert numbers(outcomes) == [0]
    assert sorted(budget.spent()) == ["domain example.com", f"orders {ACCOUNT}"]


@pytest.mark.parametrize(
    ("certificates_asked", "spent", "loaded"),
    [
        ([wanted(f"{number}.example.com") for number in range(50)], None, False),
        ([wanted(f"{number}.example.com") for number in range(51)], None, True),
        ([wanted("a.example.com")], {}, True),
        ([wanted("a.example.com", renews=True)], {}, False),
        ([wanted("a.example.com", exempt=True)], {}, False),
        ([], {}, False),
    ],
)
def test_list_is_loaded_when_needed(
    monkeypatch: pytest.MonkeyPatch, certificates_asked: list[Wanted], spent: dict[str, Any] | None, loaded: bool
) -> None:
    """The list of public suffixes, which is long, is loaded only where something depends on it."""
    asked = []
    monkeypatch.setattr(libraries, "public_suffixes", lambda: asked.append(1))
    share(LETSENCRYPT, certificates_asked, NOW, spent)
    assert bool(asked) == loaded


@pytest.mark.parametrize(("number", "guessed"), [(50, False), (51, True)])
def test_guessed(monkeypatch: pytest.MonkeyPatch, number: int, guessed: bool) -> None:
    """Without the list it is said that something was guessed where something has to wait for that, and only there."""
    monkeypatch.setattr(libraries, "public_suffixes", lambda: None)
    asked = [wanted(f"{number}.co.uk") for number in range(number)]
    outcomes, budget = share(LETSENCRYPT, asked, NOW, {})
    assert (len(numbers(outcomes)), budget.guessed) == (50, guessed)
