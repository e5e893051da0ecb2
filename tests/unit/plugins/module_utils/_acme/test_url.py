# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.url import MAX_URL, https_url

DOING = "try"
HERE = "https://ca.example/here"


@pytest.mark.parametrize(
    "url",
    [
        "http://ca.example/",
        "file:///etc/passwd",
        "ftp://ca.example/",
        "javascript:alert(1)",
        "/relative",
        "//ca.example/",
        "https:///path",
        "https://",
        "https:ca.example",
        "https://ca.example/\r\nX-Header: 1",
        "https://ca.example/\x00",
        "https://ca.example/\u2028",
        "https://ca.example/a b",
        "https://[::1",
        "https://ca.example/" + "a" * MAX_URL,
        "",
        None,
        1,
        ["https://ca.example/"],
        {"url": "https://ca.example/"},
    ],
)
def test_url_refused(url: object) -> None:
    """What is not an absolute https URL with a host and without control characters is refused, and shown shortened."""
    with pytest.raises(AcmeError, match="https URL must stand") as caught:
        https_url(url, doing=DOING, seen_at=HERE)
    assert (caught.value.problem.type, caught.value.url) == (ErrorType.BAD_RESPONSE, HERE)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "url", ["https://ca.example", "https://ca.example:14000/a?b=c#d", "HTTPS://[::1]:1/", "https://10.0.0.1/"]
)
def test_url_taken(url: str) -> None:
    """An https URL is taken as it stands."""
    assert https_url(url, doing=DOING, seen_at=HERE) == url
