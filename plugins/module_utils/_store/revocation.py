# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an issuer says of a certificate that it has issued: what CRLs (RFC 5280) and OCSP (RFC 6960) have in common."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .errors import StoreError
from .facts import rfc3339
from .libraries import UnsupportedAlgorithm, x509
from .shown import shown

# Hosts whose clock runs a little behind the CA's are common.
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Status:
    """Whether a certificate is revoked, and from when to when that is said. All times are aware UTC.

    reason is one of RFC 5280 section 5.3.1 by its name; None where none is given.
    """

    revoked: bool
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None = None
    reason: str | None = None


def moment(source: Any, name: str) -> datetime | None:
    """A time of what cryptography has read. Only since version 42 they have a zone there, and those without are deprecated."""
    with_zone = f"{name}_utc"
    if hasattr(source, with_zone):
        found: datetime | None = getattr(source, with_zone)
        return found
    plain: datetime | None = getattr(source, name)
    return plain.replace(tzinfo=timezone.utc) if plain else None


def check_current(what: str, this_update: datetime | None, next_update: datetime | None, now: datetime) -> datetime:
    """Returns this_update; StoreError unless what was said then still holds now: an old word could hide a newer one."""
    if this_update is None or now + _CLOCK_SKEW < this_update:
        raise StoreError(f"{what} is not valid before {rfc3339(this_update) if this_update else 'any time'}")
    if next_update is not None and now > next_update:
        raise StoreError(f"{what} is of {rfc3339(this_update)}, and was to be replaced by {rfc3339(next_update)}")
    return this_update


@contextlib.contextmanager
def reading(what: str) -> Iterator[None]:
    """Turns what cryptography raises about malformed data, late as it parses lazily, into a StoreError."""
    try:
        yield
    except (
        ValueError,
        TypeError,
        KeyError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise StoreError(f"{what} is malformed ({shown(str(error))})") from error


def extension(source: Any, kind: Any) -> Any:
    """The value of an extension of this class; None where there is none."""
    try:
        return source.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
