# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.renewal_time import Window
from ansible_collections.webpki.acme.plugins.module_utils._ansible.renewal import Known, Question, decided
from ansible_collections.webpki.acme.plugins.module_utils._store.due import Age

NOW = datetime(2027, 3, 1, 12, tzinfo=timezone.utc)
AGE = Age(None, timedelta(days=1), 0.1)
FACTS = {
    "not_before": "2027-01-30T12:00:00Z",
    "not_after": "2027-04-30T12:00:00Z",
    "fingerprint_sha256": "aa",
    "serial_number": "87654321",
    "authority_key_identifier": "69885b6b87464041e1b37b847ba0ae2cde01c8d4",
    "issuer": "is not used",
}


def question(left: float, lifetime: float = 90) -> Question:
    """A certificate of which so many days are left of so many."""
    end = NOW + timedelta(days=left)
    return Question(end - timedelta(days=lifetime), end, "aa", "an.id")


def known(start: float, end: float, url: str | None = None) -> Known:
    """A window, in days from now."""
    return Known(NOW, Window(NOW + timedelta(days=start), NOW + timedelta(days=end)), url)


TROUBLE = Known(NOW, trouble="the CA is away")


@pytest.mark.parametrize(
    ("left", "said", "code", "words"),
    [
        (60, known(1.5, 90), None, "to be renewed from 2027-"),
        (60, known(-3, -1), "renewal-info", "between 2027-02-26T12:00:00Z and 2027-02-28T12:00:00Z, which is over"),
        (81, known(-3, -1), "renewal-info", "which is over"),
        (81.1, known(-3, -1), None, "which is over, but it is new, and the CA does not say why"),
        (89, known(-3, -1, "https://ca.example/why"), "renewal-info", "which is over, see https://ca.example/why"),
        (60, known(-3, 0.001), "renewal-info", "the CA wants it renewed between "),
        (60, known(0.1, 0.9), "renewal-info", ", when there is no run"),
        (60, known(-3, -1, "https://ca.example/why"), "renewal-info", "which is over, see https://ca.example/why"),
        # The CA's clock counts more than the lifetime does, but not in an emergency.
        (20, known(5, 9), None, "to be renewed from "),
        (9, known(5, 7), "lifetime", "9 of 90 days left"),
        (8.9, known(-9, -8), "lifetime", "8.9 of 90 days left"),
        (0, known(-9, -8), "expired", "it expired at 2027-03-01T12:00:00Z"),
        (31, TROUBLE, None, "31 of 90 days left"),
        (30, TROUBLE, "lifetime", "30 of 90 days left"),
        (31, None, None, "31 of 90 days left"),
        (29, None, "lifetime", "29 of 90 days left"),
    ],
)
def test_decided(left: float, said: Known | None, code: str | None, words: str) -> None:
    """What the CA suggests counts, without it the lifetime, and in an emergency only that; the reason says which."""
    result = decided(question(left), said, AGE, NOW)
    assert (result["due"], result["code"]) == (code is not None, code)
    assert words in result["reason"]


@pytest.mark.parametrize(("start", "end", "inside"), [(-1, 1, True), (0, 1, True), (-1, 0, False), (1, 2, False)])
def test_in_window(start: float, end: float, inside: bool) -> None:
    """An order is exempt from rate limits while the window is open."""
    assert decided(question(60), known(start, end), AGE, NOW)["in_window"] is inside


def test_all_that_is_known() -> None:
    """The result has the window, the time that was drawn, and by what the certificate is known."""
    result = decided(Question.of(FACTS), known(1, 2, "https://ca.example/why"), AGE, NOW)
    assert result.pop("reason")
    assert "2027-03-02T12:00:00Z" <= result.pop("chosen") < "2027-03-03T12:00:00Z"
    assert result == {
        "due": False,
        "code": None,
        "certificate_id": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
        "fingerprint_sha256": "aa",
        "window": {"start": "2027-03-02T12:00:00Z", "end": "2027-03-03T12:00:00Z"},
        "in_window": False,
        "explanation_url": "https://ca.example/why",
        "ask_again": "2027-03-01T12:00:00Z",
        "trouble": None,
    }


def test_without_issuer() -> None:
    """A certificate that does not name the key of its issuer has no identifier, and goes by its lifetime."""
    asked = Question.of({**FACTS, "authority_key_identifier": None})
    assert asked.identifier is None
    assert decided(asked, None, AGE, NOW)["reason"] == "60 of 90 days left"


@pytest.mark.parametrize(
    "change",
    [
        {"not_before": None},
        {"not_before": "today"},
        {"not_before": "2027-01-30T12:00:00"},
        {"not_after": "2027-01-30T12:00:00Z"},
        {"serial_number": "x"},
        {"authority_key_identifier": "x"},
        {"fingerprint_sha256": ...},
    ],
)
def test_no_facts(change: dict[str, Any]) -> None:
    """What are no facts of a certificate is refused."""
    given = {name: value for name, value in {**FACTS, **change}.items() if value is not ...}
    with pytest.raises(ValueError, match="not the facts of a certificate"):
        Question.of(given)
