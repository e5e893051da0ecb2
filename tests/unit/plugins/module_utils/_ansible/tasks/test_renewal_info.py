# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.renewal_info import RENEWAL_INFO
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.issuer import Issuer
from tests.unit.scripted_ca import Fault, Reply, ScriptedCA, fault, problem, reply

from ..conftest import Runner

NOW = datetime.now(timezone.utc)
ISSUER = "69885b6b87464041e1b37b847ba0ae2cde01c8d4"
#: What a certificate with the serial number 1, 2, ... is known by.
KNOWN_BY = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.{}"
SHORT = {1: "AQ", 2: "Ag", 3: "Aw", 4: "BA", 5: "BQ", 6: "Bg"}


def time(days: float) -> str:
    """A time so many days from now."""
    return (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def certificate(number: int = 1, left: float = 80, **more: Any) -> dict[str, Any]:
    """A certificate with this serial number, of which so many of 90 days are left."""
    facts = {"not_before": time(left - 90), "not_after": time(left), "fingerprint_sha256": f"{number}"}
    known = {"serial_number": f"{number:02x}", "authority_key_identifier": ISSUER}
    return {"name": f"c{number}", "facts": {**facts, **known, **more}}


def path(number: int) -> str:
    """Where the CA is asked for it."""
    return f"/renewal-info/{KNOWN_BY.format(SHORT[number])}"


def window(start: float, end: float, **more: Any) -> Reply:
    """The CA's answer with a window, in days from now."""
    headers = {name: more.pop(name) for name in ("Retry_After",) if name in more}
    return reply({"suggestedWindow": {"start": time(start), "end": time(end)}, **more}, **headers)


def test_many(ca: ScriptedCA, run: Runner) -> None:
    """Certificates are asked for without an account, each gets its own answer, and those that are due are named."""
    ca.on(path(1), window(5, 6))
    ca.on(path(2), window(-6, -5, explanationURL="https://ca.example/why"))
    ca.on(path(3), window(-1, 9))
    result = run(RENEWAL_INFO, certificates=[certificate(1), certificate(2), certificate(3, left=5)])
    assert result["due"] == ["c2", "c3"]
    assert [one["code"] for one in result["certificates"]] == [None, "renewal-info", "lifetime"]
    assert [one["in_window"] for one in result["certificates"]] == [False, False, True]
    assert result["changed"] is False
    assert all(request.method == "GET" for request in ca.requests)
    assert run.warnings == [f"{ca.url('/directory')} explains when to renew c2 at https://ca.example/why"]


def test_only_due(ca: ScriptedCA, run: Runner) -> None:
    """Who wants to hear of nothing else gets those that are due, and those that failed."""
    ca.on(path(1), window(5, 6))
    ca.on(path(2), window(-6, -5))
    assert [
        one["name"]
        for one in run(RENEWAL_INFO, only_due=True, certificates=[certificate(1), certificate(2)])["certificates"]
    ] == ["c2"]
    with pytest.raises(TaskFailed) as failed:
        run(RENEWAL_INFO, only_due=True, certificates=[certificate(1), {"name": "bad"}])
    assert [one["name"] for one in failed.value.values["certificates"]] == ["bad"]


def test_a_certificate_as_pem(ca: ScriptedCA, run: Runner) -> None:
    """A certificate is given as PEM too; one whose issuer cannot be told goes by its lifetime, without a word to the CA."""
    pem = Issuer().fullchain(ec.generate_private_key(ec.SECP256R1()).public_key(), ["a.example"], left=29)
    result = run(RENEWAL_INFO, certificates=[{"name": "one", "certificate": pem}])
    (found,) = result["certificates"]
    assert (found["due"], found["code"], found["trouble"] is None) == (
        True,
        "lifetime",
        found["certificate_id"] is None,
    )


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "there is no certificate"),
        ({"certificate": "text"}, "holds no complete certificate"),
        ({"facts": {"not_before": "today"}}, "these are not the facts of a certificate"),
    ],
)
def test_no_certificate(ca: ScriptedCA, run: Runner, given: dict[str, Any], why: str) -> None:
    """What is no certificate fails, and the others get their answers all the same."""
    ca.on(path(1), window(-6, -5))
    with pytest.raises(TaskFailed, match=f"1 of 2 certificates failed: bad: could not ask.*{why}") as failed:
        run(RENEWAL_INFO, certificates=[{"name": "bad", **given}, certificate(1)])
    assert failed.value.values["due"] == ["c1"]


