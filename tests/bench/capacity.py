# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much the counter carries: it must not be what is measured."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
import time
import urllib.request
from urllib.parse import urlsplit

from .work import Site


def capacity(site: Site, connections: int = 16, seconds: float = 2.0) -> float:
    """Requests a second that SITE answered, asked for nonces over some connections at once from one process.

    A lower bound: who asks, what counts and the CA itself share the machine.
    """
    context = ssl.create_default_context(cafile=str(site.ca_bundle))
    with urllib.request.urlopen(site.ca, timeout=10, context=context) as reply:
        url = urlsplit(json.load(reply)["newNonce"])
    answered = [0] * connections
    started = time.monotonic()

    def ask(number: int) -> None:
        connection = http.client.HTTPSConnection(url.netloc, context=context, timeout=10)
        with contextlib.closing(connection):
            while time.monotonic() < started + seconds:
                # Pebble wants to know who asks.
                connection.request("HEAD", url.path, headers={"User-Agent": "bench"})
                reply = connection.getresponse()
                reply.read()
                answered[number] += reply.status == 200

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / (time.monotonic() - started)
