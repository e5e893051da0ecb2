# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.order import LOOKED_AT
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.order import ORDER, ORDER_INFO
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.issuer import Issuer
from tests.unit.scripted_ca import Reply, Request, ScriptedCA, problem, reply

from ..conftest import Runner
from .conftest import ONE, orders, proof, shown


def test_order_in_check_mode(ca: ScriptedCA, run: Runner) -> None:
    """What is wrong with an order and needs no CA to be found is found in check mode too."""
    with pytest.raises(TaskFailed, match="1 of 2 orders failed: bad: ") as failed:
        run(ORDER, check_mode=True, orders=[{"name": "bad", "identifiers": ["a/b"]}, *ONE])
    assert orders(failed.value.values) == [("bad", False, None), ("one", True, None)]
    assert ca.requests == []


def test_one_order_for_two(ca: ScriptedCA, run: Runner) -> None:
    """Where the CA gives the same order for two certificates one of them gets it, and the other is told what to do."""
    ca.on("/new-order", shown(ca))
    ca.on("/authz/1", proof(ca))
    with pytest.raises(TaskFailed, match="1 of 2 orders failed: .*share one certificate, or run again") as failed:
        run(ORDER, concurrency=1, orders=[ONE[0], {**ONE[0], "name": "two"}])
    assert orders(failed.value.values) == [("one", True, ca.url("/order/1")), ("two", False, None)]


@pytest.mark.parametrize(
    ("given", "listed", "status", "taken"),
    [
        ({}, True, "pending", True),
        ({}, True, "ready", True),
        ({}, True, "processing", False),
        ({}, True, "valid", False),
        ({}, True, "invalid", False),
        ({"take_up": False}, True, "pending", False),
        ({}, False, "pending", False),
        ({"replaces": "an-id"}, True, "pending", True),
        ({"not_before": "2027-01-01T00:00:00Z"}, True, "pending", False),
        ({"not_after": "2027-01-01T00:00:00Z"}, True, "pending", False),
    ],
)
def test_take_up(ca: ScriptedCA, run: Runner, given: dict[str, Any], listed: bool, status: str, taken: bool) -> None:
    """An order that is open is taken up, where the CA lists it; another one is made otherwise.

    One that was finalized had another CSR, and what more is asked of an order cannot be seen in it.
    """
    if not listed:
        ca.on("/new-account", reply({"status": "valid"}, Location=ca.url("/account/1")))
    ca.on("/orders", reply({"orders": [ca.url("/order/1")]}))
    ca.on("/order/1", shown(ca, 1, status))
    ca.on("/new-order", shown(ca, 2))
    for number in (1, 2):
        ca.on(f"/authz/{number}", proof(ca, number))
    how = {name: given.pop(name) for name in ("take_up",) if name in given}
    result = run(ORDER, orders=[{**ONE[0], **given}], **how)
    assert orders(result) == [("one", not taken, ca.url("/order/1" if taken else "/order/2"))]


def test_exempt(ca: ScriptedCA, run: Runner) -> None:
    """An order is exempt where that is so for a renewal and the CA takes it for one; otherwise there is a warning that says why."""
    ca.on("/new-order", shown(ca, 1, replaces="an-id"))
    ca.on("/authz/1", proof(ca))
    asked = [{**ONE[0], "replaces": "an-id", "exempt": True}]
    (found,) = run(ORDER, orders=asked)["orders"]
    assert (found["replaces"], found["not_replaced"], found["exempt"], run.warnings) == ("an-id", None, True, [])

    ca.on("/new-order", problem("alreadyReplaced", 409), shown(ca, 1))
    (found,) = run(ORDER, orders=asked)["orders"]
    assert (found["replaces"], found["exempt"]) == (None, False)
    assert "alreadyReplaced" in found["not_replaced"]
    (warning,) = run.warnings
    assert (
        warning.startswith("one: ordered, but not as the replacement of the certificate")
        and "alreadyReplaced" in warning
    )


