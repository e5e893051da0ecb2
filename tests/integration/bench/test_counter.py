# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bench counts between a client and the CA."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bench.counter import Counter
from tests.lab.fixtures import PebbleFactory

pytestmark = pytest.mark.lab


@pytest.fixture
def counter(pebble: PebbleFactory, tmp_path: Path) -> Iterator[Counter]:
    with Counter(tmp_path, pebble()) as counter:
        yield counter


@pytest.fixture
def context(pebble: PebbleFactory) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(pebble().ca_bundle))


def ask(connection: http.client.HTTPSConnection, method: str, path: str) -> bytes:
    connection.request(method, path, headers={"User-Agent": "test"})
    return connection.getresponse().read()


def test_requests_are_counted_by_kind_and_connections_by_themselves(counter: Counter, context: ssl.SSLContext) -> None:
    """Signed requests, nonces, the others and those that were refused are told apart, and a look takes them away."""
    with contextlib.ExitStack() as stack:
        one, two = (
            stack.enter_context(
                contextlib.closing(http.client.HTTPSConnection(counter.address, counter.port, context=context))
            )
            for _each in range(2)
        )
        directory = {name: urlsplit(str(url)).path for name, url in json.loads(ask(one, "GET", "/dir")).items()}
        for connection in (one, one, two):
            ask(connection, "HEAD", directory["newNonce"])
        ask(two, "POST", directory["newAccount"])
    taken = counter.taken()
    assert (taken.signed, taken.nonces, taken.others, taken.refused, taken.connections) == (1, 3, 1, 1, 2)
    assert taken.requests == 5
    assert counter.taken().requests == 0


def test_the_urls_of_the_ca_lead_back_through_the_counter(counter: Counter, context: ssl.SSLContext) -> None:
    """No request that a client makes is missed."""
    with contextlib.closing(http.client.HTTPSConnection(counter.address, counter.port, context=context)) as connection:
        directory = json.loads(ask(connection, "GET", "/dir"))
    urls = [url for name, url in directory.items() if name != "meta"]
    assert {urlsplit(url).netloc for url in urls} == {f"{counter.address}:{counter.port}"}
