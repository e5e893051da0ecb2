# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be told of a fault."""

from __future__ import annotations

import json

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.secrecy import without

BODY = "MC4CAQAwBQYDK2VwBCIEIHyzzyxyzzyxyzzyxyzzyxyzzyxyzzyxyzzyxyzzyxyz"
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----\n"
ENCRYPTED = PEM.replace("PRIVATE", "ENCRYPTED PRIVATE")
HMAC_KEY = "zWNDZM6e_GHWpSRTPal5eIU-FTu7Eaj"


@pytest.mark.parametrize(
    "quoted",
    [PEM, repr(PEM), repr(PEM.encode()), json.dumps(PEM), repr([repr(PEM)]), PEM[:70], repr(ENCRYPTED), f"{PEM}{PEM}"],
)
def test_private_key(quoted: str) -> None:
    """A private key is told in none of the ways to quote it, though nobody said that it is secret."""
    told = without([], f"ValueError: cannot read {quoted}")
    assert "ValueError: cannot read" in told
    assert BODY[:20] not in told


@pytest.mark.parametrize(
    ("secret", "quoted"),
    [
        (PEM, BODY),
        (PEM, f"line 2 is {BODY!r}"),
        ("a 'quoted' \\ one", repr("a 'quoted' \\ one")),
        ('a "quoted" one', json.dumps('a "quoted" one')),
        (f" {HMAC_KEY}==\n", HMAC_KEY),
        (HMAC_KEY, HMAC_KEY.replace("-", "+").replace("_", "/")),
    ],
)
def test_secret(secret: str, quoted: str) -> None:
    """What is secret is taken out in each form in which a message may have it, and the rest is told."""
    told = without([secret], f"before {quoted} behind")
    assert told.startswith("before ") and told.endswith(" behind")
    for part in (quoted, secret.strip(), HMAC_KEY, BODY):
        assert part not in told


@pytest.mark.parametrize("secrets", [[], [""], [" "], ["\n\n"]])
def test_nothing_secret(secrets: list[str]) -> None:
    """A text without secrets stays as it is, also where a secret is empty or blank."""
    text = "Traceback:-----BEGIN CERTIFICATE-----"
    assert without(secrets, text) == text
