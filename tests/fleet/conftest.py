# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fleet of booted hosts for all tests of a session; each file of tests starts on clean ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.fixtures import LabFactory

from .fleet import Fleet


@pytest.fixture(scope="session")
def booted(hosts: LabFactory, lab_directory: Path) -> Fleet:
    """Two hosts with nginx, one with Apache httpd, and one with nginx that lacks python3-cryptography."""
    return Fleet(hosts("web1:nginx", "web2:nginx", "web3:apache", "web4:nginx+bare"), lab_directory / "fleet")


@pytest.fixture(scope="module")
def fleet(booted: Fleet) -> Fleet:
    """The hosts, clean; web4 keeps what was installed on it."""
    booted.clean()
    return booted
