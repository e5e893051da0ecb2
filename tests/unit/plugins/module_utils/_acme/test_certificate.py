# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates and their chains, as a scripted CA hands them out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import certificate
from ansible_collections.webpki.acme.plugins.module_utils._acme.certificate import (
    MAX_ALTERNATES,
    MAX_NOT_READY,
    Issuance,
    Issued,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.chain import Chain
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import PEM_CHAIN, Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError, DeadlineExceeded
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType

from tests.unit.chains import LONG, SHORT
from tests.unit.clock import FakeClock
from tests.unit.scripted_ca import Fault, Reply, Request, ScriptedCA, fault, problem, reply

# Download


def served(chain: Chain, *links: str) -> Reply:
    """Return the CA's reply with a chain."""
    headers = [("Content-Type", PEM_CHAIN), *(("Link", link) for link in links)]
    return Reply(chain.fullchain.encode(), headers=tuple(headers))


def test_download(ca: ScriptedCA, client: Client) -> None:
    """A certificate is asked for in PEM; other chains only where they are wanted."""
    ca.on("/certificate/1", served(SHORT, '</certificate/1/1>;rel="alternate"', '</directory>;rel="index"'))
    ca.on("/certificate/1/1", served(LONG))
    url = ca.url("/certificate/1")
    assert certificate.download(client, url, alternates=False) == (SHORT, [])
    assert ca.asked("/certificate/1/1") == []
    assert certificate.download(client, url, alternates=True) == (SHORT, [LONG])
    requests = [*ca.asked("/certificate/1"), *ca.asked("/certificate/1/1")]
    assert {(request.payload, request.headers["Accept"]) for request in requests} == {(None, PEM_CHAIN)}


def test_download_without_alternates(ca: ScriptedCA, client: Client) -> None:
    """A CA need not offer other chains, and a link that is not https is none."""
    ca.on("/certificate/1", served(SHORT), served(SHORT, "<http://ca.example/1>;rel=alternate", "<//[>;rel=alternate"))
    for _time in range(2):
        assert certificate.download(client, ca.url("/certificate/1"), alternates=True) == (SHORT, [])


def test_download_many_alternates(ca: ScriptedCA, client: Client) -> None:
    """A CA that offers chains without end is followed only so far."""
    ca.on("/certificate/1", served(SHORT, ", ".join([f"<{ca.url('/certificate/1')}>;rel=alternate"] * 50)))
    default, others = certificate.download(client, ca.url("/certificate/1"), alternates=True)
    assert (default, others) == (SHORT, [SHORT] * MAX_ALTERNATES)


@pytest.mark.parametrize("answer", [problem("notFound", 404), reply("<html>"), reply("x")])
def test_download_alternate_fails(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """An alternate chain that cannot be had does not lose the certificate, nor the other chains."""
    ca.on("/certificate/1", served(SHORT, "</1>;rel=alternate, </2>;rel=alternate"))
    ca.on("/1", answer)
    ca.on("/2", served(LONG))
    default, (failed, other) = certificate.download(client, ca.url("/certificate/1"), alternates=True)
    assert (default, other) == (SHORT, LONG)
    assert re.match("could not download an alternate chain at .*/1: ", str(failed))


def test_download_cut(ca: ScriptedCA, client: Client) -> None:
    """A chain that is cut off on its way is asked for again, and not taken for a shorter one."""
    ca.on("/certificate/1", fault(Fault.CUT, served(LONG)), served(LONG))
    assert certificate.download(client, ca.url("/certificate/1"), alternates=False) == (LONG, [])


@pytest.mark.parametrize("answer", [reply("<html>"), reply(), reply({"a": 1})])
def test_download_no_chain(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """A reply that holds no chain says so with its URL."""
    ca.on("/certificate/1", answer)
    with pytest.raises(AcmeError, match="could not download the certificate at .*/certificate/1: .*(no PEM|web page)"):
        certificate.download(client, ca.url("/certificate/1"), alternates=False)


# Issue


def issue(ca: ScriptedCA, client: Client, *numbers: int, **wanted: Any) -> list[Issued | AcmeError]:
    """Issue the orders of these numbers."""
    issuances = [Issuance(ca.url(f"/order/{number}"), b"csr", **wanted) for number in numbers]
    return certificate.issue_all(client, issuances, 4)


def refused(ca: ScriptedCA, client: Client) -> AcmeError:
    """Return what keeps the first order from being issued."""
    (error,) = issue(ca, client, 1)
    assert isinstance(error, AcmeError)
    return error


def shown(ca: ScriptedCA, status: str, number: int = 1, **more: object) -> Reply:
    """Return the CA's reply with an order; the certificate of one that is valid has the same number."""
    document = {"identifiers": [], "authorizations": [], "finalize": ca.url(f"/finalize/{number}"), "status": status}
    named = {"certificate": ca.url(f"/certificate/{number}")} if status == "valid" else {}
    return reply({**document, **named, **more})


@pytest.mark.parametrize(
    ("finalize", "later"),
    [
        (["valid"], []),
        (["processing"], ["valid"]),
        (["processing"], ["processing"] * 5 + ["valid"]),
        (["ready"], ["ready", "valid"]),
    ],
    ids=["at once", "soon", "later", "stale"],
)
def test_issue(ca: ScriptedCA, client: Client, finalize: list[str], later: list[str]) -> None:
    """A ready order is finalized once and waited for until it is valid, also where the CA shows an old state at first."""
    ca.on("/finalize/1", *[shown(ca, status) for status in finalize])
    ca.on("/order/1", *[shown(ca, status) for status in ["ready", *later]])
    ca.on("/certificate/1", served(SHORT))
    assert issue(ca, client, 1) == [Issued(ca.url("/order/1"), True, SHORT, ())]
    assert len(ca.asked("/finalize/1")) == 1


@pytest.mark.parametrize(("states", "changed"), [(["processing", "valid"], True), (["valid"], False)])
def test_issue_on_its_way(ca: ScriptedCA, client: Client, states: list[str], changed: bool) -> None:
    """An order that was finalized before is only waited for, and one that was issued before is no change."""
    ca.on("/order/1", *[shown(ca, status) for status in states])
    ca.on("/certificate/1", served(SHORT))
    assert issue(ca, client, 1) == [Issued(ca.url("/order/1"), changed, SHORT, ())]
    assert (ca.asked("/finalize/1"), len(ca.asked("/order/1"))) == ([], len(states))


def test_issue_not_ready_yet(ca: ScriptedCA, client: Client) -> None:
    """An order that was called ready, and turns out to be pending, gets its CSR again when it is ready."""
    states = ["ready", "pending", "pending", "pending", "ready", "valid"]
    ca.on("/order/1", *[shown(ca, status) for status in states])
    ca.on("/finalize/1", problem("orderNotReady", 403), shown(ca, "processing"))
    ca.on("/certificate/1", served(SHORT))
    assert issue(ca, client, 1) == [Issued(ca.url("/order/1"), True, SHORT, ())]
    assert len(ca.asked("/finalize/1")) == 2


@pytest.mark.parametrize(("times", "issued"), [(4, True), (100, False)])
def test_issue_called_ready(ca: ScriptedCA, client: Client, times: int, issued: bool) -> None:
    """An order that stays ready, and is not it when the CSR comes, gets it again a few times, and then it is told."""
    ca.on("/order/1", lambda _asked: shown(ca, "valid" if len(ca.asked("/finalize/1")) > times else "ready"))
    ca.on("/finalize/1", *[problem("orderNotReady", 403)] * times, shown(ca, "valid"))
    ca.on("/certificate/1", served(SHORT))
    (done,) = issue(ca, client, 1)
    assert isinstance(done, Issued) == issued
    assert len(ca.asked("/finalize/1")) == (times + 1 if issued else 2 * MAX_NOT_READY)
    assert issued or str(done).endswith("Run it again later: the CA is not done with what comes before.")


@pytest.mark.parametrize("status", ["expired", "deactivated", "odd"])
def test_issue_ended(ca: ScriptedCA, client: Client, status: str) -> None:
    """An order in a state that no certificate comes from is told with it."""
    ca.on("/order/1", shown(ca, status))
    error = refused(ca, client)
    assert re.search(rf"could not wait for the certificate at .*the order is {status}.*Run it again", str(error))
    assert ca.asked("/finalize/1") == []


def test_issue_known_to_be_ready(ca: ScriptedCA, client: Client) -> None:
    """An order that is known to be ready is not looked at before it is finalized."""
    ca.on("/finalize/1", shown(ca, "valid"))
    ca.on("/certificate/1", served(SHORT))
    assert issue(ca, client, 1, finalize=ca.url("/finalize/1")) == [Issued(ca.url("/order/1"), True, SHORT, ())]
    assert ca.asked("/order/1") == []


def test_issue_wrongly_known_to_be_ready(ca: ScriptedCA, client: Client) -> None:
    """One that was thought to be ready and is not is told as such."""
    ca.on("/order/1", shown(ca, "invalid"))
    ca.on("/finalize/1", problem("orderNotReady", 403))
    (error,) = issue(ca, client, 1, finalize=ca.url("/finalize/1"))
    assert "the order is invalid" in str(error)


def test_issue_beside_others(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """Orders that the CA leaves lying keep none of the others from being issued: each has its certificate at once."""
    for number in range(12):
        ca.on(f"/order/{number}", shown(ca, "processing", number))
    for number in range(12, 16):
        ca.on(f"/order/{number}", shown(ca, "ready", number))
        ca.on(f"/finalize/{number}", shown(ca, "valid", number))

    def download(request: Request) -> Reply:
        fetched.append(clock.passed)
        return served(SHORT)

    fetched: list[float] = []
    for number in range(12, 16):
        ca.on(f"/certificate/{number}", download)
    done = issue(ca, client, *range(16))
    assert [type(one) for one in done] == [DeadlineExceeded] * 12 + [Issued] * 4
    assert fetched == [0.0] * 4


def test_issue_not_proven(ca: ScriptedCA, client: Client) -> None:
    """An order whose names are not proven is not finalized, and the message says what comes first."""
    ca.on("/order/1", shown(ca, "pending"))
    error = refused(ca, client)
    assert re.search(r"the order is pending.*webpki\.acme\.challenge", str(error))
    assert (error.problem.type, ca.asked("/finalize/1")) == (ErrorType.ORDER_NOT_READY, [])


def test_issue_failed(ca: ScriptedCA, client: Client) -> None:
    """When the CA does not issue, its reason is told."""
    error = {"type": "urn:ietf:params:acme:error:caa", "detail": "forbidden by CAA"}
    ca.on("/finalize/1", shown(ca, "processing"))
    ca.on("/order/1", shown(ca, "ready"), shown(ca, "invalid", error=error))
    found = refused(ca, client)
    assert re.search("could not wait for the certificate at .*forbidden by CAA", str(found))
    assert found.problem.type == ErrorType.CAA


def test_issue_for_ever(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """An order that stays processing ends at the deadline."""
    ca.on("/order/1", shown(ca, "processing"))
    error = refused(ca, client)
    assert isinstance(error, DeadlineExceeded)
    assert re.search("could not wait for the certificate.*the order is processing", str(error))
    assert clock.passed <= 60


def test_issue_refused(ca: ScriptedCA, client: Client) -> None:
    """A refused CSR is an error with the CA's reason."""
    ca.on("/order/1", shown(ca, "ready"))
    ca.on("/finalize/1", problem("badCSR", 400, "weak key"))
    assert re.search("could not finalize the order at .*weak key", str(refused(ca, client)))


def test_issue_without_the_preferred_chain(ca: ScriptedCA, client: Client) -> None:
    """When no chain has the preferred issuer the certificate is not lost: there are all chains, and the error."""
    ca.on("/order/1", shown(ca, "valid"))
    ca.on("/certificate/1", served(SHORT, '</certificate/1/1>;rel="alternate"'))
    ca.on("/certificate/1/1", served(LONG))
    (done,) = issue(ca, client, 1, preferred="Root X3")
    assert isinstance(done, Issued)
    assert (done.chain, done.others) == (SHORT, (LONG,))
    assert "no chain has the issuer 'Root X3'" in str(done.error)


def test_issue_with_another_chain(ca: ScriptedCA, client: Client) -> None:
    """Where the default chain will do, that no chain is the preferred one is told, and is no error."""
    ca.on("/order/1", shown(ca, "valid"))
    ca.on("/certificate/1", served(SHORT, '</certificate/1/1>;rel="alternate"'))
    ca.on("/certificate/1/1", served(LONG))
    (done,) = issue(ca, client, 1, preferred="Root X3", fallback=True)
    assert isinstance(done, Issued)
    assert (done.chain, done.others, done.error) == (SHORT, (LONG,), None)
    assert "no chain has the issuer 'Root X3'" in str(done.passed_over)
    (done,) = issue(ca, client, 1, preferred="Root X2", fallback=True)
    assert isinstance(done, Issued)
    assert (done.chain, done.passed_over) == (LONG, None)


def test_profile(ca: ScriptedCA, client: Client) -> None:
    """The profile of a certificate is that of its order."""
    ca.on("/order/1", shown(ca, "valid", profile="shortlived"))
    ca.on("/certificate/1", served(SHORT))
    (done,) = issue(ca, client, 1)
    assert isinstance(done, Issued)
    assert done.profile == "shortlived"


def test_profile_withdrawn(ca: ScriptedCA, client: Client) -> None:
    """When the CA has given up the profile since the order was made, it says so at the end, and what follows is told."""
    ca.on("/order/1", shown(ca, "ready", profile="old"))
    ca.on("/finalize/1", problem("invalidProfile", 400, "the profile old is gone"))
    error = refused(ca, client)
    assert error.problem.type == ErrorType.INVALID_PROFILE
    assert re.search(
        r"could not finalize the order at .*the profile old is gone.*withdrawn.*next run makes another", str(error)
    )
