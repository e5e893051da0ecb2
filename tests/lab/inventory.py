# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a lab."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .host import Host


def write(hosts: Sequence[Host], ssh_options: Sequence[str], key: str, extra: Mapping[str, str]) -> str:
    """The inventory as YAML: all hosts in the group `web`, and in one named after their server.

    :param ssh_options: for every connection; :param key: path of the private key.
    :param extra: further variables for all hosts.
    """
    common: dict[str, object] = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": key,
        "ansible_ssh_common_args": " ".join(ssh_options),
        "ansible_ssh_pipelining": True,
        "ansible_python_interpreter": "/usr/bin/python3",
        **extra,
    }
    lines = ["---", "all:", "  vars:"]
    lines += [f"    {name}: {json.dumps(value)}" for name, value in common.items()]
    lines += ["  children:", "    web:", "      hosts:"]
    lines += [f"        {host.name}:\n          ansible_host: {host.address}" for host in hosts]
    groups: dict[str, list[str]] = {}
    for host in hosts:
        groups.setdefault(host.spec.server, []).append(host.name)
    for server, names in groups.items():
        if server != "none":
            lines += [f"    {server}:", "      hosts:", *[f"        {name}:" for name in names]]
    return "\n".join(lines) + "\n"
