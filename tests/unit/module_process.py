# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module in a process of its own, with options as Ansible hands them over; and through Ansible itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

#: The same for all tests: those with the oldest Python stand for a host that a newer Ansible sends the module to.
ANSIBLE = Path(__file__).parents[2] / ".build" / "venv" / "bin" / "ansible"
RUNNER = """
import importlib, json, sys
from ansible.module_utils.testing import patch_module_args
name, options, hidden = json.load(sys.stdin)
for library in hidden:
    sys.modules[library] = None
with patch_module_args(options):
    importlib.import_module("ansible_collections.webpki.acme.plugins.modules." + name).main()
"""


def run_module(
    name: str, check: bool = False, diff: bool = False, without: tuple[str, ...] = (), **options: Any
) -> dict[str, Any]:
    """The result of a module. without: third-party packages that it shall not find."""
    arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": diff}
    process = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps([name, arguments, without]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if not process.stdout:
        raise AssertionError(process.stderr)
    result: dict[str, Any] = json.loads(process.stdout)
    if process.returncode != int(bool(result.get("failed"))):
        raise AssertionError(process)
    return result


def run_through_ansible(name: str, *flags: str, **options: Any) -> tuple[dict[str, Any], str]:
    """The result of an ad-hoc task on localhost, and all that was printed."""
    process = subprocess.run(
        [
            *(str(ANSIBLE), "localhost", "--inventory", "localhost,"),
            *("--connection", "local", "--extra-vars", json.dumps({"ansible_python_interpreter": sys.executable})),
            *("--module-name", f"webpki.acme.{name}", "--args", json.dumps(options), *flags),
        ],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = process.stdout.find("=> {")
    if found < 0:
        raise AssertionError(process)
    result: dict[str, Any] = json.JSONDecoder().raw_decode(process.stdout[found + 3 :])[0]
    return result, process.stdout + process.stderr
