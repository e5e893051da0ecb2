# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.ca import KNOWN_CAS
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.rate_limits import Limits, limits_of
from ansible_collections.webpki.acme.plugins.module_utils._acme.token_bucket import Rate

WEEK = 7 * 86400.0
OWN = "https://ca.example/directory"


def test_letsencrypt() -> None:
    """What Let's Encrypt documents is known, whether it is called by its name or by its URL."""
    limits = limits_of("letsencrypt", None)
    assert limits == limits_of(KNOWN_CAS["letsencrypt"], {})
    assert limits.orders_per_account == Rate(300, 3 * 3600)
    assert limits.certificates_per_domain == Rate(50, WEEK)
    assert limits.certificates_per_set == Rate(5, WEEK)
    assert limits.renewals_exempt
    assert limits_of("letsencrypt_staging", None).orders_per_account == Rate(1500, 3 * 3600)


@pytest.mark.parametrize("ca", [OWN, "zerossl", "google"])
def test_others(ca: str) -> None:
    """Of no other CA a limit is known."""
    assert limits_of(ca, {"letsencrypt": {"names_per_certificate": 1}}) == Limits()


@pytest.mark.parametrize(
    ("profiles", "most"),
    [
        ((), 100),
        (("classic",), 100),
        (("shortlived",), 25),
        (("shortlived", "tlsserver"), 25),
        (("tlsserver", "x"), 100),
    ],
)
def test_names(profiles: tuple[str, ...], most: int) -> None:
    """How many names fit into a certificate depends on its profile; of several the most patient one counts."""
    assert limits_of("letsencrypt", None).names(profiles) == most
    assert limits_of(OWN, None).names(profiles) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"letsencrypt": {"certificates_per_domain": {"count": 2000}}}, Rate(2000, WEEK)),
        ({KNOWN_CAS["letsencrypt"]: {"certificates_per_domain": {"seconds": "60"}}}, Rate(50, 60)),
        ({"letsencrypt": {"certificates_per_domain": {"count": "7", "seconds": 0.5}}}, Rate(7, 0.5)),
        ({"letsencrypt": {"certificates_per_domain": None}}, None),
        ({"letsencrypt": None}, None),
        ({"letsencrypt": {}}, Rate(50, WEEK)),
    ],
)
def test_override(given: dict[str, Any], expected: Rate | None) -> None:
    """What the user gives counts in the place of what is known, part by part, and null for no limit."""
    assert limits_of("letsencrypt", given).certificates_per_domain == expected
    assert limits_of("letsencrypt_staging", given) == limits_of("letsencrypt_staging", None)


def test_added() -> None:
    """A CA of which nothing is known gets limits by its URL, with all that belongs to a limit."""
    given = {
        OWN: {
            "orders_per_account": {"count": 1, "seconds": 1},
            "names_per_certificate": "10",
            "names_per_profile": {"tiny": 1},
            "renewals_exempt": "yes",
        }
    }
    assert limits_of(OWN, given) == Limits(Rate(1, 1.0), None, None, 10, {"tiny": 1}, True)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            {"orders": 5},
            "could not read rate_limits: 'orders' is no limit that is known (invalidInput). Known limits: orders_per_account, ",
        ),
        (5, "https://ca.example/directory is 5"),
        (
            {"orders_per_account": 5},
            "orders_per_account is 5 (invalidInput). Give count and seconds, such as {count: 50, seconds: 604800}.",
        ),
        ({"orders_per_account": {"count": 5}}, "Give count and seconds"),
        ({"orders_per_account": {"count": 0, "seconds": 5}}, "Give count and seconds"),
        ({"orders_per_account": {"count": 5, "seconds": 0}}, "Give count and seconds"),
        ({"orders_per_account": {"count": 5, "seconds": "a week"}}, "Give count and seconds"),
        ({"names_per_certificate": 0}, "Give a number from 1 on"),
        ({"names_per_certificate": "many"}, "Give a number from 1 on"),
        ({"names_per_profile": {"tiny": -1}}, "Give a number from 1 on"),
        ({"names_per_profile": 5}, "Give its limits by their names"),
        ({"renewals_exempt": "perhaps"}, "Give true or false"),
    ],
)
def test_unclear(limits: Any, said: str) -> None:
    """What can be no limit is refused with what to write instead."""
    with pytest.raises(AcmeError) as refused:
        limits_of(OWN, {OWN: limits})
    assert said in str(refused.value)


def test_unknown_ca() -> None:
    """A CA that is neither known nor a URL is refused, also where it is not the one that is asked."""
    with pytest.raises(AcmeError, match="could not read rate_limits: 'letsencript' is not a CA that is known by name"):
        limits_of(OWN, {"letsencript": {}})