@pytest.mark.parametrize(
    ("status", "taken"),
    [("pending", True), ("ready", True), ("processing", True), ("valid", True), ("invalid", False)],
)
def test_take_up_by_url(ca: ScriptedCA, run: Runner, status: str, taken: bool) -> None:
    """An order that is given by its URL is taken up however far it is, unless it has failed."""
    ca.on("/order/1", shown(ca, 1, status))
    ca.on("/new-order", shown(ca, 2))
    for number in (1, 2):
        ca.on(f"/authz/{number}", proof(ca, number))
    result = run(ORDER, orders=[{**ONE[0], "url": ca.url("/order/1")}])
    assert orders(result) == [("one", not taken, ca.url("/order/1" if taken else "/order/2"))]


def request(key: ec.EllipticCurvePrivateKey) -> str:
    """A certificate request for a key."""
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("key", "status", "names", "left", "taken"),
    [
        ("mine", "valid", ["a.example"], 89, True),
        ("mine", "valid", ["a.example"], 61, True),
        ("mine", "valid", ["a.example"], 59, False),
        ("mine", "valid", ["a.example"], -1, False),
        ("other", "valid", ["a.example"], 89, False),
        ("mine", "processing", ["a.example"], 89, True),
        ("mine", "processing", ["a.example", "b.example"], 89, False),
        ("mine", "valid", ["a.example", "b.example"], 89, False),
    ],
)
def test_take_up_what_was_issued(
    ca: ScriptedCA, run: Runner, key: str, status: str, names: list[str], left: int, taken: bool
) -> None:
    """With the request an order is taken up that a run before this one had issued for its key not long ago, and no other."""
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("mine", "other")}
    more = {"certificate": ca.url("/certificate/1")} if status == "valid" else {}
    identifiers = [{"type": "dns", "value": name} for name in names]
    ca.on("/orders", reply({"orders": [ca.url("/order/1")]}))
    ca.on("/order/1", shown(ca, 1, status, identifiers=identifiers, **more))
    ca.on("/certificate/1", reply(Issuer().fullchain(keys[key].public_key(), names, left)))
    ca.on("/new-order", shown(ca, 2))
    for number in (1, 2):
        ca.on(f"/authz/{number}", proof(ca, number, "valid"))
    result = run(ORDER, orders=[{**ONE[0], "csr": request(keys["mine"])}])
    assert orders(result) == [("one", not taken, ca.url("/order/1" if taken else "/order/2"))]


@pytest.mark.parametrize("answer", [problem("malformed", 404), reply(status=410)])
def test_certificate_that_has_gone(ca: ScriptedCA, run: Runner, answer: Reply) -> None:
    """A certificate that the CA has no more is no reason not to order."""
    ca.on("/orders", reply({"orders": [ca.url("/order/1")]}))
    ca.on("/order/1", shown(ca, 1, "valid", certificate=ca.url("/certificate/1")))
    ca.on("/certificate/1", answer)
    ca.on("/new-order", shown(ca, 2))
    ca.on("/authz/2", proof(ca, 2, "valid"))
    mine = ec.generate_private_key(ec.SECP256R1())
    result = run(ORDER, orders=[{**ONE[0], "csr": request(mine)}])
    assert orders(result) == [("one", True, ca.url("/order/2"))]


def test_no_request(ca: ScriptedCA, run: Runner) -> None:
    """What is no request fails the order that it was given for, before one is made."""
    with pytest.raises(
        TaskFailed, match=r"could not create the order: the CSR is not a PKCS#10 request.*certificate_request"
    ):
        run(ORDER, orders=[{**ONE[0], "csr": "no"}])
    assert ca.asked("/new-order") == []


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_not_ours(ca: ScriptedCA, run: Runner, status: int) -> None:
    """In the place of an order that is another's by now, or gone, one is made; any other trouble is told."""
    ca.on("/order/1", problem("unauthorized", status))
    ca.on("/new-order", shown(ca, 2))
    ca.on("/authz/2", proof(ca, 2))
    wanted = [{**ONE[0], "url": ca.url("/order/1")}]
    if status == 429:
        with pytest.raises(TaskFailed, match="could not read the order"):
            run(ORDER, orders=wanted)
    else:
        assert orders(run(ORDER, orders=wanted)) == [("one", True, ca.url("/order/2"))]


