# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The URLs that a CA gives, and that are asked by us: so they are input."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from .errors import bad_response

MAX_URL = 2048


def is_https_url(url: Any) -> bool:
    """Say whether this is a URL that may be asked: https, with a host, and without what could break a header."""
    if not isinstance(url, str) or len(url) > MAX_URL or not url.isprintable() or " " in url:
        return False
    return _is_https_host("/".join(url.split("/", 3)[:3]))


@lru_cache(maxsize=64)
def _is_https_host(url: str) -> bool:
    """Say the same of the part before the path, which nearly all URLs of a CA have in common."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)


def https_url(url: Any, *, doing: str, seen_at: str) -> str:
    """Return a URL that the CA gave, or refuse it: what it names is asked by us."""
    if not is_https_url(url):
        raise bad_response(f"the CA gave {str(url)[:200]!r} where an https URL must stand", doing=doing, url=seen_at)
    return str(url)
