# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as pytest fixtures; load with `pytest_plugins = ["tests.lab.fixtures"]`.

Without the means for a lab a test is skipped, except under CI: there it fails.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import pytest

from . import registry
from .clear import clear_abandoned
from .errors import LabError
from .host import HostSpec
from .lab import Lab
from .options import PebbleOptions
from .paths import RUN
from .pebble import Pebble
from .service import is_marked, kill
from .webroot import Webroot


class PebbleFactory:
    """Makes CAs that live until the end of the session; the same options give the same CA.

    A CA validates at the session's `webroot`, and takes every name to be at 127.0.0.1, unless told
    otherwise.  A test that needs a CA for itself uses :class:`~tests.lab.pebble.Pebble` directly.
    """

    def __init__(self, directory: Path, defaults: PebbleOptions, stack: contextlib.ExitStack) -> None:
        self._directory = directory
        self._defaults = defaults
        self._stack = stack
        self._running: dict[str, Pebble] = {}

    def __call__(self, **options: Any) -> Pebble:
        """A running CA with OPTIONS, the fields of :class:`~tests.lab.options.PebbleOptions`."""
        wanted = replace(self._defaults, **options)
        key = repr(wanted)
        if key not in self._running:
            ca = Pebble(self._directory / f"pebble-{len(self._running) + 1}", wanted)
            with _lab_or_skip():
                self._running[key] = self._stack.enter_context(ca)
        return self._running[key]


class LabFactory:
    """Makes labs with booted hosts that live until the end of the session; the same words give the same lab.

    A host that a test has spoiled is made new by its :meth:`~tests.lab.host.Host.reinstall`.
    """

    def __init__(self, directory: Path, stack: contextlib.ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._running: dict[str, Lab] = {}

    def __call__(self, *hosts: str, **options: Any) -> Lab:
        """A lab with HOSTS (`web1:nginx`, `web3:apache+bare`), whose CA has OPTIONS."""
        key = repr((hosts, options))
        if key not in self._running:
            name = f"{string.ascii_lowercase[len(self._running)]}{os.getpid()}"
            with _lab_or_skip():
                specs = [HostSpec.parse(text) for text in hosts]
                lab = Lab(name, specs, PebbleOptions(**options), directory=self._directory / name)
                self._running[key] = self._stack.enter_context(lab)
        return self._running[key]


@pytest.fixture(scope="session")
def lab_directory() -> Path:
    """Where the parts of this session keep files and logs; it stays until the next session."""
    if any(lab.abandoned for lab in registry.entries()):
        with registry.locked():
            clear_abandoned()
    for old in RUN.glob("pytest-*"):
        if not Path("/proc", old.name.rpartition("-")[2]).exists():
            kill(is_marked(old))
            shutil.rmtree(old, ignore_errors=True)
    directory = RUN / f"pytest-{os.getpid()}"
    directory.mkdir(parents=True)
    return directory


@pytest.fixture(scope="session")
def webroot(lab_directory: Path) -> Iterator[Webroot]:
    """A real web server on loopback, at which the CAs of `pebble` look for http-01 challenges."""
    with Webroot(lab_directory / "webroot") as server:
        yield server


@pytest.fixture(scope="session")
def pebble(lab_directory: Path, webroot: Webroot) -> Iterator[PebbleFactory]:
    """`pebble(authz_reuse=100)` is a running CA with these options."""
    with contextlib.ExitStack() as stack:
        yield PebbleFactory(lab_directory, PebbleOptions(http_port=webroot.port), stack)


@pytest.fixture(scope="session")
def hosts(lab_directory: Path) -> Iterator[LabFactory]:
    """`hosts("web1:nginx", "web2:apache")` is a lab with these hosts, booted."""
    with contextlib.ExitStack() as stack, _terminable():
        yield LabFactory(lab_directory, stack)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the session as Ctrl-C does, so that what was started is taken down."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _lab_or_skip() -> Iterator[None]:
    try:
        yield
    except LabError as error:
        _unavailable(str(error))


def _unavailable(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"the lab is not there: {reason}", pytrace=False)
    pytest.skip(f"the lab is not there: {reason}")
