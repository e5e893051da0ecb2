# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signed requests, and what is repeated when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Callable

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import (
    FIRST_PAUSE,
    MAX_BAD_NONCES,
    MAX_REPEATS,
    PEM_CHAIN,
    Client,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import (
    AcmeError,
    BadNonce,
    ConnectionLost,
    DeadlineExceeded,
    RateLimited,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.nonce import MAX_AGE
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType

from tests.unit.clock import FakeClock
from tests.unit.scripted_ca import Answer, Fault, Reply, ScriptedCA, fault, problem, reply

DONE = reply({"done": True})
RESET = fault(Fault.RESET)
BUSY = [FIRST_PAUSE, FIRST_PAUSE * 2]


def post(client: Client, ca: ScriptedCA, *answers: Answer, safe: bool = False) -> int:
    """Send a signed request that is answered so; return the status of the reply."""
    ca.on("/x", *answers)
    return client.post(ca.url("/x"), {"a": 1}, doing="try", safe=safe).status


# From task to task


def test_resume(ca: ScriptedCA, client: Client) -> None:
    """Another task goes on with the directory, nonces, account and connections of the one before, and with time of its own."""
    post(client, ca, DONE)
    client.deadline.renew(0)
    client.resume(20, client.account_url)
    assert 0 < client.deadline.remaining() <= 20
    post(client, ca, DONE)
    assert (len(ca.asked("/directory")), len(ca.asked("/new-nonce")), len(ca.asked("/x"))) == (1, 1, 2)
    assert {request.protected["kid"] for request in ca.asked("/x")} == {ca.url("/account/1")}


@pytest.mark.parametrize("learnt", [True, False])
def test_resume_as(ca: ScriptedCA, client: Client, learnt: bool) -> None:
    """An account that the CA named is known to further tasks, one that a task was given is not."""
    if learnt:
        client.sign_in_as(ca.url("/account/1"))
    client.resume(20, ca.url("/account/2"))
    assert client.account_url == ca.url("/account/2")
    client.resume(20)
    assert client.account_url == (ca.url("/account/1") if learnt else None)


def test_resume_later(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """After a while connections may be dropped, and the directory another one: both are made anew."""
    post(client, ca, DONE)
    clock.sleep(MAX_AGE + 1)
    client.resume(20, client.account_url)
    post(client, ca, DONE)
    assert (len(ca.asked("/directory")), ca.connections) == (2, 2)


def test_resume_after_failure(ca: ScriptedCA, client: Client) -> None:
    """A directory that could not be had is asked for again by the next task, not by this one."""
    ca.on("/directory", problem("serverInternal", 403), reply(ca.directory()))
    for _attempt in range(2):
        with pytest.raises(AcmeError):
            post(client, ca, DONE)
    assert len(ca.asked("/directory")) == 1
    client.resume(20)
    assert post(client, ca, DONE) == 200


# What is sent


def test_post(ca: ScriptedCA, client: Client) -> None:
    """A POST is signed with the account key, which its account's URL names."""
    assert post(client, ca, reply(b"", 201)) == 201
    request = ca.asked("/x")[0]
    assert (request.payload, request.protected["kid"]) == ({"a": 1}, ca.url("/account/1"))


def test_post_as_get(ca: ScriptedCA, client: Client) -> None:
    """A resource is asked for by a POST without payload, in the form that is wanted."""
    ca.on("/x", DONE)
    client.post_as_get(ca.url("/x"), doing="try", accept=PEM_CHAIN)
    request = ca.asked("/x")[0]
    assert (request.method, request.payload, request.headers["Accept"]) == ("POST", None, PEM_CHAIN)


def test_other_key(ca: ScriptedCA, client: Client, keys: dict[str, Key]) -> None:
    """A key that is given for one request signs it and is sent along."""
    ca.on("/x", DONE)
    client.post(ca.url("/x"), {}, doing="try", key=keys["RS256"])
    assert ca.asked("/x")[0].protected["jwk"] == keys["RS256"].public_jwk()


def test_get(ca: ScriptedCA, client: Client) -> None:
    """A GET is not signed and uses no nonce."""
    ca.on("/x", DONE)
    assert client.get(ca.url("/x"), doing="try").status == 200
    assert [(request.method, request.path) for request in ca.requests] == [("GET", "/x")]


def test_without_key(ca: ScriptedCA, sign_in: Callable[..., Client]) -> None:
    """Without an account key unsigned requests work, and a signed one says what to give."""
    client = sign_in(key=None)
    assert client.directory.url == ca.url("/directory")
    with pytest.raises(AcmeError, match="Give account_key_file or account_key"):
        post(client, ca, DONE)
    assert ca.asked("/x") == []


def test_directory_once(ca: ScriptedCA, client: Client) -> None:
    """The directory is asked for once, however many threads want it at the same time."""
    with ThreadPoolExecutor(8) as threads:
        assert len({id(one) for one in threads.map(lambda _thread: client.directory, range(8))}) == 1
    assert len(ca.asked("/directory")) == 1


def test_no_directory(ca: ScriptedCA, client: Client) -> None:
    """A directory that cannot be had is asked for by one thread, and all the others are told of its failure."""
    ca.on("/directory", reply("<html>", 502))

    def attempt(_number: int) -> str:
        try:
            client.post(ca.url("/x"), {}, doing="try")
        except AcmeError as error:
            return error.doing
        return "done"

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(attempt, range(8), timeout=10)) == ["read the directory of the CA"] * 8
    assert len(ca.asked("/directory")) == MAX_REPEATS


# Nonces


def test_nonce_of_reply(ca: ScriptedCA, client: Client) -> None:
    """Each reply brings the nonce of the next request, so one is fetched at the start and none after."""
    for _time in range(5):
        post(client, ca, DONE)
    assert len(ca.asked("/new-nonce")) == 1


def test_nonce_of_failure(ca: ScriptedCA, client: Client) -> None:
    """A reply that tells of a failure brings a nonce too."""
    with pytest.raises(AcmeError):
        post(client, ca, problem("malformed"))
    post(client, ca, DONE)
    assert len(ca.asked("/new-nonce")) == 1


@pytest.mark.parametrize("answer", [Reply(nonce=False), fault(Fault.RESET)], ids=["no nonce", "lost"])
def test_no_nonce_in_reply(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """After a reply without a nonce, or one that was lost, a fresh one is fetched."""
    for _time in range(2):
        ca.on("/x", answer)
        try:
            client.post(ca.url("/x"), {}, doing="try")
        except ConnectionLost:
            assert answer.fault is Fault.RESET
    assert len(ca.asked("/new-nonce")) == 2


@pytest.mark.parametrize("nonce", ["", "a b", "a=", "\xe4"])
def test_odd_nonce(ca: ScriptedCA, client: Client, nonce: str) -> None:
    """A nonce that is not base64url is not used (RFC 8555 section 6.5.1)."""
    post(client, ca, Reply(nonce=nonce))
    post(client, ca, DONE)
    assert len(ca.asked("/new-nonce")) == 2


@pytest.mark.parametrize("fresh", [True, False])
def test_bad_nonce(ca: ScriptedCA, client: Client, clock: FakeClock, fresh: bool) -> None:
    """A refused nonce is replaced at once and the request sent again, safe or not, also where the CA sends no new one."""
    refused = Reply(problem("badNonce").body, 400, nonce=fresh)
    assert post(client, ca, refused, refused, DONE) == 200
    assert (len(ca.asked("/x")), len(ca.asked("/new-nonce")), clock.slept) == (3, 1 if fresh else 3, [])
    assert len({request.protected["nonce"] for request in ca.asked("/x")}) == 3


@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize(
    "refusal",
    [replace(problem("badNonce"), nonce=False), Reply(b"<html>", 500, nonce=False)],
    ids=["badNonce", "page"],
)
def test_forgotten_nonces(ca: ScriptedCA, sign_in: Callable[..., Client], refusal: Reply, safe: bool) -> None:
    """Where a CA has forgotten its nonces and brings no other, those that are kept are not tried one by one."""
    client = sign_in(nonces=4)
    ca.on("/x", Reply(delay=0.1))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _number: client.post(ca.url("/x"), {}, doing="try"), range(4)))
    before = len(ca.asked("/new-nonce"))
    try:
        assert post(client, ca, refusal, DONE, safe=safe) == 200
    except AcmeError as error:
        # Nobody knows what the CA did: it is for the caller to look, with a fresh nonce.
        assert error.doubtful and not safe
        post(client, ca, DONE)
    assert len(ca.asked("/new-nonce")) == before + 1


def test_bad_nonce_for_ever(ca: ScriptedCA, client: Client) -> None:
    """A CA that refuses every nonce is given up."""
    with pytest.raises(BadNonce, match="said the CA"):
        post(client, ca, problem("badNonce"))
    assert len(ca.asked("/x")) == MAX_BAD_NONCES


@pytest.mark.parametrize("threads", [2, 16])
def test_threads(ca: ScriptedCA, sign_in: Callable[..., Client], threads: int) -> None:
    """Many threads share the nonces: no more are fetched than requests may be under way."""
    client = sign_in(nonces=4)
    ca.on("/x", *[problem("badNonce") if number % 5 == 0 else DONE for number in range(50)], DONE)
    with ThreadPoolExecutor(threads) as pool:
        url = ca.url("/x")
        replies = list(pool.map(lambda _number: client.post(url, {}, doing="try").status, range(40)))
    assert replies == [200] * 40
    assert len(ca.asked("/x")) == 50
    assert len(ca.asked("/new-nonce")) <= min(threads, 4)
    assert ca.connections <= 4


@pytest.mark.parametrize("answer", [reply(), Reply(nonce="a b")], ids=["none", "odd"])
def test_no_nonce_at_all(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """Where newNonce brings none, or a strange one, the error says so and what may be the reason."""
    ca.on("/new-nonce", Reply(answer.body, nonce=answer.nonce if isinstance(answer.nonce, str) else False))
    with pytest.raises(AcmeError, match="could not get a nonce at .* no Replay-Nonce header.*proxy") as caught:
        post(client, ca, DONE)
    assert caught.value.problem.type == ErrorType.BAD_RESPONSE
    assert ca.asked("/x") == []


def test_failing_nonces_and_threads(ca: ScriptedCA, sign_in: Callable[..., Client]) -> None:
    """When no nonce can be had every waiting thread is told so."""
    client = sign_in(nonces=2)
    ca.on("/new-nonce", problem("serverInternal", 403))

    def attempt(_number: int) -> str:
        try:
            client.post(ca.url("/x"), {}, doing="try")
        except AcmeError as error:
            return error.doing
        return "done"

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(attempt, range(8), timeout=10)) == ["get a nonce"] * 8


# Repeating


@pytest.mark.parametrize(
    ("answer", "safe"),
    [
        (RESET, True),
        (fault(Fault.CLOSE), True),
        (fault(Fault.CUT, reply({"a": "x" * 100})), True),
        (problem("serverInternal", 500), True),
        (reply("<html>", 502, Content_Type="text/html"), True),
        (reply("<html>", 504), True),
        (problem("serverInternal", 503), False),
        (problem("rateLimited", 503), False),
        (reply("", 503), False),
    ],
    ids=["reset", "closed", "cut", "500", "502", "504", "503", "503 with problem", "503 without body"],
)
def test_passing_trouble(ca: ScriptedCA, client: Client, clock: FakeClock, answer: Reply, safe: bool) -> None:
    """What may pass is tried again after a pause that grows: a safe request after any trouble, any request after 503."""
    assert post(client, ca, answer, answer, DONE, safe=safe) == 200
    assert (len(ca.asked("/x")), clock.slept) == (MAX_REPEATS, BUSY)


def test_reading_is_safe(ca: ScriptedCA, client: Client) -> None:
    """What only reads is asked for again after a lost reply."""
    url = ca.url("/x")
    for read in (client.get, client.post_as_get):
        ca.on("/x", RESET, DONE)
        assert read(url, doing="try").status == 200


@pytest.mark.parametrize("answer", [RESET, problem("serverInternal", 500), reply("", 502), reply("", 504)])
def test_unsafe(ca: ScriptedCA, client: Client, clock: FakeClock, answer: Reply) -> None:
    """A request that the CA may have acted on is not sent a second time."""
    with pytest.raises(AcmeError) as caught:
        post(client, ca, answer, DONE)
    assert isinstance(caught.value, ConnectionLost) == (answer is RESET)
    assert (len(ca.asked("/x")), clock.slept) == (1, [])


@pytest.mark.parametrize("answer", [RESET, problem("serverInternal", 500), reply("<html>", 503)])
def test_lasting_trouble(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """Trouble that lasts is reported after a few attempts, as it was the last time."""
    with pytest.raises(AcmeError) as caught:
        post(client, ca, answer, safe=True)
    assert caught.value.problem.type == (ErrorType.UNREACHABLE if answer is RESET else ErrorType.SERVER_INTERNAL)
    assert len(ca.asked("/x")) == MAX_REPEATS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 501])
