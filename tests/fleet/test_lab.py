# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab import network, registry
from tests.lab.fixtures import LabFactory
from tests.lab.service import find, is_marked

pytestmark = pytest.mark.hosts

NAME = "killed"
HOSTS = ",".join(f"web{number}:nginx" for number in range(1, 9))


def lab(*words: str) -> list[str]:
    return [sys.executable, "-m", "tests.lab", "--name", NAME, *words]


def remains(directory: Path) -> dict[str, object]:
    """What there still is of the lab, by kind."""
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if f" {directory}/" in line]
    everything = {
        "processes": find(is_marked(directory)),
        "namespaces": network.namespaces(NAME),
        "bridge": Path("/sys/class/net", network.bridge(NAME)).exists(),
        "mounts": mounts,
        "register": [entry for entry in registry.entries() if entry.name == NAME],
    }
    return {kind: what for kind, what in everything.items() if what}


@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0])
def test_a_bring_up_that_was_killed_is_cleared_by_the_next(seconds: float, hosts: LabFactory) -> None:
    """Whatever instant the kill came at, the next bring-up works, and its end leaves nothing."""
    hosts("web1:nginx")  # Whatever has to be built and fetched is there before the clock runs.
    killed = subprocess.Popen(lab("up", "--hosts", HOSTS), stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    killed.kill()
    killed.wait()
    subprocess.run(lab("up", "--hosts", "web1:nginx,web2:none"), check=True, timeout=60)
    directory = next(entry.directory for entry in registry.entries() if entry.name == NAME)
    subprocess.run(lab("down"), check=True, timeout=60)
    assert remains(directory) == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_bring_up_clears_up_itself(number: signal.Signals, hosts: LabFactory) -> None:
    """Being asked to end is no reason to leave things behind."""
    hosts("web1:nginx")
    interrupted = subprocess.Popen(lab("up", "--hosts", HOSTS), stdout=subprocess.DEVNULL)
    while not any(entry.name == NAME for entry in registry.entries()):
        time.sleep(0.01)
    directory = next(entry.directory for entry in registry.entries() if entry.name == NAME)
    time.sleep(0.3)
    os.kill(interrupted.pid, number)
    assert interrupted.wait(timeout=60) != 0
    assert remains(directory) == {}


def test_a_host_made_new_has_forgotten_everything(hosts: LabFactory) -> None:
    """A test that spoils a host does not spoil the next test."""
    host = hosts("web1:nginx").hosts["web1"]
    host.ssh("touch /root/spoiled; systemctl disable nginx")
    host.reinstall()
    assert host.ssh("ls /root; systemctl is-enabled nginx") == "enabled\n"


def test_a_bare_host_can_install_what_it_lacks(hosts: LabFactory) -> None:
    """Its own folder of packages is an apt source, since it has no way out."""
    host = hosts("web1:none+bare").hosts["web1"]
    host.ssh("! python3 -c 'import cryptography' 2>/dev/null")
    host.ssh("apt-get install -qq python3-cryptography")
    host.ssh("python3 -c 'import cryptography'")
