# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authorizations as CAs send them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import authorization
from ansible_collections.webpki.acme.plugins.module_utils._acme.authorization import Authorization
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.identifier import Identifier
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType, Problem
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Response
from ansible_collections.webpki.acme.plugins.module_utils._acme.url import is_https_url
from hypothesis import given

from tests.unit.scripted_ca import Fault, ScriptedCA, fault, problem, reply
from tests.unit.strategies import json_objects

URL = "https://ca.example/authz/1"
TOKEN = "DGyRejmCefe7v4NfDGDKfA"
NAME = {"type": "dns", "value": "a.example"}


def offered(kind: str = "http-01", **more: Any) -> dict[str, Any]:
    """Return a challenge as an authorization lists it."""
    return {"type": kind, "url": f"https://ca.example/challenge/{kind}", "status": "pending", "token": TOKEN, **more}


def read(document: Any) -> Authorization:
    """Read an authorization."""
    return Authorization.from_response(URL, Response(URL, 200, {}, json.dumps(document).encode()), "try")


def authz(status: str = "pending", *challenges: dict[str, Any], **more: Any) -> Authorization:
    """Return an authorization for a.example."""
    return read({"identifier": NAME, "status": status, "challenges": list(challenges), **more})


def test_example_of_the_rfc() -> None:
    """The example of RFC 8555 section 7.1.4 is read whole."""
    found = read(
        {
            "status": "valid",
            "expires": "2015-03-01T14:09:07.99Z",
            "identifier": {"type": "dns", "value": "www.example.org"},
            "challenges": [
                {
                    "url": "https://example.com/acme/chall/prV_B7yEyA4",
                    "type": "http-01",
                    "status": "valid",
                    "token": TOKEN,
                    "validated": "2014-12-01T12:05:58.16Z",
                }
            ],
            "wildcard": False,
        }
    )
    assert (found.url, found.identifier, found.status) == (URL, Identifier("dns", "www.example.org"), "valid")
    assert (found.wildcard, found.expires, found.name) == (False, "2015-03-01T14:09:07.99Z", "www.example.org")
    assert [(one.type, one.status, one.token) for one in found.challenges] == [("http-01", "valid", TOKEN)]


@pytest.mark.parametrize("challenges", [[], None, "x", {}, [1, None, "x"]])
def test_no_challenges(challenges: Any) -> None:
    """An authorization that needs no proof may list no challenges, or none that can be read."""
    found = read({"identifier": NAME, "status": "valid", "challenges": challenges, "expires": 1})
    assert (found.challenges, found.expires, found.problem()) == ((), None, None)


@pytest.mark.parametrize("status", ["processing", "brand-new"])
def test_unknown_status(status: str) -> None:
    """A status that is unknown here is kept as it came."""
    assert authz(status).status == status


@pytest.mark.parametrize("identifier", [None, "a.example", []])
def test_no_identifier(identifier: Any) -> None:
    """An authorization for nobody is refused."""
    with pytest.raises(AcmeError, match="no identifier"):
        read({"identifier": identifier, "status": "pending"})


@pytest.mark.parametrize(("wildcard", "name"), [(True, "*.a.example"), (False, "a.example"), ("true", "a.example")])
def test_name(wildcard: Any, name: str) -> None:
    """The name of a wildcard's authorization is what the user asked for."""
    assert authz(wildcard=wildcard).name == name


def test_challenge() -> None:
    """A challenge is chosen by its type; where it is not offered the message says what is."""
    found = authz("pending", offered("dns-01"), offered("http-01"))
    assert found.challenge("http-01").url == "https://ca.example/challenge/http-01"
    with pytest.raises(AcmeError, match=r"no tls-alpn-01 challenge for a\.example \(offered: dns-01, http-01\)"):
        found.challenge("tls-alpn-01")
    with pytest.raises(AcmeError, match=r"offered: none") as caught:
        authz().challenge("http-01")
    assert caught.value.problem.identifier == "a.example"