@pytest.mark.parametrize(
    ("order", "authorization", "taken"),
    [
        ("pending", "pending", True),
        ("pending", "invalid", False),
        ("pending", "expired", False),
        ("ready", "deactivated", False),
        ("valid", "expired", True),
    ],
)
def test_lost_with_an_authorization(ca: ScriptedCA, run: Runner, order: str, authorization: str, taken: bool) -> None:
    """An open order that cannot become ready any more, which not every CA shows, is made anew; one that was issued is not."""
    ca.on("/order/1", shown(ca, 1, order))
    ca.on("/authz/1", proof(ca, 1, authorization))
    ca.on("/new-order", shown(ca, 2))
    ca.on("/authz/2", proof(ca, 2))
    result = run(ORDER, orders=[{**ONE[0], "url": ca.url("/order/1")}])
    assert orders(result) == [("one", not taken, ca.url("/order/1" if taken else "/order/2"))]


@pytest.mark.parametrize(
    ("answer", "made"),
    [
        (problem("unauthorized", 403), True),
        (problem("malformed", 400), True),
        (reply("<html>", 404), True),
        (reply("", 410), True),
        (reply("<html>", 403), False),
        (problem("badNonce"), False),
        (reply("<html>", 200), False),
        (problem("rateLimited", 429), False),
        (problem("serverInternal", 501), False),
    ],
    ids=["403", "400", "404 page", "410", "403 page", "badNonce", "page", "429", "501"],
)
def test_take_up_what_cannot_be_read(ca: ScriptedCA, run: Runner, answer: Reply, made: bool) -> None:
    """An order that cannot be read just now may be the one: another is made only where the CA says that there is none."""
    ca.on("/orders", reply({"orders": [ca.url("/order/1"), ca.url("/order/2")]}))
    ca.on("/order/1", answer)
    ca.on("/order/2", shown(ca, 2, name="b.example"))
    ca.on("/new-order", shown(ca, 3))
    for number, name in ((2, "b.example"), (3, "a.example")):
        ca.on(f"/authz/{number}", proof(ca, number, name=name))
    both = [*ONE, {"name": "two", "identifiers": ["b.example"]}]
    if made:
        assert orders(run(ORDER, orders=both)) == [
            ("one", True, ca.url("/order/3")),
            ("two", False, ca.url("/order/2")),
        ]
    else:
        with pytest.raises(TaskFailed, match="1 of 2 orders failed: one: could not read the order at .*/order/1: "):
            run(ORDER, orders=both)
        assert ca.asked("/new-order") == []


def test_take_up_with_the_account_known(ca: ScriptedCA, run: Runner) -> None:
    """Where the account's URL was given, the account is asked for its list."""
    ca.on("/account/1", reply({"status": "valid", "orders": ca.url("/orders")}))
    ca.on("/orders", reply({"orders": [ca.url("/order/1")]}))
    ca.on("/order/1", shown(ca))
    ca.on("/authz/1", proof(ca))
    result = run(ORDER, orders=ONE, account_uri=ca.url("/account/1"))
    assert orders(result) == [("one", False, ca.url("/order/1"))]
    assert ca.asked("/new-account") == []


@pytest.mark.parametrize("last", ["valid", "pending"])
def test_a_long_list(ca: ScriptedCA, run: Runner, last: str) -> None:
    """Of an account with many orders those at the end are looked at, beside as many as are wanted, and not each time all."""
    count = 2 * LOOKED_AT
    ca.on("/orders", reply({"orders": [ca.url(f"/order/{number}") for number in range(count)]}))
    for number in range(count):
        ca.on(f"/order/{number}", shown(ca, number, last if number == count - 1 else "valid"))
    ca.on("/new-order", shown(ca, 99))
    for number in (count - 1, 99):
        ca.on(f"/authz/{number}", proof(ca, number))
    assert run(ORDER, orders=ONE)["changed"] is (last == "valid")
    assert sum(len(ca.asked(f"/order/{number}")) for number in range(count)) == LOOKED_AT + 1
    assert ca.asked("/order/0") == []


