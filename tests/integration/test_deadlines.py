# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing waits without an end, and what ended says what it waited for, where, how it stood, and what to do next."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Callable

import pytest
import trustme

from tests.fleet import playbook
from tests.fleet.playbook import Run
from tests.lab.ports import free_ports
from tests.unit.scripted_ca import Answer, Fault, Reply, Request, fault, problem
from tests.unit.strange_ca import StrangeCA, Ways

from . import issuing
from .issuing import DOING, NAME, STEPS, Refused, Tasks
from .play import Play

pytestmark = pytest.mark.lab

Strange = Callable[..., StrangeCA]
WithCA = Callable[[StrangeCA], Tasks]

#: Seconds within which a CA that cannot be talked to is told.
REPORTED = 15.0
#: Seconds that a task may take beyond its deadline, to end what it does.
GRACE = 1.5
AGAIN = "Run it again later"


def hourly() -> str:
    """An hour as a Retry-After."""
    return "3600"


#: What the orders of these names come to, and what their message says then. All of them are waited for by one task.
WAITS: dict[str, tuple[Ways, str]] = {
    "pending.example": (Ways(authorization_states=("pending",)), "the authorization is pending"),
    "processing.example": (Ways(authorization_states=("processing",)), "the authorization is processing"),
    "paced.example": (
        Ways(authorization_states=("pending",), retry_after=lambda: "1"),
        "the authorization is pending",
    ),
    "tried.example": (Ways(tries=99), "nobody answered on port 80"),
    "expired.example": (Ways(authorization_states=("expired",), order_follows=False), "the authorization is expired"),
    "deactivated.example": (
        Ways(authorization_states=("deactivated",), order_follows=False),
        "the authorization is deactivated",
    ),
    "revoked.example": (Ways(authorization_states=("revoked",), order_follows=False), "the authorization is revoked"),
    "before.example": (
        Ways(answered=True, authorization_states=("expired",), order_follows=False),
        "the authorization is expired",
    ),
    "follows.example": (Ways(authorization_states=("expired",)), "the authorization is expired"),
    "stuck.example": (Ways(proven_states=("pending",)), "the order is pending"),
    "hour.example": (Ways(authorization_states=("pending",), retry_after=hourly), "the authorization is pending"),
}
WELL = "well.example"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all tests here."""
    return tmp_path_factory.mktemp("deadlines")


class Waited:
    """What one task gave for the orders of many names, each of another fate, and the seconds that it took."""

    def __init__(self, run: Tasks, task: str, orders: list[dict[str, Any]], deadline: int) -> None:
        with pytest.raises(Refused) as refused:
            run(task, orders=orders, deadline=deadline)
        self.seconds = run.seconds
        self.message = str(refused.value)
        self.orders: dict[str, Mapping[str, Any]] = {one["name"]: one for one in refused.value.result["orders"]}
        self.urls = {one["name"]: one["url"] for one in orders}


@contextlib.contextmanager
def many(context: ssl.SSLContext, bundle: str, here: Path, ways: Mapping[str, Ways]) -> Iterator[tuple[Tasks, Any]]:
    """Yield the tasks, and the orders that were made for these names."""
    ca = StrangeCA(context)
    try:
        ca.ways_of.update(ways)
        run = Tasks(ca, bundle, here)
        run.account()
        names = [{"name": name, "identifiers": [name]} for name in (*ways, WELL)]
        yield run, run("order", orders=names)["orders"]
    finally:
        ca.stop()
    assert ca.faults == []


def asked(order: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """What the next task needs to know of an order."""
    return {name: order[name] for name in ("name", "url", *names)}


@pytest.fixture(scope="module")
def validated(server_context: ssl.SSLContext, bundle: str, here: Path) -> Waited:
    """Orders whose names are never proven, and one that is well."""
    with many(server_context, bundle, here, {name: ways for name, (ways, _words) in WAITS.items()}) as (run, orders):
        return Waited(run, "challenge", [asked(one, "authorizations") for one in orders], 3)


def test_waits_end(validated: Waited) -> None:
    """However many never change, they end together at the deadline of the task, and what is well is done."""
    assert validated.seconds <= 3 + GRACE
    assert validated.orders[WELL]["status"] == "ready"
    assert f"{len(WAITS)} of {len(WAITS) + 1} orders failed: " in validated.message


@pytest.mark.parametrize("name", list(WAITS))
def test_wait_says(validated: Waited, name: str) -> None:
    """A name that is never proven is told with its order's URL, the state that it was seen in, and what to do next."""
    order = validated.orders[name]
    assert order["msg"].startswith(f"could not wait for the validation at {validated.urls[name]}: ")
    assert WAITS[name][1] in order["msg"]
    assert name in order["msg"] or name == "stuck.example"
    assert re.search(r"\. [A-Z][^.]+.*\.$", order["msg"])
    # Only where the CA named one is there a time to wait for.
    assert bool(order["retry_after"]) == (name in ("hour.example", "paced.example"))


