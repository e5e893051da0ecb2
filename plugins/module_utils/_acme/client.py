# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signed requests to one CA for one account, and the one place where a request is repeated."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Callable

from .deadline import Deadline, parse_retry_after
from .directory import DOING, Directory, json_object
from .errors import AcmeError, BadNonce, bad_response, error_for, invalid_input
from .jws import request_body
from .key import Key
from .nonce import MAX_AGE, NoncePool
from .problem import ErrorType, Problem
from .progress import Progress
from .shown import word
from .transport import Response, Transport

# With one nonce in five refused, as Pebble can be told to, ten in a row happen once in ten million requests.
MAX_BAD_NONCES = 10
MAX_REPEATS = 3
FIRST_PAUSE = 0.5
PEM_CHAIN = "application/pem-certificate-chain"
PROBLEM = "application/problem+json"
# What is no problem document is quoted as far as it may tell a cause.
MAX_SAID = 200


class Client:
    """A conversation with a CA. Safe for use by several threads at once.

    `account_url` is learnt from the account look-up when it is not given. `nonces` bounds the signed requests that are
    under way at once.
    """

    def __init__(
        self,
        transport: Transport,
        directory_url: str,
        deadline: Deadline,
        *,
        key: Key | None = None,
        account_url: str | None = None,
        nonces: int = 4,
    ) -> None:
        self.transport = transport
        self.deadline = deadline
        self.account_url = account_url
        self._learnt: str | None = None
        self._used = deadline.clock.monotonic()
        self.progress = Progress()
        self._key = key
        self._directory_url = directory_url
        self._directory: Directory | AcmeError | None = None
        self._lock = threading.Lock()
        self._nonces = NoncePool(self._new_nonce, deadline.clock, nonces)

    def resume(self, seconds: float, account_url: str | None = None) -> None:
        """Go on in another task, which may take so many seconds, with the same connections, nonces and account."""
        self.deadline.renew(seconds)
        self.account_url = account_url or self._learnt
        self.progress = Progress()
        idle = self.deadline.clock.monotonic() - self._used > MAX_AGE
        if idle:
            # A connection that something in between has dropped would cost a time-out.
            self.close()
        if idle or isinstance(self._directory, AcmeError):
            self._directory = None

    def sign_with(self, key: Key) -> None:
        """Go on with this account key, after a beginning for which none was needed."""
        self._key = key

    def sign_in_as(self, account_url: str | None) -> None:
        """Remember what the CA calls the account of the key, for further tasks too; None when it has none any more."""
        self.account_url = self._learnt = account_url

    def expect(self, requests: int) -> None:
        """Get ready for so many signed requests at once, while others are under way."""
        self._nonces.fill(requests)

    def close(self) -> None:
        """Close all connections."""
        self.transport.close()

    @property
    def key(self) -> Key:
        """The account key."""
        if self._key is None:
            raise invalid_input("no account key was given", "Give account_key_file or account_key.")
        return self._key

    @property
    def directory(self) -> Directory:
        """The CA's directory, asked for once: where that failed it does not take each thread the same time to fail."""
        with self._lock:
            if self._directory is None:
                try:
                    self._directory = Directory.from_response(self.get(self._directory_url, doing=DOING))
                except AcmeError as error:
                    self._directory = error
            if isinstance(self._directory, AcmeError):
                raise self._directory
            return self._directory

    def get(self, url: str, *, doing: str) -> Response:
        """Return the reply to an unsigned GET (directory, renewal information)."""
        return self._repeat(
            lambda: self._checked(self.transport.send("GET", url, doing=doing), doing), doing, safe=True
        )

    def post_as_get(self, url: str, *, doing: str, accept: str | None = None) -> Response:
        """Return a resource of the account's (RFC 8555 section 6.3)."""
        return self._repeat(lambda: self._signed(url, None, doing, accept=accept), doing, safe=True)

    def post(
        self, url: str, payload: Mapping[str, Any], *, doing: str, safe: bool = False, key: Key | None = None
    ) -> Response:
        """Send a signed request.

        `safe` says that the CA answers the same when it gets the request twice, so that one whose reply was lost may be
        repeated; otherwise an error that is `doubtful` goes to the caller, who looks at the resource first (`wait_out`).
        `key`, where given, signs in place of the account's and is sent along (newAccount, revocation by the certificate's
        key).
        """
        return self._repeat(lambda: self._signed(url, payload, doing, key=key), doing, safe=safe)

    def _signed(
        self,
        url: str,
        payload: Mapping[str, Any] | None,
        doing: str,
        *,
        key: Key | None = None,
        accept: str | None = None,
    ) -> Response:
        refused = 0
        while True:
            nonce = self._nonces.take()
            fresh = None
            try:
                body = request_body(key or self.key, None if key else self.account_url, nonce, url, payload)
                response = self.transport.send("POST", url, body=body, doing=doing, accept=accept)
                fresh = response.nonce
            finally:
                self._nonces.put(fresh)
            try:
                return self._checked(response, doing)
            except AcmeError as error:
                bad_nonce = isinstance(error, BadNonce)
                # There are CAs that meet an unknown nonce with 500 and a page of HTML (Dogtag).
                if not fresh and (bad_nonce or response.status == 500):
                    # What is kept is older than any that this reply could have brought.
                    self._nonces.forget()
                refused += 1
                if not bad_nonce or refused == MAX_BAD_NONCES:
                    raise

    def _repeat(self, attempt: Callable[[], Response], doing: str, *, safe: bool) -> Response:
        """Do it again where that may help: a reply that was lost, a server that is busy, a wait that the CA names."""
        pause = FIRST_PAUSE
        repeats = 0
        while True:
            try:
                return attempt()
            except AcmeError as error:
                repeats += 1
                wait = self._wait_for(error) or pause
                # What went wrong tells more than that there is no time to try again.
                if repeats == MAX_REPEATS or not self._passing(error, safe) or wait > self.deadline.remaining():
                    raise
            self.deadline.wait(wait, doing)
            pause *= 2

    def wait_out(self, error: AcmeError, doing: str) -> None:
        """Return when the resource may be looked at, after a request that the CA may have acted on all the same.

        Raise the error where it is certain, or where the CA asks for a wait beyond the deadline.
        """
        wait = self._wait_for(error) or 0.0
        if not error.doubtful or wait > self.deadline.remaining():
            raise error
        if wait:
            self.deadline.wait(wait, doing)

    def _passing(self, error: AcmeError, safe: bool) -> bool:
        status = error.problem.status
        # 503, and 429 with a time, say that the request was not acted on.
        if status == 503 or (status == 429 and error.retry_after):
            return True
        return safe and error.doubtful

    def _wait_for(self, error: AcmeError) -> float | None:
        if error.retry_after is None:
            return None
        return max(0.0, (error.retry_after - self.deadline.clock.now()).total_seconds())

    def _checked(self, response: Response, doing: str) -> Response:
        self._used = self.deadline.clock.monotonic()
        if 200 <= response.status < 300:
            if response.body[:100].lstrip().startswith(b"<"):
                # Neither JSON nor PEM begins so: something in between answered, and the CA may know nothing of it.
                detail = f"the reply is a web page ({response.content_type or 'no content type'})"
                raise bad_response(detail, doing=doing, url=response.url)
            return response
        raise _error_from(response, doing, self.deadline)

    def _new_nonce(self) -> str:
        doing = "get a nonce"
        url = self.directory.new_nonce
        response = self._repeat(
            lambda: self._checked(self.transport.send("HEAD", url, doing=doing), doing), doing, safe=True
        )
        if response.nonce is None:
            problem = Problem(ErrorType.BAD_RESPONSE.value, "the reply has no Replay-Nonce header")
            raise AcmeError(problem, doing=doing, url=url, hint="A proxy in between may remove it.")
        return response.nonce


