# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the task of webpki.acme.order leaves for the next run, against a scripted CA."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import libraries
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.challenge import CHALLENGE
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.order import ORDER
from ansible_collections.webpki.acme.plugins.module_utils._ansible.times import rfc3339

from tests.unit.scripted_ca import ERROR, Reply, Request, ScriptedCA, problem, reply

from ..conftest import Runner
from .conftest import orders, proof, shown

WEEK = 7 * 86400


class Asked:
    """A CA that makes an order of each request for one name, known by its first letter: `a.example` is number 1."""

    def __init__(self, ca: ScriptedCA) -> None:
        self.ca = ca
        ca.on("/new-order", self._made)
        for number in range(1, 6):
            ca.on(f"/authz/{number}", proof(ca, number, name=self.name(number)))

    def _made(self, request: Request) -> Reply:
        name = request.payload["identifiers"][0]["value"]
        return shown(self.ca, ord(name[0]) - 96, name=name)

    @staticmethod
    def name(number: int) -> str:
        return f"{chr(96 + number)}.example"

    @property
    def names(self) -> list[str]:
        """The names that were asked for so far, without those of the time before."""
        asked = [request.payload["identifiers"][0]["value"] for request in self.ca.asked("/new-order")]
        self.ca.requests.clear()
        return sorted(asked)


@pytest.fixture
def asked(ca: ScriptedCA) -> Asked:
    return Asked(ca)


def given(*numbers: int, **more: Any) -> list[dict[str, Any]]:
    return [{"name": f"c{number}", "identifiers": [Asked.name(number)], **more} for number in numbers]


def left(result: dict[str, Any]) -> list[str]:
    """The orders that are left for the next run."""
    named = [one["name"] for one in result["orders"] if one.get("put_off")]
    assert result.get("put_off", []) == named
    return named


def limits(ca: ScriptedCA, **own: Any) -> dict[str, Any]:
    return {ca.url("/directory"): own}


def state(directory: Path) -> dict[str, Any]:
    """What is kept of the limits of the only CA."""
    ((_ca, known),) = json.loads((directory / "limits.json").read_text()).items()
    return dict(known)


TWO = {"count": 2, "seconds": WEEK}


def test_left(ca: ScriptedCA, run: Runner, asked: Asked) -> None:
    """What exceeds a limit is not asked for, and said; it is neither a failure nor a change."""
    wanted = [*given(1, expires="2027-03-01T00:00:00Z"), *given(2, expires="2027-01-01T00:00:00Z"), *given(3)]
    result = run(ORDER, orders=wanted, rate_limits=limits(ca, orders_per_account=TWO))
    assert left(result) == ["c1"]
    assert asked.names == ["b.example", "c.example"]
    first = result["orders"][0]
    assert (first["changed"], first["url"], first.get("failed")) == (False, None, None)
    assert first["put_off"]["reason"] == "it takes no more than 2 orders from an account in 7 days"
    assert first["put_off"]["until"].endswith("Z")
    assert run.warnings == []


def test_nothing_known(ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path) -> None:
    """At a CA without limits nothing is left, and nothing kept."""
    result = run(ORDER, orders=given(1, 2, 3), state_directory=str(tmp_path / "state"))
    assert (left(result), len(asked.names)) == ([], 3)
    assert not (tmp_path / "state").exists()


def test_all_left(ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path) -> None:
    """A run for which there is no room at all asks for nothing, and has not failed."""
    how = {"rate_limits": limits(ca, orders_per_account=TWO), "state_directory": str(tmp_path / "state")}
    run(ORDER, orders=given(1, 2), **how)
    result = run(ORDER, orders=given(3, 4), **how)
    assert (left(result), result["changed"]) == (["c3", "c4"], False)
    assert asked.names == ["a.example", "b.example"]


def test_without_a_directory(ca: ScriptedCA, run: Runner, asked: Asked) -> None:
    """Without a state directory each run counts what it asks for itself."""
    for numbers in ((1, 2), (3, 4)):
        assert left(run(ORDER, orders=given(*numbers), rate_limits=limits(ca, orders_per_account=TWO))) == []


