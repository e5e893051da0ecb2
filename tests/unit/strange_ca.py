# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole CA on loopback: accounts, orders, authorizations, and certificates that are signed for the CSR that came.

Each way in which CAs in the world depart from what one expects is one switch of `Ways`. It does not look for
challenges: whoever answers one has proven the name, sooner or later. Its time goes on by one with each look at an order
or at one of its authorizations.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit import jose
from tests.unit.issuer import Issuer, pem
from tests.unit.scripted_ca import ERROR, Answer, Reply, Request, ScriptedCA, problem, reply

FAILED = ("invalid", "deactivated", "expired", "revoked")
PEM_CHAIN = "application/pem-certificate-chain"


@dataclass(frozen=True)
class Ways:
    """How the CA is strange; by default it is not. States follow one another, look by look; the last one stays."""

    #: What its directory lacks, and what else is in it.
    directory_without: tuple[str, ...] = ()
    directory_more: Mapping[str, Any] = field(default_factory=dict)
    #: Whether accounts show their contacts and the list of their orders.
    contact_kept: bool = True
    orders_listed: bool = True
    #: Key identifier -> HMAC key: then an account needs one of them, and each is good for one.
    bindings: Mapping[str, bytes] = field(default_factory=dict)
    #: The answer to keyChange; and whether the key is changed all the same.
    key_change: Reply | None = None
    key_changed_all_the_same: bool = False
    #: Names that need no proof, and whether the challenges of all others were answered beforehand.
    proven: tuple[str, ...] = ()
    answered: bool = False
    #: Challenges that are listed before the usual one.
    more_challenges: tuple[Any, ...] = ()
    #: How many answers it takes to prove a name: until then its challenge is pending, with an error.
    tries: int = 1
    #: What an authorization becomes once its challenge was answered, and what the order is then, and after finalize.
    authorization_states: tuple[str, ...] = ("valid",)
    proven_states: tuple[str, ...] = ("ready",)
    finalized_states: tuple[str, ...] = ("valid",)
    #: Whether an order fails with an authorization of it.
    order_follows: bool = True
    #: How many times finalize says that the order is not ready, and whether its reply is empty otherwise.
    not_ready: int = 0
    finalize_empty: bool = False
    #: The Retry-After of orders that are not done; the function gives it for now.
    retry_after: Callable[[], str] | None = None
    #: Whether a challenge leads to its authorization, an order says when it ends, and how the order's names are shown.
    up: bool = True
    expires: bool = True
    identifiers: Callable[[list[dict[str, str]]], list[dict[str, str]]] = list
    #: The status with which newOrder gives back an order for the same names; None: it makes another one.
    existing: int | None = None
    times_refused: bool = False
    #: The status of what belongs to another account.
    foreign: int = 403
    alternates: int = 1
    #: Whether Location and Link are relative.
    relative: bool = False


@dataclass
class _Name:
    identifier: dict[str, str]
    answers: int = 0
    proven_at: int | None = None


@dataclass
class _Order:
    number: int
    owner: str
    names: list[_Name]
    looks: int = 0
    ready_at: int | None = None
    not_ready: int = 0
    finalized_at: int | None = None
    certificate: str = ""

    @property
    def values(self) -> list[str]:
        return [name.identifier["value"] for name in self.names]


def _state(states: Sequence[str], since: int, now: int) -> str:
    return states[min(now - since, len(states) - 1)]


