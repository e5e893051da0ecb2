# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate limits: how much a CA grants in how much time, as far as it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .ca import KNOWN_CAS, directory_url
from .errors import AcmeError, invalid_input
from .token_bucket import Rate

DOING = "read rate_limits"

_HOUR = 3600
_WEEK = 7 * 24 * _HOUR

# By the URL of the CA's directory. What is not here is not known, and not counted.
TABLE: Mapping[str, Mapping[str, Any]] = {
    # https://letsencrypt.org/docs/rate-limits/ and /docs/profiles/, as of August 2026.
    KNOWN_CAS["letsencrypt"]: {
        "orders_per_account": {"count": 300, "seconds": 3 * _HOUR},
        "certificates_per_domain": {"count": 50, "seconds": _WEEK},
        "certificates_per_set": {"count": 5, "seconds": _WEEK},
        "names_per_certificate": 100,
        "names_per_profile": {"tlsserver": 25, "shortlived": 25},
        "renewals_exempt": True,
    },
    # https://letsencrypt.org/docs/staging-environment/, as of August 2026.
    KNOWN_CAS["letsencrypt_staging"]: {
        "orders_per_account": {"count": 1500, "seconds": 3 * _HOUR},
        "certificates_per_domain": {"count": 30000, "seconds": 1},
        "certificates_per_set": {"count": 30000, "seconds": _WEEK},
        "names_per_certificate": 100,
        "names_per_profile": {"tlsserver": 25, "shortlived": 25},
        "renewals_exempt": True,
    },
}


@dataclass(frozen=True)
class Limits:
    """Those of one CA; None where none is known.

    `renewals_exempt`: whether another certificate for exactly the same names counts as one for its set only.
    """

    orders_per_account: Rate | None = None
    certificates_per_domain: Rate | None = None
    certificates_per_set: Rate | None = None
    names_per_certificate: int | None = None
    names_per_profile: Mapping[str, int] = field(default_factory=dict)
    renewals_exempt: bool = False

    def names(self, profiles: Sequence[str] = ()) -> int | None:
        """Return how many names a certificate may have, of one of these profiles; None where that is not known."""
        known = [self.names_per_profile.get(profile, self.names_per_certificate) for profile in profiles or ("",)]
        return None if None in known else max(number for number in known if number)


def limits_of(ca: str, given: Mapping[str, Any] | None) -> Limits:
    """Return the limits of a CA. `given` adds to the table: CA (name or URL) -> limits, null for none.

    Raise AcmeError for what can be no limit.
    """
    url = directory_url(ca)
    merged: dict[str, Any] = dict(TABLE.get(url, {}))
    for name, limits in (given or {}).items():
        if _url(str(name)) == url:
            merged = {} if limits is None else merged
            for limit, value in _mapping(limits or {}, name).items():
                before = merged.get(limit)
                both = isinstance(before, Mapping) and isinstance(value, Mapping)
                merged[limit] = {**before, **value} if both else value  # type: ignore[dict-item]
    return Limits(**{limit: _READ[limit](value, limit) for limit, value in _known(merged).items() if value is not None})


def _url(name: str) -> str:
    try:
        return directory_url(name)
    except AcmeError as error:
        error.doing = DOING
        raise


def _known(limits: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in limits:
        if name not in _READ:
            raise invalid_input(f"{name!r} is no limit that is known", f"Known limits: {', '.join(_READ)}.", DOING)
    return limits


def _mapping(value: Any, name: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise _unclear(name, value, "Give its limits by their names.")


def _rate(value: Any, name: str) -> Rate:
    try:
        return Rate(_positive(value["count"], name), _seconds(value["seconds"]))
    except (AcmeError, KeyError, TypeError, ValueError):
        raise _unclear(name, value, "Give count and seconds, such as {count: 50, seconds: 604800}.") from None


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 < seconds < float("inf"):
        raise ValueError("not a time")
    return seconds


def _positive(value: Any, name: str) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < 1:
        raise _unclear(name, value, "Give a number from 1 on.")
    return number


def _by_profile(value: Any, name: str) -> dict[str, int]:
    return {str(profile): _positive(number, name) for profile, number in _mapping(value, name).items()}


def _flag(value: Any, name: str) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if str(value).lower() not in words:
        raise _unclear(name, value, "Give true or false.")
    return words[str(value).lower()]


def _unclear(name: Any, value: Any, hint: str) -> AcmeError:
    return invalid_input(f"{name} is {value!r}", hint, DOING)


_READ: Mapping[str, Any] = {
    "orders_per_account": _rate,
    "certificates_per_domain": _rate,
    "certificates_per_set": _rate,
    "names_per_certificate": _positive,
    "names_per_profile": _by_profile,
    "renewals_exempt": _flag,
}