def test_material(key: Key) -> None:
    """For each type that is known here it says what to place; types that are not, and what they lack, are passed over."""
    unknown = {"type": "brand-new-77", "url": "https://ca.example/challenge/new"}
    found = authz("pending", offered("http-01"), offered("dns-01", status="invalid"), unknown).material(key)
    assert set(found) == {"http-01", "dns-01"}
    content = f"{TOKEN}.{key.thumbprint()}"
    assert found["http-01"] == {
        "url": "https://ca.example/challenge/http-01",
        "status": "pending",
        "token": TOKEN,
        "path": f".well-known/acme-challenge/{TOKEN}",
        "content": content,
    }
    assert (found["dns-01"]["record"], found["dns-01"]["status"]) == ("_acme-challenge.a.example", "invalid")


def test_material_of_wildcard(key: Key) -> None:
    """The record for a wildcard is that of the name below which it stands."""
    found = authz("pending", offered("dns-01"), wildcard=True).material(key)
    assert found["dns-01"]["record"] == "_acme-challenge.a.example"


ACCOUNT = "https://ca.example/account/1"
PERSIST = {"issuer-domain-names": ["ca.example"], "accounturi": ACCOUNT, "token": None}


def test_material_of_the_account(key: Key) -> None:
    """What depends on the account is told where its URL is known."""
    found = authz("pending", offered("dns-account-01"), offered("dns-persist-01", **PERSIST), wildcard=True)
    assert found.material(key) == {}
    material = found.material(key, ACCOUNT)
    assert material["dns-account-01"]["record"].endswith("._acme-challenge.a.example")
    assert material["dns-persist-01"] == {
        "url": "https://ca.example/challenge/dns-persist-01",
        "status": "pending",
        "record": "_validation-persist.a.example",
        "value": f"ca.example; accounturi={ACCOUNT}; policy=wildcard",
    }
    assert found.challenge("http-01", "dns-persist-01", account_url=ACCOUNT).type == "dns-persist-01"


@pytest.mark.parametrize(
    "odd", [{"issuer-domain-names": []}, {"issuer-domain-names": ["a.example"] * 11}, {"accounturi": f"{ACCOUNT}0"}]
)
def test_refused(key: Key, odd: dict[str, Any]) -> None:
    """A challenge that is not to be met is told so, and another one is chosen; it does not hold up the others."""
    found = authz("pending", offered("dns-persist-01", **{**PERSIST, **odd}), offered("dns-01"))
    material = found.material(key, ACCOUNT)
    assert set(material) == {"dns-persist-01", "dns-01"}
    assert set(material["dns-persist-01"]) == {"url", "status", "refused"}
    assert found.challenge("dns-persist-01", "dns-01", account_url=ACCOUNT).type == "dns-01"
    with pytest.raises(AcmeError, match=r"the dns-persist-01 challenge for a\.example is not to be met: it "):
        found.challenge("dns-persist-01", account_url=ACCOUNT)


@pytest.mark.parametrize("token", ["", "../../etc/cron.d/x", "a\0", "a\nb", "a/b", "..", "a.b", "a" * 1000, 7, ["a"]])
def test_token_refused(key: Key, token: Any) -> None:
    """A token that is not base64url never becomes a path (RFC 8555 section 11.3)."""
    with pytest.raises(
        AcmeError, match=r"the token of the http-01 challenge for a\.example is not base64url"
    ) as caught:
        authz("pending", offered("http-01", token=token)).material(key)
    assert (caught.value.problem.type, caught.value.url) == (ErrorType.BAD_RESPONSE, URL)


@pytest.mark.parametrize(
    "odd",
    [{"type": "brand-new-77"}, {"type": "brand-new-77", "url": "http://ca.example/"}, {"url": 7}, offered(token=None)],
    ids=["unknown without URL", "unknown at http", "no type", "without token"],
)
def test_passed_over(key: Key, odd: dict[str, Any]) -> None:
    """Challenges of unknown types, and those without a token, are not offered, and nothing is demanded of them."""
    found = authz("pending", odd, offered("dns-01"))
    assert set(found.material(key)) == {"dns-01"}
    with pytest.raises(AcmeError, match="offers no http-01 challenge"):
        found.challenge("http-01")


