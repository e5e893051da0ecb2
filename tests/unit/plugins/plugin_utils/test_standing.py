# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import standing

from tests.unit.fleet import CA, due, listed

NAMES = ["www.example.com"]
OTHER = "https://other.example/directory"


def found(code: str = "lifetime", **more: Any) -> dict[str, Any]:
    """What is found of a certificate that is due, but there."""
    facts = {"identifiers": NAMES, "not_after": "2027-02-01T00:00:00Z", "lifetime_days": 90, "days_left": 20}
    return due(code=code, facts={**facts, **more.pop("facts", {})}, issued_by=CA, **more)


def told(*results: dict[str, Any], ca: str = CA, said: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    entries = [{"own": listed(), "found": one} for one in results]
    return standing.told({"ca": ca, "before": standing.of(entries), "said": said or []})


RENEWAL = {"expires": "2027-02-01T00:00:00Z", "renews": True}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (found(), RENEWAL),
        (found("expired"), RENEWAL),
        (found("key-type"), RENEWAL),
        (found("forced"), {**RENEWAL, "force": True}),
        (due(), {}),
        # Nothing that could be served.
        (found("self-signed"), {}),
        (found("key-mismatch"), {}),
        # Of another CA, for other names, or so old that the CA does not know it.
        (found("ca"), {"expires": RENEWAL["expires"]}),
        (found(facts={"identifiers": ["www.example.com", "example.com"]}), {"expires": RENEWAL["expires"]}),
        (found(facts={"lifetime_days": 200, "days_left": 60}), {"expires": RENEWAL["expires"]}),
    ],
)
def test_of_one(result: dict[str, Any], expected: dict[str, Any]) -> None:
    """What is asked for again for the same names is a renewal, and it is known when the one before ends."""
    assert told(result) == expected


def test_of_several() -> None:
    """A shared certificate is as urgent as on the host where it is most urgent."""
    early = found(facts={"not_after": "2027-01-01T00:00:00Z"})
    assert told(found(), early)["expires"] == "2027-01-01T00:00:00Z"
    assert "expires" not in told(found(), due())
    assert told(found(), found("forced"))["force"] is True


def test_at_another_ca() -> None:
    """Another CA than the one that issued it knows nothing of the certificate before."""
    assert told(found(), ca=OTHER) == {"expires": RENEWAL["expires"]}


@pytest.mark.parametrize(("ca", "force"), [(CA, True), (OTHER, False)])
def test_once_more(ca: str, force: bool) -> None:
    """What failed a moment ago, and is tried with another challenge, is asked for at once; at another CA nothing failed."""
    assert told(found(), said=[{"ca": ca, "msg": "no"}]).get("force", False) == force
