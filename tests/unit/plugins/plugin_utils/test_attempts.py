# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import attempts
from ansible_collections.webpki.acme.plugins.plugin_utils.attempts import Failure

ACME = "urn:ietf:params:acme:error:"
LOCAL = "urn:webpki:acme:error:"
A, B = {"ca": "https://a.example/", "key": "1"}, {"ca": "https://b.example/", "key": "2"}
#: The same CA, where the user has another account.
OTHER = {**A, "key": "3"}


def problem(kind: str, *subproblems: str) -> dict[str, Any]:
    return {"msg": "no", "problem": {"type": kind, "subproblems": [{"type": one} for one in subproblems]}}


def order(*accounts: dict[str, Any], challenges: tuple[str, ...] = ("http-01",), **found: Any) -> dict[str, Any]:
    return attempts.begun({"name": "www"}, attempts.of(accounts, challenges, found), {})


@pytest.mark.parametrize(
    ("step", "said", "expected"),
    [
        (0, problem(LOCAL + "unreachable"), Failure.CA),
        (0, problem(LOCAL + "untrusted"), Failure.CA),
        (0, problem(LOCAL + "deadline"), Failure.CA),
        (0, problem(LOCAL + "badResponse"), Failure.CA),
        (0, problem(ACME + "unauthorized"), Failure.CA),
        (0, problem(ACME + "userActionRequired"), Failure.CA),
        # What the user has to put right is told, and not made up for.
        (0, problem(ACME + "externalAccountRequired"), None),
        (0, problem(LOCAL + "termsNotAgreed"), None),
        (0, problem(LOCAL + "invalidInput"), None),
        (0, {"msg": "no module"}, None),
        (1, problem(ACME + "rateLimited"), Failure.CA),
        (1, problem(ACME + "serverInternal"), Failure.CA),
        (1, problem(ACME + "rejectedIdentifier"), Failure.CA),
        (1, problem(ACME + "unsupportedIdentifier"), Failure.CA),
        (1, problem(ACME + "malformed", ACME + "rejectedIdentifier"), Failure.CA),
        (1, problem(ACME + "malformed", ACME + "rejectedIdentifier", ACME + "malformed"), None),
        (1, problem(ACME + "malformed"), None),
        (2, problem(ACME + "caa"), Failure.CA),
        (2, problem(LOCAL + "validationFailed", ACME + "caa", ACME + "caa"), Failure.CA),
        (2, problem(LOCAL + "validationFailed", ACME + "caa", ACME + "connection"), Failure.PROOF),
        (2, problem(ACME + "unauthorized"), Failure.PROOF),
        (2, problem(ACME + "dns"), Failure.PROOF),
        # What it waited for is what tells.
        (2, problem(LOCAL + "deadline", ACME + "connection"), Failure.PROOF),
        (2, problem(LOCAL + "deadline"), Failure.CA),
        (3, problem(ACME + "badCSR"), None),
        (3, problem(ACME + "caa"), Failure.CA),
    ],
)
def test_failure(step: int, said: dict[str, Any], expected: Failure | None) -> None:
    """Another CA may help where this one is away, busy or refuses a name, and another challenge where a name was not proven."""
    assert attempts.failure(step, said) is expected


def test_sequence() -> None:
    """All challenges are tried with one CA before the next one is."""
    tried = [(one["ca"], one["challenge"]) for one in attempts.of([A, B], ["http-01", "dns-01"], {})]
    assert tried == [(A["ca"], "http-01"), (A["ca"], "dns-01"), (B["ca"], "http-01"), (B["ca"], "dns-01")]


@pytest.mark.parametrize(
    ("one", "kind", "expected"),
    [
        (order(A), Failure.CA, None),
        (order(A), None, None),
        (order(A, B), None, None),
        (order(A, B), Failure.CA, 0),
        (order(A, OTHER), Failure.CA, 0),
        (order(A, B), Failure.PROOF, None),
        (order(A, B, challenges=("http-01", "dns-01")), Failure.PROOF, 0),
        (order(A, B, challenges=("http-01", "dns-01")), Failure.CA, 1),
    ],
)
def test_after(one: dict[str, Any], kind: Failure | None, expected: int | None) -> None:
    """The next attempt differs in what failed."""
    assert attempts.after(one, kind) == expected


def test_advanced() -> None:
    """An attempt takes the place of the present one; those that were passed over are gone, and what was said is kept."""
    first = order(A, B, challenges=("http-01", "dns-01"))
    second = attempts.advanced(first, 1, {"msg": "away", "retry_after": "soon", "problem": {}})
    assert (second["ca"], second["account"], second["challenge"]) == (B["ca"], B, "http-01")
    assert [(one["ca"], one["challenge"]) for one in second["attempts"]] == [(B["ca"], "dns-01")]
    assert [(one["ca"], one["msg"], one["retry_after"]) for one in second["said"]] == [(A["ca"], "away", "soon")]
    assert second["name"] == "www"


def test_told() -> None:
    """A failure tells what came of each attempt; where there was one only it is told as it is."""
    assert attempts.told(order(A), "no") == "no"
    assert attempts.told({"name": "a copy"}, "no") == "no"
    second = attempts.advanced(order(A, B), 0, {"msg": "away."})
    told = attempts.told(second, "no.")
    assert A["ca"] in told and B["ca"] in told
    assert told.index("away.") < told.index("no.")


def test_remembered_order() -> None:
    """An order that an earlier run left behind is known to its own CA only."""
    one = order(A, B, order_url="https://b.example/order/1", order_ca=B["ca"])
    assert one["order_url"] is None
    assert one["attempts"][0]["order_url"] == "https://b.example/order/1"


WAIT = {"until": "2026-07-31T12:00:00Z", "reason": "too many."}


def test_waits() -> None:
    """A CA that does not want to be asked yet is left out, which is told should the others fail; unless none would be left."""
    listed = attempts.of([A, B], ["http-01"], {})
    one = attempts.begun({"name": "www"}, listed, {A["ca"]: WAIT})
    assert (one["ca"], one["attempts"]) == (B["ca"], [])
    assert "(1) https://a.example/: not asked again before 2026-07-31T12:00:00Z: too many." in attempts.told(one, "no")
    both = attempts.begun({"name": "www"}, listed, {A["ca"]: WAIT, B["ca"]: WAIT})
    assert (both["ca"], len(both["attempts"]), both["said"]) == (A["ca"], 1, [])