class StrangeCA(ScriptedCA):
    """`ways` are those of all orders, unless an order's first name has `ways_of` its own.

    `before` has for a step what is answered to its next requests, in place of what the CA would say. Steps are
    the first words of paths: new-account, account, new-order, order, authz, challenge, finalize, certificate, key-change.
    """

    def __init__(self, context: ssl.SSLContext, **ways: Any) -> None:
        super().__init__(context)
        self.ways = Ways(**ways)
        self.ways_of: dict[str, Ways] = {}
        self.before: dict[str, list[Answer]] = {}
        #: When each request came: its path and the seconds of the epoch.
        self.times: list[tuple[str, float]] = []
        self.orders: list[_Order] = []
        self.issuer = Issuer()
        self._one_at_a_time = threading.RLock()
        self._contacts: dict[str, list[str]] = {}
        self._bound: set[str] = set()
        self._serve("new-account", self._new_account)
        self._serve("new-order", self.new_order)
        self._serve("key-change", self._key_change)

    @property
    def directory_url(self) -> str:
        """Where a client begins."""
        return self.url("/directory")

    def directory(self) -> dict[str, Any]:
        """Return the directory with what is strange about it."""
        usual = {**super().directory(), "newAuthz": self.url("/new-authz"), **self.ways.directory_more}
        if self.ways.bindings:
            usual["meta"] = {**self.meta, "externalAccountRequired": True}
        return {name: value for name, value in usual.items() if name not in self.ways.directory_without}

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Note when the request came, too."""
        self.times.append((path, time.time()))
        return super().handle(method, path, headers, body)

    def step(self, step: str) -> list[Request]:
        """Return the requests of one step so far."""
        return [request for request in self.requests if request.path.split("/")[1] == step]

    def times_of(self, path: str) -> list[float]:
        """Return when the requests for a path came."""
        return [when for asked, when in self.times if asked == path]

    def _serve(self, path: str, usual: Callable[[Request], Reply]) -> None:
        step = path.split("/")[0]

        def answer(request: Request) -> Reply:
            # Requests come at the same time, and what they change belongs together.
            with self._one_at_a_time:
                scripted = self.before.get(step)
                if not scripted:
                    return usual(request)
                first = scripted.pop(0)
                return first(request) if callable(first) else first

        self.on(f"/{path}", answer)

    def _serve_own(self, path: str, owner: str, usual: Callable[[Request], Reply]) -> None:
        """Serve what belongs to an account."""

        def answer(request: Request) -> Reply:
            if request.protected.get("kid") != owner:
                kind = "malformed" if self.ways.foreign == 404 else "unauthorized"
                return problem(kind, self.ways.foreign, "this is not yours")
            return usual(request)

        self._serve(path, answer)

    def _place(self, path: str) -> str:
        return path if self.ways.relative else self.url(path)

    # Accounts

    def _new_account(self, request: Request) -> Reply:
        key = request.protected.get("jwk")
        if key is None:
            return problem("malformed", 400, "newAccount is signed with the key itself")
        url = next((url for url, known in self.accounts.items() if known == key), None)
        if url:
            return self._account(url, 200)
        if request.payload.get("onlyReturnExisting"):
            return problem("accountDoesNotExist", 400, "no such account")
        refused = self._bind(request) if self.ways.bindings else None
        if refused:
            return refused
        url = self.url(f"/account/{len(self.accounts) + 1}")
        self.accounts[url] = key
        self._contacts[url] = list(request.payload.get("contact", []))
        self._serve_own(url.split("/", 3)[3], url, lambda asked: self._update(url, asked))
        return self._account(url, 201)

    def _bind(self, request: Request) -> Reply | None:
        binding = request.payload.get("externalAccountBinding")
        if binding is None:
            return problem("externalAccountRequired", 403, "an external account is needed")
        kid = jose.protected(binding)["kid"]
        jose.verify_mac(binding, self.ways.bindings[kid])
        if kid in self._bound:
            return problem("unauthorized", 401, "the account is not awaiting external account binding")
        self._bound.add(kid)
        return None

    def _update(self, url: str, request: Request) -> Reply:
        if "contact" in (request.payload or {}) and self.ways.contact_kept:
            self._contacts[url] = request.payload["contact"]
        return self._account(url, 200)

    def _account(self, url: str, status: int) -> Reply:
        document: dict[str, Any] = {"status": "valid"}
        if self.ways.contact_kept:
            document["contact"] = self._contacts.get(url, [])
        if self.ways.orders_listed:
            document["orders"] = f"{url}/orders"
            self._serve_own(f"{url.split('/', 3)[3]}/orders", url, lambda _asked: self._listed(url))
        return reply(document, status, Location=self._place(f"/{url.split('/', 3)[3]}"))

    def _listed(self, url: str) -> Reply:
        return reply({"orders": [self.url(f"/order/{one.number}") for one in self.orders if one.owner == url]})

    def _key_change(self, request: Request) -> Reply:
        answer = self.ways.key_change or reply({})
        if not self.ways.key_change or self.ways.key_changed_all_the_same:
            inner = request.payload
            key = jose.protected(inner)["jwk"]
            jose.verify(inner, key)
            self.accounts[jose.payload(inner)["account"]] = key
        return answer

    # Orders

    def new_order(self, request: Request) -> Reply:
        """Make an order, or give one back."""
        owner, payload = request.protected["kid"], request.payload
        if self.ways.times_refused and {"notBefore", "notAfter"} & set(payload):
            return problem("malformed", 400, "NotBefore and NotAfter are not supported")
        values = [one["value"] for one in payload["identifiers"]]
        known = [one for one in self.orders if one.owner == owner and one.values == values]
        if known and self.ways.existing:
            return self._order(known[-1], self.ways.existing)
        made = _Order(len(self.orders) + 1, owner, [_Name(one) for one in payload["identifiers"]])
        self.orders.append(made)
        ways = self._ways(made)
        number = made.number
        self._serve_own(f"order/{number}", owner, lambda _asked: self._look(made, self._order))
        self._serve_own(f"finalize/{number}", owner, lambda asked: self._finalize(made, asked))
        self._serve_own(f"certificate/{number}", owner, lambda _asked: self._certificate(made, ""))
        for alternate in range(ways.alternates):
            path = f"certificate/{number}/{alternate + 1}"
            self._serve_own(path, owner, lambda _asked: self._certificate(made, pem(self.issuer.root)))
        for place, name in enumerate(made.names, start=1):
            if ways.answered or name.identifier["value"] in ways.proven:
                name.proven_at = 0
            self._serve_name(made, name, f"{number}/{place}")
        return self._order(made, 201)

    def _serve_name(self, made: _Order, name: _Name, path: str) -> None:
        owner = made.owner
        self._serve_own(
            f"authz/{path}", owner, lambda _asked: self._look(made, lambda _made: self._authorization(made, name, path))
        )
        self._serve_own(f"challenge/{path}", owner, lambda asked: self._answered(made, name, path, asked))

    def _ways(self, made: _Order) -> Ways:
        return self.ways_of.get(made.values[0], self.ways)

    @staticmethod
    def _look(made: _Order, show: Callable[[_Order], Reply]) -> Reply:
        made.looks += 1
        return show(made)

    def _order(self, made: _Order, status: int = 200) -> Reply:
        ways = self._ways(made)
        state = self._order_state(made)
        document = {
            "status": state,
            "identifiers": ways.identifiers([name.identifier for name in made.names]),
            "authorizations": [self.url(f"/authz/{made.number}/{place}") for place in range(1, len(made.names) + 1)],
            "finalize": self.url(f"/finalize/{made.number}"),
        }
        if ways.expires:
            document["expires"] = "2099-01-01T00:00:00Z"
        if state == "valid":
            document["certificate"] = self.url(f"/certificate/{made.number}")
        headers = {"Location": self._place(f"/order/{made.number}")}
        if ways.retry_after and state not in ("valid", "ready"):
            headers["Retry-After"] = ways.retry_after()
        return reply(document, status, **headers)

    def _order_state(self, made: _Order) -> str:
        ways = self._ways(made)
        if made.finalized_at is not None:
            return _state(ways.finalized_states, made.finalized_at, made.looks)
        states = [self._name_state(made, name) for name in made.names]
        if ways.order_follows and set(states) & set(FAILED):
            return "invalid"
        if set(states) != {"valid"}:
            return "pending"
        if made.ready_at is None:
            made.ready_at = made.looks
        return _state(ways.proven_states, made.ready_at, made.looks)

    def _name_state(self, made: _Order, name: _Name) -> str:
        ways = self._ways(made)
        if name.identifier["value"] in ways.proven:
            return "valid"
        return "pending" if name.proven_at is None else _state(ways.authorization_states, name.proven_at, made.looks)

    def _authorization(self, made: _Order, name: _Name, path: str) -> Reply:
        ways = self._ways(made)
        document: dict[str, Any] = {"status": self._name_state(made, name), "identifier": name.identifier}
        if ways.expires:
            document["expires"] = "2099-01-01T00:00:00Z"
        if name.identifier["value"] in ways.proven:
            return reply({**document, "challenges": []})
        return reply({**document, "challenges": [*ways.more_challenges, self._challenge(made, name, path)]})

    def _challenge(self, made: _Order, name: _Name, path: str) -> dict[str, Any]:
        state = self._name_state(made, name)
        own = state if state in ("pending", "valid", "invalid") else "processing"
        shown = {
            "type": "http-01",
            "url": self.url(f"/challenge/{path}"),
            "status": "processing" if name.proven_at is not None and own == "pending" else own,
            "token": f"token-{path.replace('/', '-')}",
        }
        if name.answers and name.proven_at is None:
            shown["error"] = {"type": f"{ERROR}connection", "detail": "nobody answered on port 80"}
        return shown

    def _answered(self, made: _Order, name: _Name, path: str, request: Request) -> Reply:
        ways = self._ways(made)
        if request.payload is not None:
            if name.proven_at is not None:
                return problem("malformed", 400, "the challenge is not pending")
            name.answers += 1
            if name.answers >= ways.tries:
                name.proven_at = made.looks
        up = {"Link": f'<{self._place(f"/authz/{path}")}>;rel="up"'} if ways.up else {}
        return reply(self._challenge(made, name, path), **up)

    def _finalize(self, made: _Order, request: Request) -> Reply:
        ways = self._ways(made)
        state = self._order_state(made)
        if state != "ready" or made.not_ready < ways.not_ready:
            made.not_ready += 1
            return problem("orderNotReady", 403, f"the order is {state}")
        csr = x509.load_der_x509_csr(jose.decode(request.payload["csr"]))
        made.certificate = self.issuer.answer(csr.public_bytes(Encoding.PEM).decode())
        made.finalized_at = made.looks
        return reply() if ways.finalize_empty else self._order(made)

    def _certificate(self, made: _Order, more: str) -> Reply:
        alternates = range(1, self._ways(made).alternates + 1)
        links = [self._place(f"/certificate/{made.number}/{number}") for number in alternates]
        headers = [("Content-Type", PEM_CHAIN), *(("Link", f'<{link}>;rel="alternate"') for link in links)]
        return Reply((made.certificate + more).encode(), headers=tuple(headers))


def html(status: int = 500) -> Reply:
    """Return what a server says that has never heard of problem documents."""
    page = "<html><head><title>Error</title></head><body>Something went wrong</body></html>"
    return reply(page, status, Content_Type="text/html;charset=utf-8")


def not_a_problem(document: Any, status: int) -> Reply:
    """Return an error in JSON that is no problem document."""
    return reply(json.dumps(document), status, Content_Type="application/json")
