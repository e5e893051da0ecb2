# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role test_ca on a booted host, under systemd."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.lab.fixtures import LabFactory
from tests.lab.lab import Lab
from tests.lab.paths import PEBBLE

pytestmark = pytest.mark.hosts

ROLE = """
- hosts: all
  gather_facts: false
  roles:
    - webpki.acme.test_ca
"""


@pytest.fixture
def lab(hosts: LabFactory) -> Lab:
    lab = hosts("ca1:none")
    lab.hosts["ca1"].reinstall()
    return lab


def play(lab: Lab, tmp_path: Path, *words: str, **variables: object) -> int:
    """Run the role, and return how many tasks changed something."""
    playbook = tmp_path / "play.yml"
    playbook.write_text(ROLE)
    # The hosts of the lab cannot fetch anything.
    extra = json.dumps({"test_ca_commands": str(PEBBLE), **variables})
    argv = ["ansible-playbook", "-i", str(lab.inventory), "-e", extra, *words, str(playbook)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, env={**os.environ})
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^ca1 .*changed=(\d+)", done.stdout, re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_the_role_comes_and_goes(lab: Lab, tmp_path: Path) -> None:
    """Check mode changes nothing, the second run neither, names are taken up, and the end leaves nothing."""
    host = lab.hosts["ca1"]
    before = host.ssh("ls /opt /etc/systemd/system")
    assert play(lab, tmp_path, "--check") > 0
    assert host.ssh("ls /opt /etc/systemd/system") == before

    assert play(lab, tmp_path) > 0
    verify = "openssl s_client -connect 127.0.0.1:14000 -CAfile api/ca.pem -verify_return_error </dev/null"
    host.ssh(f"cd /opt/webpki-test-ca && {verify} && openssl x509 -in roots.pem -noout")
    assert play(lab, tmp_path) == 0

    roots = host.ssh("cat /opt/webpki-test-ca/roots.pem")
    assert play(lab, tmp_path, test_ca_dns={"shop.example.test": ["192.0.2.7"]}) > 0
    assert '"shop.example.test" : 192.0.2.7' in host.ssh("journalctl -u webpki-test-ca")
    assert host.ssh("cat /opt/webpki-test-ca/roots.pem") == roots

    assert play(lab, tmp_path, test_ca_state="absent") > 0
    assert host.ssh("ls /opt /etc/systemd/system") == before
    assert play(lab, tmp_path, test_ca_state="absent") == 0
