# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import foreseen

from tests.unit.fleet import CA, due, good, host, listed

TWO = listed(identifiers=["www.example.com", "example.com"])

WAIT = {"until": "2026-07-31T12:00:00Z", "reason": "too many certificates."}


def seen(*certificates: tuple[dict[str, Any], dict[str, Any]], context: Any = None, **account: Any) -> Any:
    """What is foreseen after the first task found this on a host."""
    found = host(*certificates, context={"run": 1, **(context or {})}, **account)
    return foreseen.conversation(found["__certificates_request"])


def test_conversation() -> None:
    """The preferred CA is asked, with the options of its account, for all names of what is due."""
    certificates = [(TWO, due()), (listed("api"), due("api")), (listed("mail"), good("mail"))]
    cas = [{"ca": CA, "ca_bundle": "/ca.pem"}, {"ca": "https://other.example/directory"}]
    assert seen(*certificates, ca=cas, concurrency=3, deadline="") == (
        {"ca": CA, "ca_bundle": "/ca.pem", "concurrency": 3},
        3,
    )


@pytest.mark.parametrize(
    ("own", "found"),
    [
        (TWO, good()),
        (listed(shared=True), due()),
        (listed(served_on="nowhere:at:all"), due()),
        (TWO, due(put_off=WAIT)),
        (TWO, due(put_off_by=[{"ca": CA, **WAIT}])),
    ],
)
def test_nothing_certain(own: dict[str, Any], found: dict[str, Any]) -> None:
    """A CA is not bothered before it is certain that it has to be: not for what is refused, or may be on another host."""
    assert seen((own, found)) is None


def test_asked_first() -> None:
    """Where the CA is asked about other certificates first there are connections enough."""
    context = {"renewal": {"run_interval": 86400}}
    assert seen((TWO, due()), (listed("mail"), good("mail")), context=context) is None
    assert seen((TWO, due()), context=context) is not None


def test_nobody_to_order() -> None:
    """Without an account key nothing is going to be ordered."""
    assert seen((TWO, due()), key_file="") is None
    assert seen((TWO, due()), key_file="", key="digest") is not None


@pytest.mark.parametrize("context", [None, {}, {"account": {"ca": CA}, "certificates": [TWO]}])
def test_without_the_role(context: dict[str, Any] | None) -> None:
    """Where it was not the role that asked nothing is foreseen."""
    assert foreseen.conversation({"certificates": [due()], "context": context}) is None
