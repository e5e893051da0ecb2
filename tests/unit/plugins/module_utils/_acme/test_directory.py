# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory of a CA."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.directory import (
    Directory,
    json_object,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Response
from ansible_collections.webpki.acme.plugins.module_utils._acme.url import is_https_url
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import json_objects

URL = "https://ca.example/directory"
SMALLEST = {name: f"https://ca.example/{name}" for name in ("newNonce", "newAccount", "newOrder")}
# RFC 8555 section 7.1.1, with the members of later documents.
WHOLE = {
    **SMALLEST,
    "newAuthz": "https://ca.example/newAuthz",
    "revokeCert": "https://ca.example/revokeCert",
    "keyChange": "https://ca.example/keyChange",
    "renewalInfo": "https://ca.example/renewalInfo",
    "AHqDhNqWKEc": "https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417",
    "meta": {
        "termsOfService": "https://ca.example/terms",
        "website": "https://www.ca.example/",
        "caaIdentities": ["ca.example"],
        "externalAccountRequired": True,
        "profiles": {"classic": "The usual", "shortlived": "https://ca.example/profiles#shortlived"},
        "unknown": {"x": 1},
    },
}


def response(content: Any, content_type: str = "application/json") -> Response:
    """Return a reply that holds this, as it is or as JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Response(URL, 200, {"Content-Type": content_type}, body)


def test_whole() -> None:
    """Each member is found under its name in RFC 8555; unknown ones are passed over."""
    assert Directory.from_response(response(WHOLE)) == Directory(
        url=URL,
        new_nonce="https://ca.example/newNonce",
        new_account="https://ca.example/newAccount",
        new_order="https://ca.example/newOrder",
        revoke_cert="https://ca.example/revokeCert",
        key_change="https://ca.example/keyChange",
        renewal_info="https://ca.example/renewalInfo",
        terms_of_service="https://ca.example/terms",
        website="https://www.ca.example/",
        caa_identities=("ca.example",),
        external_account_required=True,
        profiles={"classic": "The usual", "shortlived": "https://ca.example/profiles#shortlived"},
    )


@pytest.mark.parametrize(
    "meta",
    [None, [], "x", {}, {"externalAccountRequired": "true", "caaIdentities": "x", "profiles": [], "website": 1}],
)
def test_smallest(meta: Any) -> None:
    """A CA need not offer more than nonces, accounts and orders, nor say anything of itself."""
    found = Directory.from_response(response({**SMALLEST, "meta": meta}))
    assert [found.revoke_cert, found.key_change, found.renewal_info] == [None, None, None]
    assert [found.terms_of_service, found.website, found.caa_identities, found.profiles] == [None, None, (), {}]
    assert found.external_account_required is False
    assert Directory.from_response(response(SMALLEST)) == found


@pytest.mark.parametrize("name", sorted(SMALLEST))
def test_member_missing(name: str) -> None:
    """What lacks a resource that every CA has is not an ACME directory, and the message says what it lacks."""
    with pytest.raises(AcmeError, match=f"not an ACME directory: it has no {name}") as caught:
        Directory.from_response(response({key: value for key, value in SMALLEST.items() if key != name}))
    assert (caught.value.problem.type, caught.value.url) == (ErrorType.BAD_RESPONSE, URL)


@pytest.mark.parametrize("url", ["http://ca.example/x", "file:///etc/passwd", "", "/x", 1, ["https://ca.example/"]])
def test_url_refused(url: Any) -> None:
    """A directory that names anything but an https URL is refused; of an optional member only when it is needed."""
    with pytest.raises(AcmeError, match="https URL must stand"):
        Directory.from_response(response({**WHOLE, "newNonce": url}))
    found = Directory.from_response(response({**WHOLE, "keyChange": url}))
    assert found.need("revoke_cert", "try") == WHOLE["revokeCert"]
    with pytest.raises(AcmeError, match="https URL must stand" if url else "offers no key_change"):
        found.need("key_change", "try")


@pytest.mark.parametrize("name", ["revoke_cert", "key_change", "renewal_info"])
def test_need(name: str) -> None:
    """A resource that the CA does not offer is missed when it is needed, and only then."""
    assert Directory.from_response(response(WHOLE)).need(name, "try").startswith("https://ca.example/")
    with pytest.raises(AcmeError, match=f"could not try at {URL}: the CA offers no {name}"):
        Directory.from_response(response(SMALLEST)).need(name, "try")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"1", b"null", b'"x"', b'{"a":', b"\xff\xfe", b"[" * 100_000, b'{"a":1}{"b":2}']
)
def test_no_json_object(body: bytes) -> None:
    """A reply that holds no JSON object is an error that tells how long it was and what it claimed to be."""
    with pytest.raises(AcmeError, match=rf"not a JSON object \({len(body)} bytes, text/html\)") as caught:
        json_object(response(body, "text/html; charset=utf-8"), "try")
    assert caught.value.problem.type == ErrorType.BAD_RESPONSE


@given(json_objects, st.booleans())
def test_any_json(document: dict[str, Any], complete: bool) -> None:
    """Whatever JSON a CA sends as its directory, it is read or an AcmeError, and its URLs are https."""
    try:
        found = Directory.from_response(response({**document, **SMALLEST} if complete else document))
    except AcmeError:
        return
    urls = [found.new_nonce, found.new_account, found.new_order]
    for name in ("revoke_cert", "key_change", "renewal_info"):
        with contextlib.suppress(AcmeError):
            urls.append(found.need(name, "try"))
    assert all(is_https_url(url) for url in urls)


@given(st.binary(max_size=50))
def test_any_body(body: bytes) -> None:
    """Whatever bytes a CA sends, they are a JSON object or an AcmeError."""
    try:
        assert isinstance(json_object(response(body), "try"), dict)
    except AcmeError as error:
        assert error.problem.type == ErrorType.BAD_RESPONSE