def test_none_offered(ca: ScriptedCA, run: Runner) -> None:
    """Where the CA does not offer it there is one warning, and lifetimes decide."""
    ca.on("/directory", reply({name: url for name, url in ca.directory().items() if name != "renewalInfo"}))
    result = run(RENEWAL_INFO, certificates=[certificate(1, left=20), certificate(2, left=40)])
    assert result["due"] == ["c1"]
    (warning,) = run.warnings
    assert "did not say when to renew c1 and 1 more, so lifetime decides" in warning
    assert "offers no renewal information" in warning


@pytest.mark.parametrize(
    "answer",
    [reply("nonsense"), problem("malformed", 404), problem("serverInternal", 500), fault(Fault.CLOSE)],
)
def test_trouble(ca: ScriptedCA, run: Runner, answer: Reply) -> None:
    """An answer that cannot be used, or none, is a warning, and the lifetime of that certificate decides."""
    ca.on(path(1), answer)
    ca.on(path(2), window(-6, -5))
    result = run(RENEWAL_INFO, certificates=[certificate(1, left=20), certificate(2), certificate(1, left=20)])
    assert [one["code"] for one in result["certificates"]] == ["lifetime", "renewal-info", "lifetime"]
    assert result["certificates"][0]["trouble"] in run.warnings[0]


def test_a_ca_that_is_away(run: Runner) -> None:
    """A CA that cannot be reached is given up at once, whatever the number of certificates."""
    result = run(
        RENEWAL_INFO,
        ca="https://127.0.0.1:1/directory",
        certificates=[certificate(number % 250 + 1, left=20) for number in range(500)],
    )
    assert len(result["due"]) == 500
    assert len(run.warnings) == 1


def test_a_ca_that_ceases_to_answer(ca: ScriptedCA, run: Runner) -> None:
    """When a few requests in a row had no answer the others are not sent."""
    for number in SHORT:
        ca.on(path(number), problem("rateLimited", 429))
    run(RENEWAL_INFO, concurrency=1, certificates=[certificate(number) for number in SHORT])
    assert {request.path for request in ca.requests if request.path != "/directory"} == {path(one) for one in (1, 2, 3)}


def test_not_after_its_end(ca: ScriptedCA, run: Runner) -> None:
    """A certificate that has expired is due, and the CA is not asked (RFC 9773 section 4.3)."""
    result = run(RENEWAL_INFO, certificates=[certificate(1, left=-1)])
    assert [one["code"] for one in result["certificates"]] == ["expired"]
    assert ca.requests == []


def test_kept_from_run_to_run(ca: ScriptedCA, run: Runner, tmp_path: Path) -> None:
    """With a state directory the CA is asked again when it wants to be, and not before."""
    how = {"state_directory": str(tmp_path / "state"), "certificates": [certificate(1), certificate(2)]}
    ca.on(path(1), window(-6, -5, Retry_After="60", explanationURL="https://ca.example/why"))
    ca.on(path(2), window(5, 6, Retry_After="7200"))
    first = run(RENEWAL_INFO, **how)
    asked = len(ca.requests)
    second = run(RENEWAL_INFO, **how)
    assert second == first
    assert len(ca.requests) == asked
    assert run.warnings == [f"{ca.url('/directory')} explains when to renew c1 at https://ca.example/why"]

    (file,) = (tmp_path / "state").glob("*.json")
    known = json.loads(file.read_text())
    for record in known[ca.url("/directory")].values():
        record["ask_again"] = (datetime.fromisoformat(record["ask_again"]) - timedelta(seconds=90)).isoformat()
    file.write_text(json.dumps(known))
    ca.on(path(1), window(5, 6))
    third = run(RENEWAL_INFO, **how)
    assert (first["due"], third["due"]) == (["c1"], [])
    assert [len(ca.asked(path(number))) for number in (1, 2)] == [2, 1]


