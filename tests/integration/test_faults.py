# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every step of an issuance: the certificate is issued, or the failure is told, and nothing happens twice."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import checked_task
from ansible_collections.webpki.acme.plugins.plugin_utils.ca_tasks import TASKS
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.core import certificate_key, csr
from tests.integration.faults import FAULTS, HOURS, PLACES, REQUEST_TIMEOUT, SURVIVED, SURVIVED_FOR_EVER, Place
from tests.integration.play import account_key
from tests.lab.fault_proxy import FaultProxy, Rule, Step
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble

pytestmark = pytest.mark.lab

#: Seconds: that a task may take, that all of them take at the most, and in which "at once" is.
DEADLINE = 30
BOUND = 45.0
AT_ONCE = 5.0
AT_THE_SAME_TIME = 16
#: What a client may have taken of 100 MB when it gives up: its own limit, and what the buffers in between hold.
TAKEN = 16 * 1024 * 1024

_TOLD = re.compile(
    r"(?:1 of 1 \w+ failed: www: )?could not (.+?) at (https://\S+): (.+?) \((\w+)\)(;.*)?\. ([A-Z].+\.)"
)


@dataclass(frozen=True)
class Case:
    """A fault, where it is met, and whether it is met there again and again."""

    place: Place
    fault: str
    for_ever: bool = False

    def __str__(self) -> str:
        return f"{self.place.name}-{self.fault}{' for ever' if self.for_ever else ''}"

    @property
    def survived(self) -> bool:
        """Whether the certificate is issued all the same."""
        return self.place.name in (SURVIVED_FOR_EVER if self.for_ever else SURVIVED)[self.fault]

    @property
    def slow(self) -> int:
        """Greater for what takes longer."""
        return (self.fault == "late") * (1 + self.for_ever)


CASES = [Case(place, fault) for place in PLACES for fault in FAULTS]
CASES += [Case(place, fault, True) for place in PLACES for fault in SURVIVED_FOR_EVER]
# A port where nobody listens is met by the first request for it.
CASES = [case for case in CASES if case.place.first == 1 or case.fault != "refused"]


class Refused(Exception):
    """A task failed; `result` is what it returned."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        super().__init__(result["msg"])
        self.result = result


class Issuance:
    """What a play does for one certificate, by its tasks, as often as it takes."""

    def __init__(self, proxy: FaultProxy, bundle: Path, directory: Path, name: str) -> None:
        self.proxy = proxy
        self.directory = directory
        self.name = name
        self.fullchain = ""
        # One that is there may have an account, so that this is looked up first.
        (directory / "account.pem").write_bytes(account_key())
        self._csr = x509.load_der_x509_csr(csr(name)).public_bytes(Encoding.PEM).decode()
        self._common = {
            "ca": proxy.directory_url,
            "ca_bundle": str(bundle),
            "account_key_file": str(directory / "account.pem"),
            "request_timeout": REQUEST_TIMEOUT,
            "deadline": DEADLINE,
        }

    def run(self, revoke: bool, again: bool = False) -> None:
        """Do what is left to do; `again` says that a run before this one was cut short, as the role says it."""
        if not self.fullchain:
            self._issue(again)
        if revoke:
            self._task("certificate_revoke", certificates=[{"name": "www", "certificate": self.leaf_pem}])

    def begin(self) -> None:
        """Order, as a run does that is killed right after that."""
        self._order(False)

    def meet(self, *script: Rule) -> None:
        """From now on these faults, or none."""
        self.proxy.follow(*script)
        self._common["ca"] = self.proxy.directory_url

    @property
    def leaf_pem(self) -> str:
        """The certificate."""
        return self.fullchain.partition("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"

    def _issue(self, again: bool) -> None:
        uri, made = self._order(again)
        wanted = {name: made[name] for name in ("name", "url", "authorizations")}
        (proven,) = self._task("challenge", account_uri=uri, orders=[wanted])["orders"]
        ready = {"name": "www", "url": made["url"], "csr": self._csr, "finalize": proven["finalize"]}
        (done,) = self._task("certificate", account_uri=uri, orders=[ready], retrieve_alternates=True)["orders"]
        self.fullchain = done["fullchain"]

    def _order(self, again: bool) -> tuple[str, Mapping[str, Any]]:
        uri = self._task("account", terms_agreed=True)["account_uri"]
        order = {"name": "www", "identifiers": [self.name], **({"csr": self._csr} if again else {})}
        (made,) = self._task("order", account_uri=uri, take_up=again, orders=[order])["orders"]
        return uri, made

    def _task(self, name: str, **options: Any) -> Mapping[str, Any]:
        # A fault of ours would raise here, with its stack.
        result = checked_task.outcome(TASKS[name], f"webpki.acme.{name}", {**self._common, **options}, False)
        if result.get("failed"):
            raise Refused(result)
        return result


@pytest.fixture(scope="module")
def ca(pebble: PebbleFactory) -> Pebble:
    """A CA that is quick, takes each nonce that it gave, and finds each name proven."""
    return pebble(nonce_reject=0, always_valid=True, alternate_roots=1)


@pytest.fixture(scope="module")
def outcomes(
    ca: Pebble, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[Case, Future[None]]]:
    """All cases that were asked for, under way at the same time."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    cases: list[Case] = [item.callspec.params["case"] for item in items if item.originalname == "test_fault"]  # type: ignore[misc]
    directory, root = tmp_path_factory.mktemp("faults"), ca.roots()[0]
    with ThreadPoolExecutor(AT_THE_SAME_TIME) as threads:
        yield {
            case: threads.submit(check, case, ca, root, directory / str(CASES.index(case)))
            for case in sorted(cases, key=lambda case: -case.slow)
        }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fault(outcomes: Mapping[Case, Future[None]], case: Case) -> None:
    """A fault is survived or told, in time, and an undisturbed run then makes good what is left, with one order in all."""
    outcomes[case].result()


