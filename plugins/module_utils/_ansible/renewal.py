# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether to renew a certificate now: its age, and what its CA suggests, taken together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .._acme import renewal_time
from .._acme.certificate_id import certificate_id
from .._acme.renewal_time import Window
from .._store.due import Age, Code, Reason, by_age, left_in_words
from .._store.facts import moment, rfc3339

# What has to be known of a certificate, by the names that facts have for it.
FACTS = ("not_before", "not_after", "fingerprint_sha256", "serial_number", "authority_key_identifier")
_DAY = 86400


@dataclass(frozen=True)
class Question:
    """A certificate that may have to be renewed. Without an identifier (RFC 9773 section 4.1) its CA cannot be asked."""

    not_before: datetime
    not_after: datetime
    fingerprint: str
    identifier: str | None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Question:
        """Read what modules return of a certificate as facts; ValueError when they are none."""
        try:
            begin, end, fingerprint, serial, issuer = (facts[name] for name in FACTS)
            times = [moment(time) for time in (begin, end)]
            identifier = certificate_id(issuer, serial) if issuer else None
        except (AttributeError, KeyError, TypeError, ValueError):
            times = []
        if not times or times[0] >= times[1]:
            raise ValueError("these are not the facts of a certificate")
        return cls(times[0], times[1], str(fingerprint), identifier)

    def is_young(self, now: datetime) -> bool:
        """Say whether less than a tenth of its lifetime has passed."""
        return now - self.not_before < (self.not_after - self.not_before) / 10

    def too_old(self, now: datetime, age: Age) -> Reason | None:
        """Return why its age makes it due; None when it does not."""
        return by_age(self.not_before, self.not_after, now, age)


@dataclass(frozen=True)
class Known:
    """What the CA said, until it is to be asked again. Without a window trouble says why there is none."""

    ask_again: datetime
    window: Window | None = None
    explanation_url: str | None = None
    trouble: str | None = None
    #: How often in a row there was trouble.
    failures: int = 0


def decided(question: Question, known: Known | None, age: Age, now: datetime) -> dict[str, Any]:
    """Return whether to renew, and why.

    Age that is an emergency wins over all; then what the CA suggests decides, and where nothing is known of that age again.
    """
    window = known.window if known else None
    reason = question.too_old(now, age)
    at = None
    if known and window and question.identifier:
        at = renewal_time.chosen(window, question.identifier, question.not_before, question.not_after)
        reason = reason or _by_window(question, window, at, known.explanation_url, age, now)
    elif not reason:
        reason = question.too_old(now, replace(age, emergency_fraction=None))
    return {
        "due": reason is not None,
        "code": reason.code.value if reason else None,
        "reason": reason.text if reason else _not_yet(question, window, at, now),
        "certificate_id": question.identifier,
        "fingerprint_sha256": question.fingerprint,
        "window": window and {"start": rfc3339(window.start), "end": rfc3339(window.end)},
        "chosen": at and rfc3339(at),
        "in_window": bool(window and window.holds(now)),
        "explanation_url": known and known.explanation_url,
        "ask_again": known and rfc3339(known.ask_again),
        "trouble": known and known.trouble,
    }


def _by_window(
    question: Question, window: Window, at: datetime, url: str | None, age: Age, now: datetime
) -> Reason | None:
    # One that is younger than the time between two runs shows that there are more of them.
    every = max(min(age.run_interval, now - question.not_before), timedelta(seconds=1))
    if not renewal_time.is_due(window, at, now, every):
        return None
    if now >= window.end and not url and question.is_young(now):
        # A CA that says this of all that it issues would have a new one issued in each run.
        return None
    text = f"the CA wants it renewed {_between(window)}"
    if now < window.start:
        text += ", when there is no run"
    elif now >= window.end:
        text += ", which is over"
    return Reason(Code.RENEWAL_INFO, f"{text}, see {url}" if url else text)


def _not_yet(question: Question, window: Window | None, at: datetime | None, now: datetime) -> str:
    if window and at and at <= now:
        return f"the CA wants it renewed {_between(window)}, which is over, but it is new, and the CA does not say why"
    if window and at:
        return f"to be renewed from {rfc3339(at)} on, as the CA wants that {_between(window)}"
    left, lifetime = ((question.not_after - one).total_seconds() / _DAY for one in (now, question.not_before))
    return left_in_words(left, lifetime)


def _between(window: Window) -> str:
    return f"between {rfc3339(window.start)} and {rfc3339(window.end)}"