def test_final_answer(ca: ScriptedCA, client: Client, clock: FakeClock, status: int) -> None:
    """A refusal is an answer: it is not asked for twice."""
    with pytest.raises(AcmeError, match="said the CA"):
        post(client, ca, problem("unauthorized", status), safe=True)
    assert (len(ca.asked("/x")), clock.slept) == (1, [])


def test_never_sent(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """A server that is not there is reported at once: trying again would only delay the news."""
    url = ca.url("/x").replace(f":{ca.port}", ":1")
    with pytest.raises(AcmeError) as caught:
        client.get(url, doing="try")
    assert (type(caught.value), clock.slept) == (AcmeError, [])


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("seconds", [1, 7])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after(ca: ScriptedCA, client: Client, clock: FakeClock, status: int, seconds: int, form: str) -> None:
    """A wait that the CA names is waited for, in seconds or as a date, and then the request is sent again."""
    when = format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)
    value = str(seconds) if form == "seconds" else when
    assert post(client, ca, problem("rateLimited", status, Retry_After=value), DONE) == 200
    # A date has no fractions of a second.
    assert clock.passed == pytest.approx(seconds, abs=1.01 if form == "date" else 0)


def test_retry_after_now(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """A Retry-After of no time at all still makes a pause."""
    assert post(client, ca, problem("serverInternal", 503, Retry_After="0"), DONE) == 200
    assert clock.slept == BUSY[:1]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_beyond_the_deadline(ca: ScriptedCA, client: Client, clock: FakeClock, status: int) -> None:
    """A wait beyond the deadline is reported at once with the CA's reason and the time it named."""
    with pytest.raises(RateLimited, match="said the CA.*try again after 20") as caught:
        post(client, ca, problem("rateLimited", status, Retry_After="3600"))
    assert (len(ca.asked("/x")), clock.slept) == (1, [])
    assert caught.value.retry_after == clock.start + timedelta(hours=1)


def test_rate_limit_without_time(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """A rate limit that names no time is the user's to know about: nobody can say how long it lasts."""
    with pytest.raises(RateLimited):
        post(client, ca, problem("rateLimited", 429), safe=True)
    assert (len(ca.asked("/x")), clock.slept) == (1, [])


def test_no_time_for_pause(ca: ScriptedCA, sign_in: Callable[..., Client], clock: FakeClock) -> None:
    """Where the deadline leaves no time to try again the trouble itself is reported, not the deadline."""
    client = sign_in(seconds=FIRST_PAUSE * 2)
    with pytest.raises(AcmeError, match="said the CA") as caught:
        post(client, ca, problem("serverInternal", 503))
    assert not isinstance(caught.value, DeadlineExceeded)
    assert (len(ca.asked("/x")), clock.slept) == (2, BUSY[:1])


def test_nonce_after_passing_trouble(ca: ScriptedCA, client: Client, clock: FakeClock) -> None:
    """The fetching of a nonce is repeated too, before a request that is not safe to repeat."""
    ca.on("/new-nonce", RESET, reply("<html>", 502), reply())
    assert post(client, ca, DONE) == 200
    assert (len(ca.asked("/new-nonce")), clock.slept) == (3, BUSY)


@pytest.mark.parametrize("answer", [RESET, problem("serverInternal", 500), reply("<html>", 502), reply("", 504)])
def test_in_doubt(ca: ScriptedCA, client: Client, clock: FakeClock, answer: Reply) -> None:
    """Of a request that the CA may have acted on the resource is to be looked at: at once where it names no time."""
    with pytest.raises(AcmeError) as caught:
        post(client, ca, answer)
    client.wait_out(caught.value, "try")
    assert clock.slept == []


@pytest.mark.parametrize(("seconds", "waited"), [("7", True), ("3600", False)])
def test_in_doubt_until(ca: ScriptedCA, client: Client, clock: FakeClock, seconds: str, waited: bool) -> None:
    """A wait that the CA names comes before the look; beyond the deadline there is none."""
    with pytest.raises(AcmeError) as caught:
        post(client, ca, problem("serverInternal", 500, Retry_After=seconds))
    if waited:
        client.wait_out(caught.value, "try")
    else:
        with pytest.raises(AcmeError, match="try again after"):
            client.wait_out(caught.value, "try")
    assert clock.slept == ([7.0] if waited else [])


@pytest.mark.parametrize("answer", [problem("malformed"), problem("rateLimited", 429), problem("serverInternal", 501)])
def test_no_doubt(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """After a refusal there is nothing to look at."""
    with pytest.raises(AcmeError) as caught:
        post(client, ca, answer)
    with pytest.raises(AcmeError, match="said the CA"):
        client.wait_out(caught.value, "try")


# What a failure says


@pytest.mark.parametrize(
    ("status", "expected"), [(400, 400), (403, 403), (429, 429), (500, 500)], ids=["400", "403", "429", "500"]
)
@pytest.mark.parametrize("own", [None, 200, 503, "400", True])
def test_status(ca: ScriptedCA, client: Client, status: int, expected: int, own: object) -> None:
    """The status of a problem is that of the reply, whatever the document says (RFC 7807 section 3.1)."""
    document = {"type": "urn:ietf:params:acme:error:malformed", "detail": "no", "status": own}
    with pytest.raises(AcmeError) as caught:
        post(client, ca, reply(document, status))
    assert caught.value.problem.status == expected
    assert len(ca.asked("/x")) == 1


@pytest.mark.parametrize("media_type", ["application/problem+json", "application/json", "text/plain"])
def test_media_type_of_problem(ca: ScriptedCA, client: Client, media_type: str) -> None:
    """A problem document is known by its type, also where the CA sends it under another media type."""
    with pytest.raises(AcmeError) as caught:
        post(client, ca, problem("caa", 403, Content_Type=media_type))
    assert caught.value.problem.type == ErrorType.CAA


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ErrorType.BAD_RESPONSE), (429, ErrorType.RATE_LIMITED), (501, ErrorType.SERVER_INTERNAL)]
)
def test_problem_without_type(ca: ScriptedCA, client: Client, status: int, kind: ErrorType) -> None:
    """A problem document without a type keeps its detail, and gets the type that its status stands for."""
    with pytest.raises(AcmeError, match="slow down") as caught:
        post(client, ca, reply({"detail": "slow down"}, status, Content_Type="application/problem+json"))
    assert (caught.value.problem.type, caught.value.problem.status) == (kind, status)