def _error_from(response: Response, doing: str, deadline: Deadline) -> AcmeError:
    """Return the exception for a reply that is not a success, be it a problem document or anything else."""
    now = deadline.clock.now()
    seconds = parse_retry_after(response.headers.get("Retry-After"), now)
    retry_after = None if seconds is None else now + timedelta(seconds=seconds)
    try:
        data = json_object(response, doing)
    except AcmeError:
        data = {}
    # Some CAs send problem documents under another media type; a "type" is what tells them.
    if isinstance(data.get("type"), str) or (data and response.content_type == PROBLEM):
        # RFC 7807 section 3.1: of the two statuses the one of the reply itself counts.
        problem = Problem.from_json({"type": _type_of(response.status).value, **data, "status": response.status})
    else:
        kind = response.content_type or "no content type"
        detail = f"the server answered {response.status} without a problem document ({kind})"
        if response.status in (301, 302, 303, 307, 308):
            target = repr(response.headers.get("Location", ""))[:200]
            detail = f"the server answered {response.status}, a redirect to {target}, which is not followed"
        said = next((data[name] for name in ("detail", "message", "error") if isinstance(data.get(name), str)), "")
        if said:
            detail += f": {word(said, MAX_SAID)}"
        problem = Problem(_type_of(response.status).value, detail, response.status)
    location = response.headers.get("Location")
    return error_for(problem, doing=doing, url=response.url, retry_after=retry_after, location=location)


def _type_of(status: int) -> ErrorType:
    if status == 429:
        return ErrorType.RATE_LIMITED
    return ErrorType.SERVER_INTERNAL if status >= 500 else ErrorType.BAD_RESPONSE
