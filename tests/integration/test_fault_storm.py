# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many orders at once, with faults of all kinds at requests that a seed chooses."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import checked_task
from ansible_collections.webpki.acme.plugins.plugin_utils.ca_tasks import TASKS
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.integration.core import csr
from tests.integration.faults import FAULTS, REQUEST_TIMEOUT
from tests.integration.play import account_key
from tests.lab.fault_proxy import FaultProxy, Rule, Step
from tests.lab.fixtures import PebbleFactory

pytestmark = pytest.mark.lab

ORDERS = 12
#: Of each step's requests one in so many meets a fault.
ONE_IN = 10
RUNS = 4
#: What costs no more than a moment, and can be told from a good reply: of a list of orders nobody knows that it had more pages.
KINDS = sorted(set(FAULTS) - {"refused", "late", "huge", "endless", "no links", "odd links"})
DEADLINE = 30


class Runs:
    """Runs over the same certificates, each of which takes up what those before it have left."""

    def __init__(self, common: Mapping[str, Any], wanted: Mapping[str, Sequence[str]]) -> None:
        self._common = common
        self._wanted = wanted
        self._csrs = {name: x509.load_der_x509_csr(csr(*names)) for name, names in wanted.items()}
        #: Name -> certificate with its chain.
        self.done: dict[str, str] = {}

    def run(self, again: bool) -> None:
        """Do what is left to do, as far as it goes."""
        uri = self._task("account", terms_agreed=True).get("account_uri")
        if not uri:
            return
        asked = [
            {"name": name, "identifiers": names, **({"csr": self._csr(name)} if again else {})}
            for name, names in self._wanted.items()
            if name not in self.done
        ]
        made = self._good("order", uri, asked, take_up=again)
        wanted = [{name: one[name] for name in ("name", "url", "authorizations")} for one in made]
        proven = self._good("challenge", uri, wanted) if wanted else []
        ready = [
            {"name": one["name"], "url": one["url"], "csr": self._csr(one["name"]), "finalize": one["finalize"]}
            for one in proven
        ]
        for one in self._good("certificate", uri, ready) if ready else ():
            self.done[one["name"]] = one["fullchain"]

    def _csr(self, name: str) -> str:
        return self._csrs[name].public_bytes(Encoding.PEM).decode()

    def _good(self, name: str, uri: str, orders: Sequence[Mapping[str, Any]], **more: Any) -> list[Mapping[str, Any]]:
        listed = self._task(name, account_uri=uri, orders=orders, **more).get("orders", [])
        return [one for one in listed if not one.get("failed")]

    def _task(self, name: str, **options: Any) -> Mapping[str, Any]:
        began = time.monotonic()
        # A fault of ours would raise here.
        result = checked_task.outcome(TASKS[name], f"webpki.acme.{name}", {**self._common, **options}, False)
        assert time.monotonic() - began < DEADLINE + 5
        return result


@pytest.mark.parametrize("seed", range(3))
def test_storm(pebble: PebbleFactory, tmp_path: Path, seed: int) -> None:
    """Whatever happens to the requests of many orders, in the end each has one certificate, from the only order for it."""
    chosen = random.Random(seed)
    script = [
        Rule(step, FAULTS[chosen.choice(KINDS)], number)
        for step in Step
        for number in range(1, 20 * ORDERS)
        if chosen.randrange(ONE_IN) == 0
    ]
    ca = pebble(nonce_reject=20, always_valid=True)
    wanted = {f"c{number}": [f"{kind}{number}.seed{seed}.example" for kind in "ab"] for number in range(ORDERS)}
    (tmp_path / "account.pem").write_bytes(account_key())
    with FaultProxy.before(ca, *script) as proxy:
        common = {
            "ca": proxy.directory_url,
            "ca_bundle": str(ca.ca_bundle),
            "account_key_file": str(tmp_path / "account.pem"),
            "request_timeout": REQUEST_TIMEOUT,
            "deadline": DEADLINE,
        }
        runs = Runs(common, wanted)
        for number in range(RUNS):
            runs.run(again=number > 0)
        assert len(proxy.met()) >= RUNS
        proxy.follow()
        runs.run(again=True)
        assert sorted(runs.done) == sorted(wanted)
        assert len(proxy.orders) == ORDERS
    for name, fullchain in runs.done.items():
        issued = x509.load_pem_x509_certificate(fullchain.encode())
        names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert sorted(names.get_values_for_type(x509.DNSName)) == wanted[name]
