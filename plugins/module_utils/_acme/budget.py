# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a list of orders fits into the limits of a CA, and until when the rest has to wait.

Limits are counted as Let's Encrypt does: orders by account, certificates by registered domain and by the exact set of their
names. What earlier runs asked for is given as the state of the buckets after them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from . import registered_domain
from .rate_limits import Limits
from .token_bucket import Bucket, Rate, known, written


@dataclass(frozen=True)
class Wanted:
    """A certificate to ask for. `expires` is when the one it takes the place of ends, in seconds since the epoch.

    `renews`: the CA has issued for exactly these names before. `exempt`: no limit is for it (RFC 9773: a renewal that is
    asked for in its time). `force`: it is asked for whatever is left, and counted.
    """

    names: tuple[str, ...]
    expires: float | None = None
    renews: bool = False
    exempt: bool = False
    force: bool = False


@dataclass(frozen=True)
class Later:
    """It has to wait: `until`, in seconds since the epoch, and why."""

    until: float
    reason: str


# The buckets that a certificate was taken from.
Taken = tuple[str, ...]


class Budget:
    """What is left of the limits of one CA at the time `now`."""

    def __init__(self, limits: Limits, account: str | None, now: float, spent: Mapping[str, Any] | None = None) -> None:
        """`spent` is what `spent` of the run before was; None when nothing is kept from run to run."""
        self._limits = limits
        self._account = account or ""
        self._now = now
        self._before = spent
        self._buckets: dict[str, Bucket] = {}
        self._find: Callable[[Iterable[str]], frozenset[str]] = _none
        self._sure = True
        #: Whether the public suffixes were asked for in vain, and something has to wait that may not have to.
        self.guessed = False

    def take(self, wanted: Sequence[Wanted]) -> list[Taken | Later]:
        """Take what fits; first what is forced, then what has no certificate, then what ends soonest."""
        self._look_up_domains(wanted)
        found: dict[int, Taken | Later] = {}
        for number in sorted(range(len(wanted)), key=lambda number: _urgency(wanted[number])):
            found[number] = self._take(wanted[number])
        return [found[number] for number in range(len(wanted))]

    def spent(self) -> dict[str, Any]:
        """Return what the next run needs to know: the buckets that are not full again by now."""
        for key in self._before or {}:
            self._bucket(key)
        return {key: written(bucket, self._now) for key, bucket in self._buckets.items() if bucket.spent}

    def _take(self, one: Wanted) -> Taken | Later:
        buckets = [(key, bucket) for key in self._keys(one) if (bucket := self._bucket(key))]
        full = [(key, bucket) for key, bucket in buckets if bucket.free_at() > self._now]
        if full and not one.force:
            # All of them at once have room when the last one has.
            until, key = max((bucket.wait(), key) for key, bucket in full)
            self.guessed |= key.startswith(_DOMAIN) and not self._sure
            return Later(until, self._words(key))
        for _key, bucket in buckets:
            bucket.take()
        return tuple(key for key, _bucket in buckets)

    def _keys(self, one: Wanted) -> list[str]:
        if one.exempt:
            return []
        own_set = hashlib.sha256(",".join(sorted(one.names)).encode("utf-8")).hexdigest()[:32]
        if self._is_exempt(one):
            return [f"{_SET}{own_set}"]
        domains = [f"{_DOMAIN}{domain}" for domain in sorted(self._find(one.names))]
        return [f"{_ORDERS}{self._account}", *domains, f"{_SET}{own_set}"]

    def _look_up_domains(self, wanted: Sequence[Wanted]) -> None:
        """See to it that registered domains can be found, where their limit can be reached: the list of suffixes is a long one."""
        rate = self._limits.certificates_per_domain
        counted = [one for one in wanted if not self._is_exempt(one)]
        reached = self._before is not None or (rate is not None and len(counted) > rate.count)
        if rate is not None and counted and reached:
            self._find, self._sure = registered_domain.finder()

    def _is_exempt(self, one: Wanted) -> bool:
        return one.exempt or (one.renews and self._limits.renewals_exempt)

    def _bucket(self, key: str) -> Bucket | None:
        """Return the bucket of that name; None where no limit is known for it."""
        rate = self._rate(key)
        if rate is None:
            return None
        if key not in self._buckets:
            spent, at = known((self._before or {}).get(key)) or (0.0, self._now)
            self._buckets[key] = Bucket(rate, self._now, spent, at)
        return self._buckets[key]

    def _rate(self, key: str) -> Rate | None:
        rates = {
            _ORDERS: self._limits.orders_per_account,
            _DOMAIN: self._limits.certificates_per_domain,
            _SET: self._limits.certificates_per_set,
        }
        return next((rate for kind, rate in rates.items() if key.startswith(kind)), None)

    def _words(self, key: str) -> str:
        rate = self._rate(key)
        count, span = (rate.count, _span(rate.seconds)) if rate else (0, "")
        if key.startswith(_ORDERS):
            return f"it takes no more than {_number(count, 'order')} from an account in {span}"
        what = f"for {key[len(_DOMAIN) :]}" if key.startswith(_DOMAIN) else "for exactly these names"
        return f"it issues no more than {_number(count, 'certificate')} {what} in {span}"


_ORDERS, _DOMAIN, _SET = "orders ", "domain ", "set "
_SPANS = ((86400, "a day"), (3600, "an hour"), (60, "a minute"), (1, "a second"))


def certificates(taken: Sequence[str]) -> list[str]:
    """Return those of the buckets that count certificates: an order counts also when nothing is issued for it."""
    return [key for key in taken if not key.startswith(_ORDERS)]


def given_back(spent: Mapping[str, Any], taken: Sequence[str]) -> dict[str, Any]:
    """Return what `Budget.spent` returned, without what was taken from these buckets for nothing."""
    found = dict(spent)
    for key in taken:
        before = known(found.get(key))
        if before:
            found[key] = {"spent": max(0.0, before[0] - 1), "at": before[1]}
    return found


def _none(names: Iterable[str]) -> frozenset[str]:
    return frozenset()


def _urgency(one: Wanted) -> tuple[bool, float]:
    return not one.force, float("-inf") if one.expires is None else one.expires


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _span(seconds: float) -> str:
    for length, name in _SPANS:
        number = seconds / length
        if number >= 1 and number == int(number):
            return name if number == 1 else f"{int(number)} {name.split()[1]}s"
    return f"{seconds:g} seconds"
