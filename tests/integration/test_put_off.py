# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA that names the hour at which it wants to be asked again is not asked before, also not by the next run.

Pebble has no rate limits, so this is a scripted CA.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.fleet import playbook
from tests.unit.scripted_ca import Reply, Request, ScriptedCA, problem, reply

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]


class Limited(ScriptedCA):
    """A CA that makes accounts, and no order before another hour."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context)
        self.until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
        http_date = self.until.strftime("%a, %d %b %Y %H:%M:%S GMT")
        self.on("/new-account", self._account)
        self.on("/account/1", reply({"status": "valid"}))
        self.on("/new-order", problem("rateLimited", 429, "too many certificates", Retry_After=http_date))

    def _account(self, request: Request) -> Reply:
        url = self.url("/account/1")
        self.accounts[url] = request.protected["jwk"]
        return reply({"status": "valid"}, 201, Location=url)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "play.json").write_text(json.dumps(BOOK))
    return tmp_path


@pytest.fixture
def ca(here: Path) -> Iterator[Limited]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(here / "api.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = Limited(context)
    try:
        yield server
    finally:
        server.stop()
    assert server.faults == []


def run(here: Path, ca: Limited, **more: Any) -> playbook.Run:
    """The role on this machine, for two certificates."""
    names = ["a.example", "b.example"]
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "acme_ca": ca.url("/directory"),
        "acme_ca_bundle": str(here / "api.pem"),
        "acme_account_key_file": str(here / "account.pem"),
        "acme_terms_agreed": True,
        "acme_store": str(here / "store"),
        "acme_certificates": [{"name": name, "identifiers": [name], "webroot": str(here)} for name in names],
        **more,
    }
    (here / "hosts.json").write_text(json.dumps({"all": {"hosts": {"web": variables}}}))
    return playbook.run(str(here / "play.json"), here / "hosts.json", here / "home")


def test_put_off(here: Path, ca: Limited) -> None:
    """The run that is refused ends at once and says until when; the next one asks nothing; by force it is asked all the same."""
    first = run(here, ca)
    (told,) = first.messages("web")[-1:]
    for name in ("a.example", "b.example"):
        assert f"{name}: could not " in told
    assert f"the CA asks to try again after {ca.until:%Y-%m-%d %H:%M:%S} UTC" in told
    assert first.seconds < 15
    asked = len(ca.requests)
    assert len(ca.asked("/new-order")) == 2

    second = run(here, ca)
    (told,) = second.messages("web")[-1:]
    assert told.count(f"does not want to be asked again before {ca.until:%Y-%m-%dT%H:%M:%SZ}") == 2
    assert len(ca.requests) == asked

    third = run(here, ca, acme_force=["a.example"])
    assert third.failed() == {"web"}
    assert len(ca.asked("/new-order")) == 3