def test_trouble_is_kept(ca: ScriptedCA, run: Runner, tmp_path: Path) -> None:
    """What cannot be answered is not asked for again for six hours, and what may pass soon for a while that doubles."""
    state = tmp_path / "state"
    how = {"state_directory": str(state), "certificates": [certificate(1), certificate(2)]}
    ca.on(path(1), problem("malformed", 404))
    ca.on(path(2), problem("rateLimited", 429))
    waits = []
    for _run in range(3):
        result = run(RENEWAL_INFO, **how)
        assert len(run.warnings) == 1
        asked = len(ca.requests)
        run(RENEWAL_INFO, **how)
        assert len(ca.requests) == asked
        waits.append([one["ask_again"] for one in result["certificates"]])
        (file,) = state.glob("*.json")
        known = json.loads(file.read_text())
        for record in known[ca.url("/directory")].values():
            record["ask_again"] = NOW.isoformat()
        file.write_text(json.dumps(known))
    minutes = [
        [(datetime.fromisoformat(text.replace("Z", "+00:00")) - NOW) / timedelta(minutes=1) for text in one]
        for one in waits
    ]
    for number, (long, short) in enumerate(minutes):
        assert 359 < long < 362
        assert 2**number - 0.5 < short < 2**number + 2


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"CA": []}', '{"CA": {"ID": {"ask_again": 1}}}'])
def test_a_state_that_makes_no_sense(ca: ScriptedCA, run: Runner, tmp_path: Path, text: str) -> None:
    """What others have written into the state directory is passed over."""
    (tmp_path / "renewal-info.json").write_text(
        text.replace("CA", ca.url("/directory")).replace("ID", KNOWN_BY.format(SHORT[1]))
    )
    ca.on(path(1), window(-6, -5))
    assert run(RENEWAL_INFO, state_directory=str(tmp_path), certificates=[certificate(1)])["due"] == ["c1"]


def test_check_mode(ca: ScriptedCA, run: Runner, tmp_path: Path) -> None:
    """In check mode the CA is asked, and nothing is kept."""
    ca.on(path(1), window(-6, -5))
    how = {"state_directory": str(tmp_path / "state"), "certificates": [certificate(1)]}
    assert run(RENEWAL_INFO, check_mode=True, **how)["due"] == ["c1"]
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("renew_fraction", 1), ("emergency_fraction", 0), ("emergency_fraction", 30), ("run_interval", 0)],
)
def test_options_that_make_no_sense(ca: ScriptedCA, run: Runner, option: str, value: float) -> None:
    """A share that is none, or no time between two runs, is refused before the CA is asked."""
    with pytest.raises(AcmeError, match=f"{option} is {value}"):
        run(RENEWAL_INFO, certificates=[certificate(1)], **{option: value})
    assert ca.requests == []


def test_options(ca: ScriptedCA, run: Runner) -> None:
    """The shares and the time between two runs decide as they say."""
    ca.on(path(1), window(3, 4))
    how = {"certificates": [certificate(1, left=40)]}
    assert run(RENEWAL_INFO, **how)["due"] == []
    assert run(RENEWAL_INFO, run_interval=5 * 86400, **how)["due"] == ["c1"]
    assert run(RENEWAL_INFO, emergency_fraction=0.5, **how)["due"] == ["c1"]
    ca.on(path(1), problem("malformed", 404))
    assert run(RENEWAL_INFO, **how)["due"] == []
    assert run(RENEWAL_INFO, renew_fraction=0.5, **how)["due"] == ["c1"]
