# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kept-alive connections to the hosts of a CA."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import libraries

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter
    from urllib3.connectionpool import HTTPSConnectionPool
    from urllib3.response import BaseHTTPResponse


class Connections:
    """Connections as requests makes them, at most `number` to each host.

    requests knows what the environment says of proxies and of whom to trust. It is asked once for each host, and what it
    made is then used directly: with what it does for each request (cookies, passwords of ~/.netrc, redirects) it takes
    longer than all else, and none of that is wanted here.

    `verify` is True (what the environment says, or the system), the path of a bundle, or False.
    """

    def __init__(self, verify: bool | str, number: int) -> None:
        self._verify = verify
        self._number = number
        self._session = libraries.requests.Session()
        self._hosts: dict[str, tuple[HTTPAdapter, HTTPSConnectionPool]] = {}
        self._lock = threading.Lock()
        if verify is False:
            # The user asked for it; urllib3 would tell him with every request, on an error output that may be Ansible's.
            warnings.filterwarnings("ignore", "Unverified HTTPS request")

    def ask(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str], timeouts: tuple[float, float]
    ) -> BaseHTTPResponse:
        """Send one request, and return the reply when its headers are there; `timeouts` are to connect and to read.

        The reply takes up a connection until it is read to its end or given up by `release`.
        """
        connect, read = timeouts
        parts = urlsplit(url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return self._pool(parts.scheme, parts.netloc).request(
            method,
            target,
            body=body,
            headers=headers,
            # Neither a repetition nor a redirect: either would send a signed request a second time.
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=libraries.urllib3.Timeout(connect=connect, read=read),
            preload_content=False,
        )

    @staticmethod
    def release(reply: BaseHTTPResponse) -> None:
        """Give up what was not read, and with it the connection; one that was read to its end is kept."""
        reply.close()
        reply.release_conn()

    def close(self) -> None:
        """Close all connections; those that are needed after that are made again."""
        with self._lock:
            for adapter, _pool in self._hosts.values():
                adapter.close()
            self._hosts.clear()

    def _pool(self, scheme: str, host: str) -> HTTPSConnectionPool:
        with self._lock:
            if host not in self._hosts:
                self._hosts[host] = self._open(scheme, host)
            return self._hosts[host][1]

    def _open(self, scheme: str, host: str) -> tuple[HTTPAdapter, HTTPSConnectionPool]:
        if scheme != "https":
            raise ValueError("it is no https URL")
        # One for each host, as one for many would close the connections to some of them.
        adapter = libraries.requests.adapters.HTTPAdapter(1, self._number, pool_block=True)
        # What is prepared here is a host that can be asked.
        request = libraries.requests.Request("GET", f"https://{host}/").prepare()
        url = str(request.url)
        found = self._session.merge_environment_settings(url, {}, None, self._verify, None)
        if hasattr(adapter, "get_connection_with_tls_context"):
            pool: Any = adapter.get_connection_with_tls_context(request, found["verify"], found["proxies"])
        else:
            # requests before 2.32
            pool = adapter.get_connection(url, found["proxies"])
        adapter.cert_verify(pool, url, found["verify"], None)  # type: ignore[no-untyped-call]
        # A proxy that is itself asked by https is verified by the same names of files.
        through_https = pool.proxy is not None and pool.proxy.scheme == "https"
        if (pool.ca_certs or pool.ca_cert_dir) and not through_https:
            # Read for all connections: to read a bundle of the system's size takes longer than to make one.
            context = libraries.urllib3.util.ssl_.create_urllib3_context()
            context.load_verify_locations(pool.ca_certs, pool.ca_cert_dir)
            pool.conn_kw["ssl_context"], pool.ca_certs, pool.ca_cert_dir = context, None, None
        return adapter, pool
