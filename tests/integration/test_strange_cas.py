# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CAs in the world do otherwise than one expects, in twenty items, each of which some client has stumbled over.

Each is shown by a whole issuance with the tasks that a play has, where it allows one, and by the message otherwise.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import validation
from ansible_collections.webpki.acme.plugins.module_utils._acme.polling import DEFAULT_PAUSE

from tests.unit import jose
from tests.unit.scripted_ca import Reply, problem, reply
from tests.unit.strange_ca import StrangeCA, Ways, html, not_a_problem

from . import issuing
from .issuing import DOING, NAME, STEPS, Refused, Tasks

pytestmark = pytest.mark.lab

Strange = Callable[..., StrangeCA]
WithCA = Callable[[StrangeCA], Tasks]

CONTACT = ["mailto:admin@example.org"]
SECRET = b"a secret of the CA's customer"
BINDING = {"kid": "customer-1", "key": base64.urlsafe_b64encode(SECRET).decode().rstrip("=")}


def problem_type(refused: pytest.ExceptionInfo[Refused]) -> str:
    """The last part of the type of the problem that a task failed with."""
    return str(refused.value.result["problem"]["type"].rpartition(":")[2])


@pytest.mark.parametrize(("proven", "answers"), [(["b.example", NAME], 0), ([NAME], 1)], ids=["all", "one of two"])
def test_01_valid_without_challenges(strange: Strange, tasks: WithCA, proven: list[str], answers: int) -> None:
    """A name whose authorization is valid, and lists no challenges, needs no work."""
    ca = strange(proven=tuple(proven))
    tasks(ca).issue(NAME, "b.example")
    assert len(ca.step("challenge")) == answers


@pytest.mark.parametrize(
    "listed",
    [
        {"type": "dns-persist-01", "url": "https://localhost/challenge", "issuer-domain-names": ["ca.example"]},
        {"type": "sectigo-email-01", "status": "pending"},
        {"type": "http-01", "url": "https://localhost/challenge", "status": "pending"},
        {"type": 7, "url": None},
        "a word",
        None,
    ],
    ids=["unknown without token", "unknown without URL", "known without token", "odd", "text", "null"],
)
def test_02_unknown_challenges(strange: Strange, tasks: WithCA, listed: Any) -> None:
    """Challenges of unknown types, and those that lack a token, are passed over."""
    tasks(strange(more_challenges=(listed,))).issue()


@pytest.mark.parametrize(
    "ways",
    [
        {"authorization_states": ("pending", "pending", "valid")},
        {"authorization_states": ("processing", "processing", "valid")},
        {"authorization_states": ("processing",) * 3 + ("valid",), "answered": True},
        {"proven_states": ("processing", "ready")},
        {"finalized_states": ("processing", "processing", "valid")},
    ],
    ids=["challenge", "authorization", "authorization beforehand", "order before finalize", "order"],
)
def test_03_processing(strange: Strange, tasks: WithCA, ways: dict[str, Any]) -> None:
    """What is processing, be it challenge, authorization or order, is waited for."""
    tasks(strange(**ways)).issue()


@pytest.mark.parametrize(("tries", "answers"), [(3, 3), (99, 1 + validation.MAX_ANSWERED_AGAIN)])
def test_04_pending_with_an_error(
    strange: Strange, tasks: WithCA, monkeypatch: pytest.MonkeyPatch, tries: int, answers: int
) -> None:
    """A challenge that stays pending with an error is answered again, a few times; in the end the error is told."""
    monkeypatch.setattr(validation, "AUTHORIZATIONS_EVERY", 0.1)
    ca = strange(tries=tries, retry_after=lambda: "0")
    run = tasks(ca)
    if tries == answers:
        run.issue()
    else:
        run.common["deadline"] = 2
        with pytest.raises(Refused, match=rf"www: .*order/1: .*\[{NAME}: nobody answered on port 80 \(connection\)\]"):
            run.issue()
    assert len(ca.step("challenge")) == answers


@pytest.mark.parametrize("times", [1, 3])
def test_05_not_ready_at_finalize(strange: Strange, tasks: WithCA, times: int) -> None:
    """An order that says that it is ready, and at finalize that it is not, is finalized again a little later."""
    ca = strange(not_ready=times)
    tasks(ca).issue()
    assert len(ca.step("finalize")) == times + 1


def seconds() -> str:
    """A second as a Retry-After."""
    return "1"


def date() -> str:
    """The time after next second as a Retry-After."""
    return formatdate(int(time.time()) + 2, usegmt=True)


