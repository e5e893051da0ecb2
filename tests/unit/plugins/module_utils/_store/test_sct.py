# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signed certificate timestamps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import sct
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.status_issuer import StatusIssuer, timestamp, timestamps

CA = StatusIssuer()
NOW = datetime.now(timezone.utc).replace(microsecond=0)


def told(*listed: bytes) -> dict[str, object]:
    return sct.told(sct.read(CA.leaf(timestamps(*listed)), NOW))


def test_none() -> None:
    """A certificate of a private CA has none, which is neither right nor wrong."""
    found = sct.told(sct.read(CA.leaf(), NOW))
    assert found == {"count": 0, "valid": None, "problem": None, "logs": []}


def test_two() -> None:
    """Each one is told with its log and its time."""
    at = NOW - timedelta(hours=2)
    found = told(timestamp(1, at), timestamp(2, at, algorithms=b"\x04\x01", signature=b"x" * 256))
    assert (found["count"], found["valid"], found["problem"]) == (2, True, None)
    assert found["logs"] == [
        {"log_id": digits * 32, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ")} for digits in ("01", "02")
    ]


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (timestamp(2, NOW + timedelta(hours=1)), "which is not yet"),
        (timestamp(1), "it is there twice"),
        (timestamp(2, algorithms=b"\x02\x03"), "a way that logs must not use"),
        (timestamp(2, algorithms=b"\x04\x02"), "a way that logs must not use"),
        (timestamp(2, signature=b"no DER"), "its signature is malformed"),
        (timestamp(2, signature=b""), "its signature is malformed"),
        (timestamp(2, algorithms=b"\x04\x01", signature=b""), "its signature is malformed"),
    ],
    ids=["future", "twice", "SHA-1", "DSA", "no DER", "no signature", "no RSA signature"],
)
def test_wrong_form(one: bytes, why: str) -> None:
    """What is wrong with one is told with its log; the count is that of all."""
    found = told(timestamp(1), one)
    assert (found["count"], found["valid"]) == (2, False)
    assert why in str(found["problem"])
    assert str(found["problem"]).startswith("02" * 32 if why != "it is there twice" else "01" * 32)


@pytest.mark.parametrize(
    "one", [b"", b"\x00", timestamp()[:-3], b"\x07" + timestamp()[1:]], ids=["empty", "short", "cut", "version"]
)
def test_malformed(one: bytes) -> None:
    """A list that cannot be read is told as a malformed certificate."""
    with pytest.raises(StoreError, match="malformed"):
        told(timestamp(1), one)
