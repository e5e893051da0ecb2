# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections by themselves; test_transport.py has what becomes of requests over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.connections import Connections
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import USER_AGENT

from tests.unit.scripted_ca import ScriptedCA, reply


@pytest.fixture
def connections(ca: ScriptedCA, bundle: str) -> Iterator[Connections]:
    """Connections to the CA, at most two."""
    made = Connections(bundle, 2)
    yield made
    made.close()


def get(connections: Connections, url: str) -> bytes:
    """Return the body of a reply."""
    answer = connections.ask("GET", url, None, {"User-Agent": USER_AGENT}, (5, 5))
    try:
        return b"".join(answer.stream(1000))
    finally:
        connections.release(answer)


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("/a/b?c=d&e", "/a/b?c=d&e"),
        ("/a/../b;c", "/a/../b;c"),
        ("/%41%7e", "/%41%7E"),
        ("/ä?ö", "/%C3%A4?%C3%B6"),
        ("?a", "/?a"),
        ("", "/"),
        ("/a#b", "/a"),
    ],
)
def test_target(ca: ScriptedCA, connections: Connections, asked: str, seen: str) -> None:
    """The path and the query go out as the CA named them, but for what may not stand in a request."""
    ca.on(seen, reply(b"here"))
    assert get(connections, ca.url(asked)) == b"here"


def test_many_hosts(ca: ScriptedCA, connections: Connections) -> None:
    """Connections to one host stay, however many others are asked in between."""
    ca.on("/x", reply(b"here"))
    for number in range(12):
        get(connections, ca.url("/x"))
        get(connections, ca.url("/x").replace("//", f"//user{number}@"))
    assert ca.connections == 13


def test_bundle_is_read_once(ca: ScriptedCA, bundle: str, tmp_path: Path) -> None:
    """The bundle is read for the first connection to a host, and serves those that follow."""
    copy = tmp_path / "bundle.pem"
    copy.write_bytes(Path(bundle).read_bytes())
    connections = Connections(str(copy), 2)
    ca.on("/x", reply(b"here"))
    first = connections.ask("GET", ca.url("/x"), None, {"User-Agent": USER_AGENT}, (5, 5))
    copy.unlink()
    assert get(connections, ca.url("/x")) == b"here"
    connections.release(first)
    connections.close()
    assert ca.connections == 2


def test_no_cookies(ca: ScriptedCA, connections: Connections) -> None:
    """What a server wants remembered is not sent back: a conversation is known by its account and its nonces."""
    ca.on("/x", reply(b"here", Set_Cookie="a=b"))
    for _request in range(2):
        get(connections, ca.url("/x"))
    assert "Cookie" not in ca.requests[1].headers


def test_used_again(ca: ScriptedCA, connections: Connections) -> None:
    """What was closed is opened again when it is needed."""
    ca.on("/x", reply(b"here"))
    for _time in range(2):
        assert get(connections, ca.url("/x")) == b"here"
        connections.close()
    assert ca.connections == 2


def test_other_schemes(connections: Connections) -> None:
    """Nothing but https is asked."""
    with pytest.raises(ValueError, match="https"):
        get(connections, "http://localhost/")