@pytest.mark.parametrize("form", [seconds, date, None], ids=["seconds", "date", "absent"])
@pytest.mark.parametrize("status", [200, 429, 503])
def test_06_retry_after(strange: Strange, tasks: WithCA, status: int, form: Callable[[], str] | None) -> None:
    """A wait that the CA asks for in either form is kept, on errors and on what is not done yet; else there is a default."""
    named = {"Retry-After": form()} if form else {}
    if status == 200:
        # After the early looks, which are the client's to choose.
        ca = strange(authorization_states=("pending",) * 4 + ("valid",), retry_after=form)
        tasks(ca).issue()
        *_early, before, after = ca.times_of("/order/1")
        assert after - before >= (0.5 if form is date else 0.99 if form else DEFAULT_PAUSE)
        return
    ca = strange()
    ca.before["new-order"] = [problem("rateLimited" if status == 429 else "serverInternal", status, **named)]
    if status == 429 and not form:
        with pytest.raises(Refused, match="said the CA .rateLimited.*later"):
            tasks(ca).issue()
        return
    tasks(ca).issue()
    refused, again = ca.times_of("/new-order")
    assert again - refused >= (0.5 if form is date else 0.99 if form else 0.49)


@pytest.mark.parametrize(
    "refusal",
    [problem("badNonce"), replace(problem("badNonce"), nonce=False), replace(html(500), nonce=False), html(500)],
    ids=["with a nonce", "without", "HTML", "HTML with a nonce"],
)
@pytest.mark.parametrize("step", STEPS)
def test_07_bad_nonce(strange: Strange, tasks: WithCA, step: str, refusal: Reply) -> None:
    """A nonce that is refused, also by a page with status 500, is replaced by a fresh one, at every step."""
    ca = strange()
    run = tasks(ca)
    ca.before[step] = [refusal]
    run.issue()
    assert ca.before[step] == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (not_a_problem({"message": "Missing Authentication Token"}, 403), "Missing Authentication Token"),
        (not_a_problem(["no", "object"], 400), "400"),
        (html(404), "404"),
        (reply("", 405), "405"),
        (reply("\x00\xff" * 50, 400), "400"),
        (Reply(b"{", 422, (("Content-Type", "application/problem+json"),)), "422"),
        (Reply(b"{}", 400, (("Content-Type", "application/problem+json"),)), "400"),
    ],
    ids=["message", "list", "HTML", "empty", "binary", "cut", "without a word"],
)
@pytest.mark.parametrize("step", STEPS)
def test_08_no_problem_document(strange: Strange, tasks: WithCA, step: str, answer: Reply, said: str) -> None:
    """An error that is no problem document is told with step, URL, status, what it says, and what to do next."""
    ca = strange()
    ca.before[step] = [answer] * 3
    with pytest.raises(Refused) as refused:
        tasks(ca).issue()
    message = str(refused.value)
    place = re.escape(ca.url(f"/{step}"))
    assert re.search(rf"could not {DOING[step]} at {place}.*{said}.*\. [A-Z].*\.$", message), message
    assert step == "new-account" or message.startswith("1 of 1 orders failed: www: ")
    assert problem_type(refused) == "badResponse"


OPTIONAL = ("meta", "renewalInfo", "keyChange", "newAuthz", "revokeCert")
RANDOM = {"hw0xBnKrIcE": "https://community.example/t/adding-random-entries", "Zero": 0, "None": None, "renewalInfo": 7}


@pytest.mark.parametrize("without", [*((name,) for name in OPTIONAL), OPTIONAL], ids=[*OPTIONAL, "all"])
@pytest.mark.parametrize("more", [{}, RANDOM], ids=["", "unknown keys"])
def test_09_directory(
    strange: Strange, tasks: WithCA, without: tuple[str, ...], more: Mapping[str, Any], tmp_path: Path
) -> None:
    """A directory may lack what not every CA has, and hold what is unknown; what is lacking is told when it is needed."""
    run = tasks(strange(directory_without=without, directory_more=more))
    run.issue()
    assert run("directory_info")["terms_of_service"] == (None if "meta" in without else run.ca.url("/terms"))
    if "keyChange" in without:
        with pytest.raises(Refused, match=r"could not change the key .* offers no key_change .*This CA cannot do this"):
            run("account", new_account_key_file=str(tmp_path / "new.pem"))