def test_check_mode(ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path) -> None:
    """In check mode it is said what would be left, and nothing is kept."""
    how = {"rate_limits": limits(ca, certificates_per_set=TWO), "state_directory": str(tmp_path / "state")}
    again = [one for number in range(3) for one in given(1, name=f"c{number}")]
    assert left(run(ORDER, check_mode=True, orders=again, **how)) == ["c2"]
    assert not (tmp_path / "state").exists()
    run(ORDER, orders=given(1), **how)
    assert left(run(ORDER, check_mode=True, orders=again, **how)) == ["c1", "c2"]


@pytest.mark.parametrize(
    ("more", "counted"),
    [
        ({}, ["domain", "orders", "set"]),
        ({"renews": True}, ["set"]),
        ({"exempt": True, "replaces": "an-id"}, []),
        # The CA did not take it as a renewal.
        ({"exempt": True}, ["domain", "orders", "set"]),
        ({"force": True}, ["domain", "orders", "set"]),
    ],
)
def test_exempt(
    ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path, more: dict[str, Any], counted: list[str]
) -> None:
    """A renewal counts less, one within its window not at all, and what is forced counts."""
    own = dict.fromkeys(("orders_per_account", "certificates_per_domain", "certificates_per_set"), TWO)
    all_limits = limits(ca, **own, renewals_exempt=True)
    if "replaces" in more:
        ca.on("/new-order", shown(ca, 1, replaces=more["replaces"]))
    run(ORDER, orders=given(1, **more), rate_limits=all_limits, state_directory=str(tmp_path))
    assert sorted(key.split()[0] for key in state(tmp_path)["buckets"]) == counted


