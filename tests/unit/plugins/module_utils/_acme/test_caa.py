# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which CA may issue, for which account and by which method."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import caa
from ansible_collections.webpki.acme.plugins.module_utils._dns.lookup import Caa

CA = ("letsencrypt.org", "le.example")
ACCOUNT = "https://ca.example/acct/1"


def forbidden(*records: tuple[str, str] | Caa, wildcard: bool = False, method: str | None = "http-01") -> str | None:
    listed = [one if isinstance(one, Caa) else Caa(0, *one) for one in records]
    return caa.forbidden(listed, CA, wildcard=wildcard, account_url=ACCOUNT, method=method)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [("iodef", "mailto:a@a.example")],
        [("issue", "letsencrypt.org")],
        [("issue", "LetsEncrypt.org.")],
        [("issue", "other.example"), ("issue", "le.example")],
        [("issue", ";"), ("issue", "letsencrypt.org")],
        [("issue", f"letsencrypt.org; accounturi={ACCOUNT}; validationmethods=dns-01,http-01")],
        [("issue", "letsencrypt.org; unknown=x")],
        [("issue", "letsencrypt.org"), ("issuewild", ";")],
        [Caa(128, "issue", "letsencrypt.org")],
        [Caa(0, "unknown", "x")],
    ],
)
def test_permitted(records: list[tuple[str, str] | Caa]) -> None:
    """Without a record for issuing everybody may; with some, one that fits is enough."""
    assert forbidden(*records) is None


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([("issue", "other.example")], "other.example may issue"),
        ([("issue", ";")], "no CA may issue"),
        ([("issue", "")], "no CA may issue"),
        ([("issue", "other.example"), ("issue", ";")], "other.example may issue; no CA may issue"),
        (
            [("issue", "letsencrypt.org; accounturi=https://ca.example/acct/2")],
            "letsencrypt.org may issue for the account https://ca.example/acct/2 only",
        ),
        (
            [("issue", "letsencrypt.org; validationmethods=dns-01,tls-alpn-01")],
            "letsencrypt.org may issue by dns-01, tls-alpn-01 only",
        ),
        ([("issue", "letsencrypt.org; a b")], "cannot be understood"),
        ([Caa(128, "new", "x"), ("issue", "letsencrypt.org")], "the critical tag new"),
    ],
)
def test_forbidden(records: list[tuple[str, str] | Caa], why: str) -> None:
    """Who else may issue, for whom, or by what, is told."""
    assert why in (forbidden(*records) or "")


@pytest.mark.parametrize(
    ("records", "permitted"),
    [
        ([("issue", "letsencrypt.org")], True),
        ([("issue", "letsencrypt.org"), ("issuewild", ";")], False),
        ([("issue", ";"), ("issuewild", "letsencrypt.org")], True),
    ],
)
def test_wildcard(records: list[tuple[str, str]], permitted: bool) -> None:
    """For a wildcard its own records count where there are some, and those for all names otherwise."""
    assert (forbidden(*records, wildcard=True) is None) is permitted


def test_value() -> None:
    """The value that is given out to be copied is one that permits."""
    value = caa.value(CA[0], ACCOUNT, ["http-01", "dns-01"])
    assert value == f"letsencrypt.org; accounturi={ACCOUNT}; validationmethods=http-01,dns-01"
    assert forbidden(("issue", value)) is None
    assert forbidden(("issue", value), method="tls-alpn-01")
    assert caa.value(CA[0], None) == "letsencrypt.org"