def test_09_directory_is_read_again(strange: Strange, tasks: WithCA) -> None:
    """A CA may move its resources: each task that begins a conversation reads where they are."""
    ca = strange()
    run = tasks(ca)
    run.issue()
    ca.on("/new-place", ca.new_order)
    ca.ways = replace(ca.ways, directory_more={"newOrder": ca.url("/new-place")})
    run.issue()
    assert (len(ca.asked("/new-order")), len(ca.asked("/new-place"))) == (1, 1)


def test_10_account_without_contact_and_orders(strange: Strange, tasks: WithCA) -> None:
    """A CA that keeps no contacts and lists no orders has one account, which changes once, however often it is seen to."""
    ca = strange(contact_kept=False, orders_listed=False)
    run = tasks(ca)
    assert [run.account(contact=CONTACT)["changed"] for _time in range(3)] == [True, False, False]
    assert run("account_info")["account"] == {"status": "valid", "contact": None, "orders": None}
    run.issue()
    assert (len(ca.accounts), run.warnings) == (1, [])
    # It is told no contacts again: whether it keeps them nobody can see.
    assert ca.step("account") == []
    assert run("order", orders=[{"name": "www", "identifiers": [NAME]}])["changed"]


def test_11_binding_once(strange: Strange, tasks: WithCA, tmp_path: Path) -> None:
    """An external account binding is sent only to make the account, and one that is used up is told as such."""
    ca = strange(bindings={"customer-1": SECRET})
    run = tasks(ca)
    with pytest.raises(Refused, match="external_account_binding"):
        run.account()
    assert [run.account(external_account_binding=BINDING)["changed"] for _time in range(3)] == [True, False, False]
    run.issue()
    sent = [one for one in ca.asked("/new-account") if "externalAccountBinding" in one.payload]
    assert len(sent) == 1
    jose.verify_mac(sent[0].payload["externalAccountBinding"], SECRET)

    run.new_key()
    with pytest.raises(Refused, match=r"not awaiting external account binding.*new one.*account key") as refused:
        run.account(external_account_binding=BINDING)
    assert problem_type(refused) == "unauthorized"
    assert BINDING["key"] not in str(refused.value.result)


@pytest.mark.parametrize(
    "answer",
    [
        problem("serverInternal", 500, "Not yet implemented"),
        reply("", 500),
        html(500),
        reply("", 501),
        problem("notImplemented", 501),
        reply("", 404),
        html(404),
        not_a_problem({"message": "Missing Authentication Token"}, 403),
    ],
    ids=["500", "500 empty", "500 HTML", "501 empty", "501", "404 empty", "404 HTML", "403"],
)
def test_12_no_key_change(strange: Strange, tasks: WithCA, tmp_path: Path, answer: Reply) -> None:
    """A CA that offers to change keys, and cannot, is told as such; the account goes on with the key that it has."""
    run = tasks(strange(key_change=answer))
    run.issue()
    with pytest.raises(
        Refused, match=r"could not change the key of the account at .*The account keeps its key"
    ) as refused:
        run("account", new_account_key_file=str(tmp_path / "new.pem"))
    assert refused.value.result["problem"]["status"] == answer.status
    run.issue()


def test_12_key_changed_all_the_same(strange: Strange, tasks: WithCA, tmp_path: Path) -> None:
    """A key change that the CA made and then answered with an error is a change."""
    run = tasks(strange(key_change=reply("", 500), key_changed_all_the_same=True))
    run.account()
    new = str(tmp_path / "new.pem")
    assert run("account", new_account_key_file=new)["changed"]
    run.common["account_key_file"] = new
    run.issue()


@pytest.mark.parametrize(
    "ways",
    [{"finalized_states": ("processing", "valid")}, {"finalized_states": ("valid",)}, {"finalize_empty": True}],
    ids=["processing", "valid", "empty"],
)
def test_13_finalize(strange: Strange, tasks: WithCA, ways: dict[str, Any]) -> None:
    """Finalize may answer with an order that is processing or valid, or with nothing; the CSR is sent once."""
    ca = strange(**ways)
    tasks(ca).issue()
    assert len(ca.step("finalize")) == 1


def test_14_no_link_up(strange: Strange, tasks: WithCA) -> None:
    """A challenge need not lead to its authorization."""
    tasks(strange(up=False)).issue()