#: The same for orders that are finalized.
ISSUES: dict[str, tuple[Ways, str]] = {
    "processing.example": (Ways(finalized_states=("processing",)), "the order is processing"),
    "stale.example": (Ways(finalized_states=("ready",)), "the order is ready"),
    "hour.example": (Ways(finalized_states=("processing",), retry_after=hourly), "the order is processing"),
    "never.example": (Ways(not_ready=99), "the order is ready (orderNotReady)"),
    "expired.example": (Ways(finalized_states=("processing", "expired")), "the order is expired"),
    "invalid.example": (Ways(finalized_states=("processing", "invalid")), "the order is invalid"),
}


@pytest.fixture(scope="module")
def fetched(server_context: ssl.SSLContext, bundle: str, here: Path) -> Waited:
    """Orders that are never issued, and one that is well."""
    with many(server_context, bundle, here, {name: ways for name, (ways, _words) in ISSUES.items()}) as (run, orders):
        run("challenge", orders=[asked(one, "authorizations") for one in orders])
        return Waited(run, "certificate", [{**asked(one), "csr": issuing.csr(one["name"])} for one in orders], 4)


def test_issues_end(fetched: Waited) -> None:
    """Orders that are never issued end together at the deadline, and what is well is issued."""
    assert fetched.seconds <= 4 + GRACE
    issuing.check(fetched.orders[WELL], [WELL])


@pytest.mark.parametrize("name", list(ISSUES))
def test_issue_says(fetched: Waited, name: str) -> None:
    """An order that is never issued is told with name, URL, the state that it was seen in, and what to do next."""
    order = fetched.orders[name]
    places = f"({fetched.urls[name]}|{fetched.urls[name].replace('/order/', '/finalize/')})"
    assert re.match(rf"could not (wait for the certificate|finalize the order) at {places}: ", order["msg"])
    assert f"{name}: could not " in fetched.message
    assert ISSUES[name][1] in order["msg"]
    assert re.search(r"\. [A-Z][^.]+.*\.$", order["msg"])
    assert bool(order["retry_after"]) == (name == "hour.example")


def test_lost_and_ordered_anew(strange: Strange, tasks: WithCA) -> None:
    """An order that a CA leaves open, though one of its authorizations has ended, is not taken up for ever."""
    ca = strange(authorization_states=("deactivated",), order_follows=False)
    run = tasks(ca)
    wanted = [{"name": "www", "identifiers": [NAME]}]
    run.account()
    first = issuing.one(run("order", orders=wanted))
    with pytest.raises(Refused, match="the authorization is deactivated .*is ordered anew"):
        run.prove(first, deadline=3)
    result = run("order", orders=wanted)
    assert (result["changed"], issuing.one(result)["url"]) == (True, ca.url("/order/2"))


SILENT = Reply(delay=60)