def check(case: Case, ca: Pebble, root: str, directory: Path) -> None:
    """Meet a fault, see what is said of it, and finish without it."""
    directory.mkdir()
    rule = Rule(case.place.step, FAULTS[case.fault], case.place.first, None if case.for_ever else 1)
    revoke = case.place.step is Step.REVOKE
    with FaultProxy.before(ca) as proxy:
        issuance = Issuance(proxy, ca.ca_bundle, directory, f"n{CASES.index(case)}.example")
        if case.place.take_up:
            issuance.begin()
        issuance.meet(rule)
        began = time.monotonic()
        told = None
        try:
            issuance.run(revoke, again=case.place.take_up)
        except Refused as error:
            told = error.result
        ended = time.monotonic()
        assert ended - began < BOUND
        assert proxy.met() or case.fault == "refused", "the fault was not met"
        assert bool(told) is not case.survived, told and told["msg"]
        if told:
            check_told(case, told, issuance.name)
            # What is only wanted beside the certificate does not lose it.
            assert bool(told.get("orders", [{}])[0].get("fullchain")) is (case.place.name == "alternate")
            if case.fault.endswith("hours"):
                check_at_once(told, proxy, ended)
        if case.fault in ("huge", "endless"):
            assert proxy.sent < TAKEN
        assert [one for one in proxy.requests if one.step is Step.OTHER] == [], "a redirect was followed"
        assert len(proxy.orders) <= 1, "there are two orders"
        issuance.meet()
        if told:
            issuance.run(revoke, again=True)
        assert len(proxy.orders) == 1, "the order was not taken up"
    check_issued(issuance, root)
    if revoke:
        assert ca.certificate_status(serial(issuance.leaf_pem))["Status"] == "Revoked"
    assert [path.name for path in directory.iterdir()] == ["account.pem"]


def check_told(case: Case, told: Mapping[str, Any], name: str) -> None:
    """The failure says what was being done, for which name, at which URL, why it failed, and what to do next."""
    match = _TOLD.fullmatch(told["msg"])
    assert match, told["msg"]
    doing, url, cause, kind, _until, _hint = match.groups()
    assert doing == case.place.doing.format(name=name), told["msg"]
    assert urlsplit(url).path.startswith(case.place.step.value), told["msg"]
    assert url == told["problem_url"]
    assert told["problem"]["type"].endswith(f":{kind}")
    assert len(cause) > 5
    assert "Traceback" not in str(told)


def check_at_once(told: Mapping[str, Any], proxy: FaultProxy, ended: float) -> None:
    """A wait of hours is not waited for, nor is the CA asked again before: the failure says until when."""
    (met,) = proxy.met()
    assert ended - met.at < AT_ONCE
    until = datetime.fromisoformat(told["retry_after"])
    assert abs(until - datetime.now(timezone.utc) - timedelta(seconds=HOURS)) < timedelta(minutes=1)
    assert f"the CA asks to try again after {until:%Y-%m-%d %H:%M:%S} UTC" in told["msg"]
    assert [one for one in proxy.requests if one.at > met.at] == []


def check_issued(issuance: Issuance, root: str) -> None:
    """The certificate is for the name and key of its request, and its chain leads to a root of the CA."""
    chain = [
        *x509.load_pem_x509_certificates(issuance.fullchain.encode()),
        x509.load_pem_x509_certificate(root.encode()),
    ]
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [issuance.name]
    assert chain[0].public_key() == certificate_key().public_key()
    for lower, upper in zip(chain, chain[1:]):
        lower.verify_directly_issued_by(upper)


def serial(pem: str) -> str:
    """The serial number of a certificate, as Pebble wants it."""
    number = f"{x509.load_pem_x509_certificate(pem.encode()).serial_number:x}"
    return number.zfill(len(number) + len(number) % 2)
