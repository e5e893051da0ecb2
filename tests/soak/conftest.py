# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host under load, for all tests of a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.fleet import Fleet
from tests.lab.fixtures import LabFactory


@pytest.fixture(scope="session")
def booted(hosts: LabFactory, lab_directory: Path) -> Fleet:
    """One host with nginx, and a CA that refuses no nonce, so that its log has each request once."""
    return Fleet(hosts("web1:nginx", nonce_reject=0), lab_directory / "soak")


@pytest.fixture(scope="module")
def fleet(booted: Fleet) -> Fleet:
    """The host, clean."""
    booted.clean()
    return booted