@pytest.mark.parametrize("step", ["directory", "new-nonce", *STEPS])
def test_no_answer(strange: Strange, tasks: WithCA, step: str) -> None:
    """A CA that takes a request and never answers is given up at the deadline, at every step."""
    ca = strange()
    run = tasks(ca)
    if step in STEPS:
        ca.before[step] = [SILENT] * 5
    else:
        ca.on(f"/{step}", SILENT)
    run.common["deadline"] = 1
    with pytest.raises(Refused) as refused:
        run.issue()
    assert run.seconds <= 1 + GRACE
    doing = {**DOING, "directory": "read the directory of the CA", "new-nonce": "get a nonce"}[step]
    place = re.escape(ca.url(f"/{step}"))
    assert re.search(rf"could not {doing} at {place}.*deadline.*no complete reply.*{AGAIN}", str(refused.value))


def drop_by_drop(step: Callable[[Request], Reply], delay: float) -> Answer:
    """An answer that arrives byte by byte."""
    return lambda request: fault(Fault.TRICKLE, step(request), delay)


@pytest.mark.parametrize("path", ["directory", "new-order"])
def test_trickle(strange: Strange, tasks: WithCA, path: str) -> None:
    """An answer that arrives byte by byte, each well within the time-out, is given up at the deadline."""
    ca = strange()
    run = tasks(ca)
    whole = {"directory": lambda request: Reply(json.dumps(ca.directory()).encode()), "new-order": ca.new_order}
    ca.on(f"/{path}", drop_by_drop(whole[path], 0.05))
    run.common["deadline"] = 1
    with pytest.raises(Refused, match=rf"/{path}: the deadline of 1 seconds passed; there was no complete reply"):
        run.issue()
    assert run.seconds <= 1 + GRACE


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port that accepts connections, and that is all it does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_no_handshake(strange: Strange, tasks: WithCA) -> None:
    """Who accepts connections and says nothing is given up after a few time-outs, long before the deadline."""
    run = tasks(strange())
    with (
        silent_port() as port,
        pytest.raises(Refused, match=r": The handshake operation timed out .*Check the CA's URL"),
    ):
        run("account", ca=f"https://localhost:{port}/dir", request_timeout=1, deadline=60)
    assert run.seconds <= REPORTED


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("step", STEPS)
def test_an_hour(strange: Strange, tasks: WithCA, step: str, form: str) -> None:
    """A rate limit that names a time beyond the deadline ends the task at once, and says until when."""
    ca = strange()
    run = tasks(ca)
    until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    named = "3600" if form == "seconds" else format_datetime(until, usegmt=True)
    ca.before[step] = [problem("rateLimited", 429, "too many requests", Retry_After=named)]
    with pytest.raises(Refused) as refused:
        run.issue()
    assert (run.seconds < 2, ca.before[step]) == (True, [])
    told = re.search(
        rf"could not {DOING[step]} at .*: too many requests \(rateLimited\); "
        r"the CA asks to try again after ([\d-]+ [\d:]+) UTC\. .*not before",
        str(refused.value),
    )
    assert told, str(refused.value)
    at = datetime.strptime(told.group(1), "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    assert abs(at - until) <= timedelta(seconds=5)
    assert refused.value.result["retry_after"] == at.isoformat()


# In plays


class Troubles:
    """CAs that cannot be talked to: for each its variables, what its message says, and the seconds that it may take."""

    def __init__(self, ca: StrangeCA, bundle: str, here: Path, silent: int) -> None:
        (closed,) = free_ports(1)
        other = here / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        ca.before["new-account"] = [
            problem("rateLimited", 429, "too many requests", Retry_After="3600") for _time in range(20)
        ]
        route = "Check the CA's URL, and name resolution and route"
        self.ca = {
            "refused": f"https://127.0.0.1:{closed}/dir",
            "unknown": "https://ca.nowhere.invalid/dir",
            "untrusted": ca.directory_url,
            "silent": f"https://127.0.0.1:{silent}/dir",
            "limited": ca.directory_url,
        }
        self.bundle = {name: str(other) if name == "untrusted" else bundle for name in self.ca}
        self.words = {
            "refused": ["Connection refused", route],
            "unknown": ["ca.nowhere.invalid", "resol", route],
            "untrusted": ["cannot be trusted", "certificate (untrusted)", "ca_bundle"],
            "silent": ["the deadline of 1 seconds passed", AGAIN],
            "limited": ["too many requests", "the CA asks to try again after", "UTC"],
        }

    def check(self, name: str, message: str) -> None:
        """Fail unless a message says what was being done, where, why it failed, and what to do."""
        doing = "look up the account" if name == "limited" else "read the directory of the CA"
        where = self.ca[name].replace("/directory", "/new-account") if name == "limited" else self.ca[name]
        assert f"could not {doing} at {where}: " in message
        assert [word for word in self.words[name] if word not in message] == []
        assert "Traceback" not in message


NAMES = ["refused", "unknown", "untrusted", "silent", "limited"]


@pytest.fixture(scope="module")
def troubles(server_context: ssl.SSLContext, bundle: str, here: Path) -> Iterator[Troubles]:
    """The CAs."""
    ca = StrangeCA(server_context)
    try:
        with silent_port() as port:
            yield Troubles(ca, bundle, here, port)
    finally:
        ca.stop()


@pytest.fixture(scope="module")
def role(troubles: Troubles, here: Path) -> Run:
    """The daily run over hosts of which each has another CA."""
    hosts = {
        name: {
            "acme_ca": troubles.ca[name],
            "acme_ca_bundle": troubles.bundle[name],
            "acme_store": str(here / "stores" / name),
            "acme_certificates": [{"name": "www", "identifiers": [NAME], "webroot": str(here)}],
        }
        for name in NAMES
    }
    hosts["silent"]["acme_deadline"] = 1
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "acme_account_key_file": str(here / "account.pem"),
        "acme_terms_agreed": True,
    }
    (here / "stores").mkdir()
    inventory = here / "inventory.json"
    inventory.write_text(json.dumps({"all": {"vars": common, "children": {"web": {"hosts": hosts}}}}))
    return playbook.run(playbook.RENEW, inventory, here / "role")