def test_known_by_url_and_listed(ca: ScriptedCA, run: Runner) -> None:
    """Of two certificates for the same names each keeps its own order: one that is known by its URL is not given to the other."""
    ca.on("/orders", reply({"orders": [ca.url("/order/1"), ca.url("/order/2")]}))
    for number in (1, 2):
        ca.on(f"/order/{number}", shown(ca, number))
        ca.on(f"/authz/{number}", proof(ca, number))
    result = run(ORDER, orders=[{**ONE[0], "name": "two"}, {**ONE[0], "url": ca.url("/order/1")}])
    assert orders(result) == [("two", False, ca.url("/order/2")), ("one", False, ca.url("/order/1"))]


def test_list_is_not_needed(ca: ScriptedCA, run: Runner) -> None:
    """Where all orders are known by their URLs the list is not asked for."""
    ca.on("/order/1", shown(ca))
    ca.on("/authz/1", proof(ca))
    run(ORDER, orders=[{**ONE[0], "url": ca.url("/order/1")}], account_uri=ca.url("/account/1"))
    assert [ca.asked(path) for path in ("/account/1", "/orders")] == [[], []]


@pytest.mark.parametrize(
    ("key", "left", "taken"), [("mine", 89, True), ("mine", 59, False), ("mine", -1, False), ("other", 89, False)]
)
def test_issued_by_url(ca: ScriptedCA, run: Runner, key: str, left: int, taken: bool) -> None:
    """What the order at a URL brought is of use when it is for the key of the request, and new; nothing else is taken then."""
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("mine", "other")}
    ca.on("/orders", reply({"orders": [ca.url("/order/3")]}))
    for number, owner, days in ((1, keys[key], left), (3, keys["mine"], 89)):
        ca.on(f"/order/{number}", shown(ca, number, "valid", certificate=ca.url(f"/certificate/{number}")))
        ca.on(f"/certificate/{number}", reply(Issuer().fullchain(owner.public_key(), ["a.example"], days)))
    ca.on("/new-order", shown(ca, 2))
    for number in (1, 2):
        ca.on(f"/authz/{number}", proof(ca, number, "valid"))
    result = run(ORDER, orders=[{**ONE[0], "url": ca.url("/order/1"), "csr": request(keys["mine"])}])
    assert orders(result) == [("one", not taken, ca.url("/order/1" if taken else "/order/2"))]


def test_one_order_fails(ca: ScriptedCA, run: Runner) -> None:
    """An order that is refused, and one whose names cannot be read, have their problems; the third is made."""

    def make(request: Request) -> Reply:
        name = request.payload["identifiers"][0]["value"]
        number = {"a.example": 1, "b.example": 2}.get(name)
        return shown(ca, number, name=name) if number else problem("rejectedIdentifier", 403)

    ca.on("/new-order", make)
    ca.on("/authz/1", proof(ca))
    ca.on("/authz/2", problem("serverInternal", 400))
    wanted = [{"name": name, "identifiers": [f"{name}.example"]} for name in ("c", "b", "a")]
    with pytest.raises(TaskFailed, match="2 of 3 orders failed: c: ") as failed:
        run(ORDER, orders=wanted)
    values = failed.value.values
    assert orders(values) == [("c", False, None), ("b", False, None), ("a", True, ca.url("/order/1"))]
    assert [one.get("problem") and one["problem"]["type"].rpartition(":")[2] for one in values["orders"]] == [
        "rejectedIdentifier",
        "serverInternal",
        None,
    ]
    assert values["problem"]["type"].endswith(":rejectedIdentifier")


def test_account_is_needed(ca: ScriptedCA, run: Runner) -> None:
    """Without an account the whole task fails, with the CA's problem and how to get one."""
    ca.on("/new-account", problem("accountDoesNotExist"))
    with pytest.raises(AcmeError, match=r"webpki\.acme\.account") as refused:
        run(ORDER, orders=ONE)
    assert refused.value.problem.type == ErrorType.ACCOUNT_DOES_NOT_EXIST