def test_too_many_names(ca: ScriptedCA, run: Runner, asked: Asked) -> None:
    """A certificate with more names than the CA takes fails at once; the others are ordered."""
    wanted = [{"name": "big", "identifiers": ["a.example", "b.example"]}, *given(3)]
    with pytest.raises(
        TaskFailed, match="big: could not create the order: it has 2 names, and this CA takes 1"
    ) as failed:
        run(ORDER, orders=wanted, rate_limits=limits(ca, names_per_certificate=1))
    assert [name for name, changed, _url in orders(failed.value.values) if changed] == ["c3"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_no_time(ca: ScriptedCA, run: Runner, asked: Asked, check_mode: bool) -> None:
    """An expiry that is no time fails its own order only."""
    with pytest.raises(TaskFailed, match="1 of 2 orders failed: c1: .*expires is 'soon'"):
        run(ORDER, check_mode, orders=[*given(1, expires="soon"), *given(2)])


def test_taken_up(ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path) -> None:
    """An order that is taken up counts as none, whether it was known by its URL or found in the account's list."""
    ca.on("/order/1", shown(ca, 1, name="a.example"))
    ca.on("/order/2", shown(ca, 2, name="b.example"))
    ca.on("/orders", reply({"orders": [ca.url("/order/2")]}))
    how = {
        "rate_limits": limits(ca, orders_per_account={"count": 1, "seconds": WEEK}),
        "state_directory": str(tmp_path),
    }
    wanted = [*given(1, url=ca.url("/order/1")), *given(2, 3)]
    assert left(run(ORDER, orders=wanted, **how)) == []
    assert asked.names == ["c.example"]
    ((_key, bucket),) = state(tmp_path)["buckets"].items()
    assert bucket["spent"] == 1


@pytest.mark.parametrize(("answer", "spent"), [(problem("rejectedIdentifier"), 0), (problem("serverInternal", 502), 1)])
def test_refused(ca: ScriptedCA, run: Runner, tmp_path: Path, answer: Reply, spent: int) -> None:
    """What the CA refuses it does not count; what may have arrived is counted."""
    ca.on("/new-order", answer)
    ca.on("/orders", reply({"orders": []}))
    how = {"rate_limits": limits(ca, orders_per_account=TWO), "state_directory": str(tmp_path)}
    with pytest.raises(TaskFailed):
        run(ORDER, orders=given(1), deadline=2, **how)
    assert sum(bucket["spent"] for bucket in state(tmp_path)["buckets"].values()) == spent


def failing(ca: ScriptedCA, number: int) -> None:
    """The validation of this order fails."""
    name = Asked.name(number)
    ca.on(f"/challenge/{number}", reply({}))
    ca.on(f"/order/{number}", shown(ca, number, name=name), shown(ca, number, "invalid", name=name))
    error = {"type": f"{ERROR}connection", "detail": "no answer"}
    challenge = {
        "type": "http-01",
        "url": ca.url(f"/challenge/{number}"),
        "status": "invalid",
        "token": "t",
        "error": error,
    }
    document = {"status": "invalid", "identifier": {"type": "dns", "value": name}, "challenges": [challenge]}
    ca.on(f"/authz/{number}", proof(ca, number, name=name), reply(document))


def test_failed_validation(ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path) -> None:
    """A name that could not be validated is not asked for again at once, but with force; its certificate is not counted.

    Once it is proven it is forgotten.
    """
    limited = limits(ca, certificates_per_set=TWO, orders_per_account={"count": 9, "seconds": WEEK})
    how = {"rate_limits": limited, "state_directory": str(tmp_path)}
    made = run(ORDER, orders=given(1, 2), **how)["orders"]
    failing(ca, 1)
    ca.on("/challenge/2", reply({}))
    ca.on("/order/2", shown(ca, 2, "ready", name="b.example"))
    with pytest.raises(TaskFailed, match="1 of 2 orders failed: c1: .*no answer"):
        run(CHALLENGE, orders=[{"name": one["name"], "url": one["url"]} for one in made], state_directory=str(tmp_path))
    assert sorted(key.split()[0] for key, one in state(tmp_path)["buckets"].items() if one["spent"]) == [
        "orders",
        "set",
    ]
    asked.names.clear()

    ca.on("/authz/1", proof(ca, 1))
    with pytest.raises(
        TaskFailed, match="c1: .*a.example: it is not asked for again before .* once so far .*no answer"
    ) as failed:
        run(ORDER, orders=given(1, 2), **how)
    assert failed.value.values["problem"]["type"] == "urn:webpki:acme:error:failedBefore"
    assert asked.names == ["b.example"]

    ca.on("/order/1", shown(ca, 1, "ready"))
    made = run(ORDER, orders=given(1, force=True), **how)["orders"]
    assert asked.names == ["a.example"]
    run(CHALLENGE, orders=[{"name": one["name"], "url": one["url"]} for one in made], state_directory=str(tmp_path))
    assert left(run(ORDER, orders=given(1), **how)) == []


@pytest.mark.parametrize(("days", "asked_for"), [(60, []), (0.5, ["a.example"]), (None, [])])
def test_failed_and_in_need(
    ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path, days: float | None, asked_for: list[str]
) -> None:
    """A name that failed again and again is asked for sooner where its certificate would expire."""
    failed = {"a.example": {"count": 4, "at": time.time() - 101 * 60, "reason": "no answer"}}
    (tmp_path / "failures.json").write_text(json.dumps({ca.url("/directory"): failed}))
    more = {} if days is None else {"expires": rfc3339(time.time() + days * 86400)}
    with contextlib.suppress(TaskFailed):
        run(ORDER, orders=given(1, **more), state_directory=str(tmp_path))
    assert asked.names == asked_for


def test_guessed(ca: ScriptedCA, run: Runner, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something is left because registered domains had to be guessed there is a warning."""
    monkeypatch.setattr(libraries, "public_suffixes", lambda: None)
    names = [{"name": letter, "identifiers": [f"{letter}.example.co.uk"]} for letter in "ab"]
    once = limits(ca, certificates_per_domain={"count": 1, "seconds": WEEK})
    ca.on("/authz/1", proof(ca, 1, name="a.example.co.uk"))
    assert left(run(ORDER, orders=names, rate_limits=once)) == ["b"]
    (warning,) = run.warnings
    assert "publicsuffixlist" in warning


def test_trouble_with_the_directory(ca: ScriptedCA, run: Runner, asked: Asked, tmp_path: Path) -> None:
    """A state directory that cannot be used is a warning, and what this run asks for is counted all the same."""
    (tmp_path / "state").write_text("")
    how = {"rate_limits": limits(ca, orders_per_account=TWO), "state_directory": str(tmp_path / "state")}
    assert left(run(ORDER, orders=given(1, 2, 3), **how)) == ["c3"]
    assert run.warnings


def test_wrong_limits(ca: ScriptedCA, run: Runner) -> None:
    """Limits that make no sense are told before anything is asked for."""
    with pytest.raises(AcmeError, match="could not read rate_limits: 'orders' is no limit"):
        run(ORDER, orders=given(1), rate_limits=limits(ca, orders=5))
    assert ca.asked("/new-order") == []
