# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies at a URL that a certificate names: CRLs and OCSP responses, which prove themselves, so mostly plain HTTP.

A certificate may come from anybody, and so may these URLs: nothing of a reply is shown, no redirect is followed, no
credentials are sent, and time and size have an end. Proxies are those of the environment.
"""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from .._acme.workers import Workers
from .._store.errors import StoreError
from .._store.shown import shown

# The largest CRLs of public CAs have a few MB. After a mass revocation they grow.
MOST = 32 * 1024 * 1024
MAX_URL = 2048
_USER_AGENT = "webpki.acme/1.0.0 (Ansible collection)"


def fetch(url: str, seconds: float, body: bytes | None = None, content_type: str | None = None) -> bytes:
    """Returns what is there, or what a POST of body brings, within so many seconds; StoreError that says why there is nothing."""
    where = shown(url[:MAX_URL])
    if not _may_be_asked(url):
        raise StoreError(f"{where} is not asked: it is no plain http or https URL")
    workers = Workers()
    try:
        # Time-outs of sockets bound neither the look-up of a name nor a reply that trickles in.
        reply = workers.call(lambda: _exchange(url, seconds, body, content_type), seconds)
    except TimeoutError:
        raise StoreError(f"{where} gave no complete answer within {seconds:g} s") from None
    except urllib.error.HTTPError as error:
        error.close()
        told = "leads to another place" if 300 <= error.code < 400 else "was refused"
        raise StoreError(f"{where} {told} (HTTP status {error.code})") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StoreError(f"{where} cannot be asked: {_why(error)}") from None
    finally:
        workers.close()
    if len(reply) > MOST:
        raise StoreError(f"{where} gave more than {MOST // 1024 // 1024} MB")
    return reply


def _why(error: Exception) -> str:
    # What TLS says may be an errno without a name, and has the line number of the library at its end.
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, Exception) else error
    text = str(cause if isinstance(cause, ssl.SSLError) else getattr(cause, "strerror", None) or cause)
    return shown(re.sub(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$", "", text))


def _may_be_asked(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
    return named and parts.scheme in ("http", "https") and _plain(url)


def _plain(url: str) -> bool:
    return len(url) <= MAX_URL and url.isascii() and url.isprintable() and " " not in url


def _exchange(url: str, seconds: float, body: bytes | None, content_type: str | None) -> bytes:
    headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
    if content_type:
        headers["Content-Type"] = content_type
    opener = urllib.request.build_opener(_Unredirected)
    with opener.open(urllib.request.Request(url, body, headers), timeout=seconds) as reply:
        content: bytes = reply.read(MOST + 1)
        return content


class _Unredirected(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Makes an error of it."""
