# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed: at every step that changes the file system, for real."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import (
    deployment,
    due,
    installed,
    layout,
    plan,
    writing,
)
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store import request as requests
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer

# Python 3.12 and later warn of forks beside threads; the child here only works on files.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

WANTED = due.Wanted(("a.example", "b.example"))
# What Python reports before it does it. Writing and syncing lie between an open and the next of these.
STEPS = {"open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.chown", "os.link"}


class Run:
    """What the role does with one certificate: look, stage, have it issued, deploy, test."""

    def __init__(self, directory: Path, issuer: Issuer, now: datetime) -> None:
        self.place = layout.home(str(directory / "store"), "www")
        self.link = directory / "links" / "www.pem"
        self.link.parent.mkdir()
        self.tested = directory / "tested"
        self.issuer = issuer
        self.now = now

    def __call__(self, working: bool = True, wanted: due.Wanted = WANTED) -> bool:
        """Returns whether anything was done. working: whether the test of the configuration passes."""
        present = installed.load(self.place)
        why = due.reasons(present, wanted, self.now)
        if why and self.waits(wanted):
            fullchain = Path(self.place.in_staged("fullchain.pem")).read_text()
        elif why:
            writing.make_directory(self.place.store)
            with writing.locked(self.place.store):
                fullchain = self.issuer.answer(requests.stage(self.place, present, wanted).csr)
        elif present is not None and layout.is_unfinished(self.place):
            fullchain = Path(self.place.current, "fullchain.pem").read_text()
        else:
            return False
        links = {"fullchain": str(self.link)}
        delivery = plan.Delivery("www", fullchain, identifiers=wanted.identifiers, links=links)
        with writing.locked(self.place.store):
            planned = plan.make(self.place, delivery, self.now)
            deployment.carry_out([planned], lambda: self.test(working), 1)
        return True

    def waits(self, wanted: due.Wanted) -> bool:
        """Whether what is wanted has been issued already and waits for its deployment."""
        return requests.issued(self.place, installed.load(self.place), wanted, self.now) is not None

    def test(self, working: bool) -> StoreError | None:
        """Remembers which version was tested last."""
        self.tested.write_text(os.readlink(self.place.current))
        return None if working else StoreError("the configuration is broken")

    def check(self) -> str | None:
        """What must hold at any instant; returns the current version."""
        present = installed.load(self.place)
        if present is None:
            return None
        assert present.problem is None
        assert present.facts is not None
        assert present.facts.key_matches
        assert len(os.listdir(self.place.current)) == 5
        assert os.stat(os.path.join(self.place.current, "privkey.pem")).st_mode & 0o777 == 0o600
        return present.version

    def leftovers(self) -> list[str]:
        """What should not be there after a run that went through."""
        below = [path.name for top in (Path(self.place.store), self.link.parent) for path in top.rglob("*")]
        return [name for name in below if name.startswith(".") or name.endswith(".tmp") or name == "staged"]


def killed_after(steps: int, work: Callable[[], object]) -> bool:
    """Does the work in a process that is killed before its next step; returns whether it came to its end before."""
    child = os.fork()
    if child == 0:
        left = steps

        def hook(event: str, _arguments: object) -> None:
            nonlocal left
            if event in STEPS:
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            work()
        finally:
            os._exit(0)
    return not os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("working", [True, False], ids=["deploys", "rolls-back"])
@pytest.mark.parametrize("renewal", [False, True], ids=["first", "renewal"])
def test_killed_at_every_step(tmp_path: Path, issuer: Issuer, now: datetime, renewal: bool, working: bool) -> None:
    """At every instant current is a pair that belongs together, or not there yet; the next run finishes and tidies up.

    From the moment at which the certificate was kept, no instant loses it.
    """
    ended = kept = False
    steps = 0
    while not ended:
        directory = tmp_path / str(steps)
        directory.mkdir()
        run = Run(directory, issuer, now)
        if renewal:
            run()
        before = run.check()
        wanted = replace(WANTED, key_type=keys.KeyType.ECDSA_P384) if renewal else WANTED
        ended = killed_after(steps, lambda run=run, wanted=wanted: run(working, wanted))  # type: ignore[misc]
        between = run.check()
        assert between is not None or not renewal
        kept = kept or run.waits(wanted)
        assert run.waits(wanted) or between != before or not kept
        run(wanted=wanted)
        after = run.check()
        assert after not in (None, before)
        assert run.tested.read_text() == f"versions/{after}"
        assert os.path.exists(run.link)
        assert run.leftovers() == []
        assert not run(wanted=wanted)
        steps += 1
    assert kept
    assert steps > 30


def test_killed_in_between(tmp_path: Path, issuer: Issuer, now: datetime) -> None:
    """A key that was staged before the run was killed is the one that is deployed by the next."""
    run = Run(tmp_path, issuer, now)
    csr = requests.stage(run.place, None, WANTED).csr
    staged = Path(run.place.in_staged("privkey.pem")).read_bytes()
    assert requests.stage(run.place, None, WANTED).csr == csr
    assert run()
    assert Path(run.place.current, "privkey.pem").read_bytes() == staged