@pytest.mark.parametrize(
    "answer",
    [
        reply("<html>no</html>", 403, Content_Type="text/html; charset=utf-8"),
        reply("", 403),
        reply({"error": "no"}, 403),
        reply({"type": 1}, 403),
        reply("[]", 403, Content_Type="application/problem+json"),
        reply("{}", 403, Content_Type="application/problem+json"),
    ],
    ids=["html", "empty", "other JSON", "odd type", "list", "empty object"],
)
def test_no_problem_document(ca: ScriptedCA, client: Client, answer: Reply) -> None:
    """A failure without a problem document is told by its status and the kind of its body."""
    with pytest.raises(AcmeError, match=r"could not try at https://.*: the server answered 403 without") as caught:
        post(client, ca, answer)
    assert (caught.value.problem.type, caught.value.problem.status) == (ErrorType.BAD_RESPONSE, 403)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(499, ErrorType.BAD_RESPONSE), (500, ErrorType.SERVER_INTERNAL), (599, ErrorType.SERVER_INTERNAL)],
)
def test_type_without_problem_document(ca: ScriptedCA, client: Client, status: int, kind: ErrorType) -> None:
    """Without a problem document the status tells whether the server is at fault."""
    with pytest.raises(AcmeError, match=f"the server answered {status} .*no content type") as caught:
        post(client, ca, reply("", status))
    assert caught.value.problem.type == kind


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
def test_redirect(ca: ScriptedCA, client: Client, status: int) -> None:
    """A redirect is a failure: a signed request goes nowhere else."""
    with pytest.raises(AcmeError, match=f"the server answered {status}"):
        post(client, ca, reply("", status, Location=ca.url("/elsewhere")))
    assert ca.asked("/elsewhere") == []


