# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A strange CA, and the tasks with it."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.unit.plugins.module_utils._acme.conftest import authority, bundle, server_context
from tests.unit.strange_ca import StrangeCA

from .issuing import Tasks

__all__ = ["authority", "bundle", "server_context"]


@pytest.fixture
def strange(server_context: ssl.SSLContext) -> Iterator[Callable[..., StrangeCA]]:
    """`strange(up=False)` is a CA with these ways; the test fails when the client broke a rule of RFC 8555."""
    with contextlib.ExitStack() as stack:
        made = []

        def ca(**ways: Any) -> StrangeCA:
            made.append(StrangeCA(server_context, **ways))
            stack.callback(made[-1].stop)
            return made[-1]

        yield ca
    assert [one.faults for one in made] == [[] for _one in made]


@pytest.fixture
def tasks(bundle: str, tmp_path: Path) -> Callable[[StrangeCA], Tasks]:
    """`tasks(ca)` are the tasks with a CA, with one account key."""
    return lambda ca: Tasks(ca, bundle, tmp_path)