def test_order_info(ca: ScriptedCA, run: Runner) -> None:
    """An order is shown with its names, its problem, and what each authorization wants or failed with."""
    error = {"type": "urn:ietf:params:acme:error:dns", "detail": "no such name"}
    ca.on("/order/1", shown(ca, status="invalid", error=error, profile="short", expires="2027-01-01T00:00:00Z"))
    ca.on("/authz/1", proof(ca, status="invalid"))
    (one,) = run(ORDER_INFO, orders=[{"url": ca.url("/order/1")}])["orders"]
    assert (one["name"], one["changed"], one["status"]) == (ca.url("/order/1"), False, "invalid")
    assert (one["identifiers"], one["profile"], one["problem"]["detail"]) == (["a.example"], "short", "no such name")
    (name,) = one["authorizations"]
    assert name["problem"]["identifier"] == "a.example"
    assert name["challenges"]["http-01"]["content"] == f"a-token.{run.key.thumbprint()}"


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({"identifier": {"type": "dns", "value": "victim.example"}}, "wants a proof for victim.example"),
        ({"wildcard": True}, r"wants a proof for \*\.a\.example"),
        ({"challenges": [{"type": "http-01", "token": "../x"}]}, "is not base64url"),
    ],
)
@pytest.mark.parametrize("task", [ORDER, ORDER_INFO])
def test_hostile_authorization(ca: ScriptedCA, run: Runner, task: Any, own: dict[str, Any], why: str) -> None:
    """An order whose proofs are for other names, or no files, fails by itself: the others of the same call go on."""
    for one in own.get("challenges", []):
        one.update(url=ca.url("/challenge/1"), status="pending")
    ca.on("/new-order", shown(ca), shown(ca, 2, name="b.example"))
    ca.on("/order/1", shown(ca))
    ca.on("/order/2", shown(ca, 2, name="b.example"))
    ca.on("/authz/1", proof(ca, **own))
    ca.on("/authz/2", proof(ca, 2, name="b.example"))
    wanted = [
        {**ONE[0], "url": ca.url("/order/1")},
        {"name": "two", "identifiers": ["b.example"], "url": ca.url("/order/2")},
    ]
    if task is ORDER_INFO:
        wanted = [{"name": item["name"], "url": item["url"]} for item in wanted]
    with pytest.raises(TaskFailed, match=f"1 of 2 orders failed: one: .*{why}") as failed:
        run(task, concurrency=1, orders=wanted)
    assert [(one["name"], one.get("failed", False)) for one in failed.value.values["orders"]] == [
        ("one", True),
        ("two", False),
    ]


@pytest.mark.parametrize(
    ("profile", "status", "taken"),
    [
        ("new", "pending", True),
        ("old", "pending", False),
        ("old", "ready", False),
        ("old", "valid", True),
        ("other", "pending", False),
    ],
)
@pytest.mark.parametrize("by_url", [True, False])
def test_take_up_by_profile(ca: ScriptedCA, run: Runner, by_url: bool, profile: str, status: str, taken: bool) -> None:
    """An open order whose profile the CA has withdrawn is not taken up: it would be refused when it is finalized."""
    ca.meta["profiles"] = {"new": "The present one"}
    ca.on("/orders", reply({"orders": [ca.url("/order/1")]}))
    ca.on("/order/1", shown(ca, 1, status, profile=profile))
    ca.on("/new-order", shown(ca, 2))
    for number in (1, 2):
        ca.on(f"/authz/{number}", proof(ca, number))
    known = {"url": ca.url("/order/1")} if by_url else {}
    result = run(ORDER, orders=[{**ONE[0], "profile": ["old", "new"], **known}])
    found = taken and (by_url or status != "valid")
    assert orders(result) == [("one", not found, ca.url("/order/1" if found else "/order/2"))]
    assert result["orders"][0]["profile"] == (profile if found else "new")