def test_redirect_is_told(ca: ScriptedCA, client: Client) -> None:
    """Where a redirect leads is told, whatever stands there."""
    with pytest.raises(AcmeError, match=r"a redirect to 'https://ca\.example/.*', which is not followed"):
        post(client, ca, reply("", 301, Location="https://ca.example/\xe9"))


@pytest.mark.parametrize("body", ["<!DOCTYPE html><html>", "\n <html>"])
def test_web_page(ca: ScriptedCA, client: Client, body: str) -> None:
    """A page that something in between sends in place of the CA is no success, also where no body is awaited."""
    with pytest.raises(AcmeError, match=r"the reply is a web page \(text/html\)") as caught:
        post(client, ca, reply(body, Content_Type="text/html"))
    assert caught.value.problem.type == ErrorType.BAD_RESPONSE


def test_subproblems(ca: ScriptedCA, client: Client) -> None:
    """Subproblems come through, each with the name it is about."""
    document = {
        "type": "urn:ietf:params:acme:error:compound",
        "subproblems": [
            {
                "type": "urn:ietf:params:acme:error:caa",
                "detail": "no",
                "identifier": {"type": "dns", "value": "a.example"},
            }
        ],
    }
    with pytest.raises(AcmeError, match=r"compound \[a\.example: no \(caa\)\]") as caught:
        post(client, ca, reply(document, 403))
    assert caught.value.problem.subproblems[0].identifier == "a.example"
    assert "CAA records" in str(caught.value)