@pytest.mark.parametrize(
    "ways",
    [
        {"expires": False},
        {"identifiers": lambda given: given[::-1]},
        {"identifiers": lambda given: [{**one, "value": one["value"].upper()} for one in given]},
        {"identifiers": lambda given: [{**one, "value": LONG.get(one["value"], one["value"])} for one in given]},
        {"identifiers": lambda given: [*given, given[0]]},
    ],
    ids=["no expires", "sequence", "case", "long address", "twice"],
)
def test_15_orders_as_they_come(strange: Strange, tasks: WithCA, ways: dict[str, Any]) -> None:
    """An order need not say when it ends, and may show its names in another sequence and form."""
    tasks(strange(**ways)).issue(NAME, "b.example", "2001:db8::1")


LONG = {"2001:db8::1": "2001:0DB8:0000:0000:0000:0000:0000:0001"}


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("state", ["pending", "ready", "processing", "valid"])
def test_16_existing_order(strange: Strange, tasks: WithCA, state: str, status: int) -> None:
    """A CA that gives back an order from an earlier run, however far that came, has the certificate fetched from it."""
    ca = strange(existing=status, finalized_states=("processing",))
    run = tasks(ca)
    run.account()
    order = run.order()
    if state != "pending":
        order = run.prove(order)
    if state in ("processing", "valid"):
        run.common["deadline"] = 1
        with pytest.raises(Refused, match="the order is processing"):
            run.fetch(order)
    ca.ways = replace(ca.ways, finalized_states=("valid",) if state != "processing" else ("processing", "valid"))
    ca.orders[0].finalized_at = ca.orders[0].looks if state in ("processing", "valid") else None
    run.common["deadline"] = 30
    assert run.issue()["url"] == order["url"]
    assert (len(ca.orders), len(ca.step("finalize"))) == (1, 1)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_17_not_yours(strange: Strange, tasks: WithCA, status: int) -> None:
    """What belongs to another account is told with its URL, whatever status the CA has for that.

    An order that was remembered, and is another's by now, is made anew.
    """
    ca = strange(foreign=status)
    run = tasks(ca)
    run.account()
    theirs = run.order()
    authorization = theirs["authorizations"][0]["url"]
    run.new_key()
    run.account()
    order = {"name": "www", "url": theirs["url"]}
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("order_info", {"orders": [order]}, theirs["url"]),
        ("challenge", {"orders": [order]}, theirs["url"]),
        ("certificate", {"orders": [{**order, "csr": issuing.csr(NAME)}]}, theirs["url"]),
        ("authorization", {"authorizations": [authorization]}, authorization),
    ]
    for task, given, url in asked:
        with pytest.raises(Refused, match=rf"at {url}: this is not yours .*account key"):
            run(task, **given)
    assert run.issue(url=theirs["url"])["url"] == ca.url("/order/2")


@pytest.mark.parametrize("asked", ["not_before", "not_after"])
def test_18_times_are_refused(strange: Strange, tasks: WithCA, asked: str) -> None:
    """A CA that does not let its customers choose the times says so, and the message says what to leave out."""
    run = tasks(strange(times_refused=True))
    with pytest.raises(Refused, match=r"www: could not create the order at .*not supported.*[Ll]eave .*not_before"):
        run.issue(**{asked: "2099-01-01T00:00:00Z"})
    run.issue()


def test_19_no_alternates(strange: Strange, tasks: WithCA) -> None:
    """A CA need not offer other chains; who prefers one gets the certificate all the same, and is told which there are."""
    run = tasks(strange(alternates=0))
    order = run.proven()
    assert run.fetch(order, retrieve_alternates=True)["alternates"] == []
    with pytest.raises(Refused, match=r"www: .*no chain has the issuer 'Other Root' \(offered: .*Test Root") as refused:
        run.fetch(order, preferred="Other Root")
    issuing.check(issuing.one(refused.value.result), [NAME])


def test_20_relative_links(strange: Strange, tasks: WithCA) -> None:
    """Location and Link may be relative."""
    run = tasks(strange(relative=True, alternates=2))
    order = run.proven()
    fetched = run.fetch(order, retrieve_alternates=True)
    issuing.check(fetched, [NAME])
    assert len(fetched["alternates"]) == 2
    assert order["url"].startswith("https://")


def test_as_usual(strange: Strange, tasks: WithCA) -> None:
    """Without any strangeness an issuance takes these requests: so what is strange above is what makes the difference."""
    ca = strange()
    assert ca.ways == Ways()
    tasks(ca).issue()
    counts = {step: len(ca.step(step)) for step in STEPS}
    # Each task looks the account up, and the first one makes it.
    assert counts == {**dict.fromkeys(STEPS, 1), "new-account": 5}
