# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a CA said about renewal is kept until it wants to be asked again (RFC 9773 section 4.3), where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .._acme import renewal_info
from .._acme.ca import directory_url
from .._acme.errors import AcmeError
from .._acme.renewal_info import RenewalInfo
from .._acme.renewal_time import Window
from .._store.facts import moment
from .remembered import Remembered
from .renewal import Known

# Of a certificate that nobody asked for in so long nothing is kept.
_FORGET = timedelta(days=30)


class RenewalMemory:
    """What is known of the certificates of one CA, by their identifiers."""

    def __init__(self, directory: str | None, ca: str, now: datetime, warn: Callable[[str], None]) -> None:
        self._remembered = Remembered(directory, "renewal-info", directory_url(ca), warn)
        self._now = now
        self._before = self._remembered.load()
        self._learnt: dict[str, Known] = {}

    def recent(self, identifier: str) -> Known | None:
        """Return what is known of a certificate; None when the CA is to be asked."""
        known = _known(self._before.get(identifier))
        # Further away it can only be when the clock was wrong.
        return known if known and self._now < known.ask_again <= self._now + renewal_info.LATEST else None

    def learn(self, identifier: str, answer: RenewalInfo | AcmeError) -> Known:
        """Return what an answer tells, and keep it."""
        if isinstance(answer, AcmeError):
            before = _known(self._before.get(identifier))
            failures = before.failures if before else 0
            again = renewal_info.ask_again(answer, failures, self._now)
            found = Known(again, trouble=str(answer), failures=failures + 1)
        else:
            found = Known(answer.ask_again, answer.window, answer.explanation_url)
        self._learnt[identifier] = found
        return found

    def keep(self) -> None:
        """Write down what was learnt, for the next run."""
        if self._learnt:
            self._remembered.update(self._changed)

    def _changed(self, known: Mapping[str, Any]) -> dict[str, Any]:
        limit = self._now - _FORGET
        kept = {name: one for name, one in known.items() if (found := _known(one)) and found.ask_again > limit}
        return {**kept, **{name: _record(one) for name, one in self._learnt.items()}}


def _record(known: Known) -> dict[str, Any]:
    window = known.window
    return {
        "ask_again": known.ask_again.isoformat(),
        "window": [window.start.isoformat(), window.end.isoformat()] if window else None,
        "explanation_url": known.explanation_url,
        "trouble": known.trouble,
        "failures": known.failures,
    }


def _known(record: Any) -> Known | None:
    """Return what a record tells; None for what is none, as others may have written there."""
    try:
        again = moment(record["ask_again"])
        window = Window(*map(moment, record["window"])) if record["window"] else None
        texts = (record["explanation_url"], record["trouble"])
        if not all(isinstance(one, (str, type(None))) for one in texts):
            return None
        return Known(again, window, *texts, int(record["failures"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