@pytest.mark.parametrize(
    "odd", [{"type": "http-01"}, {"type": "http-01", "url": "http://ca.example/"}, offered(token="..")]
)
def test_nothing_demanded(key: Key, odd: dict[str, Any]) -> None:
    """Once a name is proven nothing is demanded of its challenges; before that what is wrong with them is refused."""
    assert authz("valid", odd).material(key) == {}
    with pytest.raises(AcmeError):
        authz("pending", odd).material(key)


ERROR = {
    "type": "urn:ietf:params:acme:error:unauthorized",
    "detail": "saw 404",
    "status": 403,
    "subproblems": [{"type": "urn:ietf:params:acme:error:dns", "detail": "from Frankfurt"}],
}


@pytest.mark.parametrize("status", ["pending", "valid", "processing", "brand-new"])
def test_no_problem(status: str) -> None:
    """What has not failed has no problem, also when an earlier attempt had one; an unknown status is no failure."""
    assert authz(status, offered(error=ERROR)).problem() is None


@pytest.mark.parametrize("status", ["invalid", "deactivated", "expired", "revoked"])
def test_problem(status: str) -> None:
    """What has failed tells the CA's reason, with its subproblems, about the name; without a reason its status is one."""
    assert authz(status, offered("dns-01"), offered(error=ERROR)).problem() == Problem(
        ErrorType.UNAUTHORIZED.value,
        "saw 404",
        403,
        identifier="a.example",
        subproblems=(Problem(ErrorType.DNS.value, "from Frankfurt"),),
    )
    assert authz(status, offered(), wildcard=True).problem() == Problem(
        ErrorType.VALIDATION_FAILED.value, f"the authorization is {status}", identifier="*.a.example"
    )


def test_fetch(ca: ScriptedCA, client: Client) -> None:
    """An authorization is read by POST-as-GET."""
    ca.on("/authz/1", reply({"identifier": NAME, "status": "pending"}))
    found = authorization.fetch(client, ca.url("/authz/1"))
    assert (found.url, found.status, ca.asked("/authz/1")[0].payload) == (ca.url("/authz/1"), "pending", None)


def test_fetch_all(ca: ScriptedCA, client: Client) -> None:
    """The authorizations of several orders are read together, and an order of which one cannot be read has that error."""
    for number in range(6):
        value = {"type": "dns", "value": f"{number}.example"}
        ca.on(f"/authz/{number}", reply({"identifier": value, "status": "valid"}))
    ca.on("/authz/3", problem("unauthorized", 403, "not yours"))
    orders = [["/authz/0", "/authz/1"], [], ["/authz/2", "/authz/3", "/authz/9"], ["/authz/5"]]
    found = authorization.fetch_all(client, [[ca.url(path) for path in order] for order in orders], 4)
    names = [str(one) if isinstance(one, AcmeError) else [item.name for item in one] for one in found]
    assert names[:2] == [["0.example", "1.example"], []]
    assert "not yours" in names[2]
    assert names[3] == ["5.example"]


def test_deactivate(ca: ScriptedCA, client: Client) -> None:
    """An authorization is given up by its status; a lost reply is no reason not to ask again."""
    ca.on("/authz/1", fault(Fault.RESET), reply({"identifier": NAME, "status": "deactivated"}))
    assert authorization.deactivate(client, ca.url("/authz/1")).status == "deactivated"
    assert [request.payload for request in ca.asked("/authz/1")] == [{"status": "deactivated"}] * 2


@given(json_objects, json_objects)
def test_any_json(document: dict[str, Any], challenge: dict[str, Any]) -> None:
    """Whatever JSON a CA sends as an authorization, it is one or an AcmeError, and its URLs are https."""
    for content in (document, {"identifier": NAME, "status": "pending", **document, "challenges": [challenge]}):
        try:
            found = read(content)
        except AcmeError:
            continue
        assert all(is_https_url(one.url) for one in found.challenges)
        found.problem()
        try:
            found.challenge("http-01", "dns-persist-01", account_url=ACCOUNT)
        except AcmeError as error:
            assert error.problem.type in (ErrorType.VALIDATION_FAILED, ErrorType.BAD_RESPONSE)
