# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of dns-persist-01."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import dns_persist
from hypothesis import given
from hypothesis import strategies as st

ACCOUNT = "https://ca.example/acct/1"
ISSUERS = ("ca.example", "other.example")
NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, f"ca.example; accounturi={ACCOUNT}"),
        ({"wildcard": True}, f"ca.example; accounturi={ACCOUNT}; policy=wildcard"),
        (
            {"wildcard": True, "until": NOW},
            f"ca.example; accounturi={ACCOUNT}; policy=wildcard; persistUntil={NOW}",
        ),
    ],
)
def test_value(options: dict[str, Any], expected: str) -> None:
    """A record names issuer and account, and what more is asked for; it proves what it was made for."""
    assert dns_persist.value("ca.example", ACCOUNT, **options) == expected
    assert dns_persist.missing([expected], ISSUERS, ACCOUNT, wildcard="wildcard" in options, now=NOW) is None


def test_record() -> None:
    """The record stands below the name."""
    assert dns_persist.record("www.example.org") == "_validation-persist.www.example.org"


@pytest.mark.parametrize(
    ("issuers", "account", "reason"),
    [
        (["ca.example"], None, None),
        (["ca.example"] * 10, ACCOUNT, None),
        (["xn--bcher-kva.example"], ACCOUNT, None),
        ([], ACCOUNT, "it names no issuer"),
        (None, ACCOUNT, "it names no issuer"),
        ("ca.example", ACCOUNT, "it names no issuer"),
        ({"ca.example": 1}, ACCOUNT, "it names no issuer"),
        (["ca.example"] * 11, ACCOUNT, "it names 11 issuers, where 10 are the most"),
        (["CA.example"], ACCOUNT, "no lower-case domain name"),
        (["ca.example."], ACCOUNT, "no lower-case domain name"),
        (["ca.example; accounturi=x"], ACCOUNT, "no lower-case domain name"),
        (["ca.example\n"], ACCOUNT, "no lower-case domain name"),
        (["ca.example", 7], ACCOUNT, "no lower-case domain name"),
        (["a" * 64], ACCOUNT, "no lower-case domain name"),
        (["ca.example"], "https://ca.example/acct/2", "it is for another account"),
        (["ca.example"], 7, "it is for another account"),
    ],
)
def test_refused(issuers: Any, account: Any, reason: str | None) -> None:
    """A challenge is met only when it names 1 to 10 issuers, each a domain name, and no other account."""
    found = dns_persist.refused(issuers, account, ACCOUNT)
    assert found is None if reason is None else reason in str(found)


@pytest.mark.parametrize(
    ("values", "wildcard", "reason"),
    [
        ([f"ca.example; accounturi={ACCOUNT}"], False, None),
        ([f"other.example;accounturi={ACCOUNT}"], False, None),
        ([f" CA.Example. ;\t ACCOUNTURI = {ACCOUNT} ; new=thing"], False, None),
        ([f"ca.example; accounturi={ACCOUNT}; policy=Wildcard"], True, None),
        ([f"ca.example; accounturi={ACCOUNT}; persistUntil={NOW}"], False, None),
        (["v=spf1 -all", f"ca.example; accounturi={ACCOUNT}"], False, None),
        ([], False, "there is no such record"),
        ([f"evil.example; accounturi={ACCOUNT}"], False, "it is for the issuer evil.example"),
        (["ca.example"], False, "it is for the account None"),
        ([f"ca.example; accounturi={ACCOUNT}1"], False, f"it is for the account {ACCOUNT}1, not {ACCOUNT}"),
        ([f"ca.example; accounturi={ACCOUNT.upper()}"], False, "it is for the account"),
        ([f"ca.example; accounturi={ACCOUNT}"], True, "it does not have policy=wildcard"),
        ([f"ca.example; accounturi={ACCOUNT}; policy=all"], True, "it does not have policy=wildcard"),
        ([f"ca.example; accounturi={ACCOUNT}; persistUntil={NOW - 1}"], False, "has passed"),
        ([f"ca.example; accounturi={ACCOUNT}; persistUntil=soon"], False, "is no number"),
        ([f"ca.example; accounturi={ACCOUNT};"], False, "not of the form tag=value"),
        ([f"ca.example; accounturi={ACCOUNT}; policy"], False, "not of the form tag=value"),
        ([f"ca.example; accounturi={ACCOUNT}; x=a b"], False, "not of the form tag=value"),
        ([f"ca.example; accounturi={ACCOUNT}; AccountUri={ACCOUNT}"], False, "it has AccountUri twice"),
    ],
)
def test_missing(values: list[str], wildcard: bool, reason: str | None) -> None:
    """A record proves a name when one of its values is for this CA, this account, now, and for wildcards where one is wanted."""
    found = dns_persist.missing(values, ISSUERS, ACCOUNT, wildcard=wildcard, now=NOW)
    assert found is None if reason is None else reason in str(found)


@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_text(values: list[str]) -> None:
    """Whatever stands in the DNS, it is a reason or a proof, and the reason can be printed."""
    found = dns_persist.missing(values, ISSUERS, ACCOUNT, now=NOW)
    assert found is not None
    assert found.isprintable()