def test_role_ends(role: Run) -> None:
    """The daily run over hosts of which each has another unreachable CA ends within the time that one of them has."""
    assert role.failed() == set(NAMES)
    assert role.seconds <= REPORTED


@pytest.mark.parametrize("name", NAMES)
def test_role_says(role: Run, troubles: Troubles, name: str) -> None:
    """Each host is failed with one message: its certificate, the CA's URL, the cause, and what to do next."""
    (message,) = role.messages(name)
    assert message.startswith("www: could not ")
    troubles.check(name, message)


MODULES: dict[str, dict[str, Any]] = {
    "account": {"terms_agreed": True},
    "order": {"orders": [{"name": "www", "identifiers": [NAME]}]},
}


class Address:
    """Where a play finds a CA."""

    def __init__(self, troubles: Troubles) -> None:
        self.directory_url = troubles.ca["limited"]
        self.ca_bundle = troubles.bundle["limited"]


@pytest.fixture(scope="module")
def play(troubles: Troubles, here: Path, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Each module with each CA, and the time before each of them and after the last."""
    tasks: list[dict[str, Any]] = []
    for name in NAMES:
        for module, options in MODULES.items():
            given = {**options, "ca": troubles.ca[name], "ca_bundle": troubles.bundle[name], "deadline": 1}
            if name != "silent":
                del given["deadline"]
            tasks.append(clock(f"before {module} {name}"))
            tasks.append({"name": f"{module} {name}", f"webpki.acme.{module}": given})
            tasks.append(clock(f"after {module} {name}"))
    folder = tmp_path_factory.mktemp("play")
    (folder / "account.pem").write_bytes((here / "account.pem").read_bytes())
    return Play(folder, Address(troubles), json.dumps(tasks))


def clock(name: str) -> dict[str, Any]:
    """A task that tells the time."""
    return {"name": name, "ansible.builtin.debug": {"msg": "{{ now(utc=true).timestamp() }}"}}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", list(MODULES))
def test_module_says(play: Play, troubles: Troubles, module: str, name: str) -> None:
    """A module says the same, within 15 s."""
    result = play[f"{module} {name}"]
    assert result["failed"]
    troubles.check(name, result["msg"])
    took = float(play[f"after {module} {name}"]["msg"]) - float(play[f"before {module} {name}"]["msg"])
    assert took <= REPORTED
    assert bool(result["retry_after"]) == (name == "limited")
