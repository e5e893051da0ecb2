# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task done with a playbook's arguments: as a module would check them, and without telling what is secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import Task
from ansible_collections.webpki.acme.plugins.plugin_utils import checked_task

SECRET = "xyzzy-secret"


def echo(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """What the task was given."""
    if options["fault"]:
        raise RuntimeError(f"a mistake of ours with {options['key']}")
    return {"changed": check_mode, "options": dict(options)}


SPEC = {
    "number": {"type": "int", "required": True},
    "key": {"type": "str", "no_log": True},
    "other_key": {"type": "str"},
    "fault": {"type": "bool", "default": False},
}
ECHO = Task(echo, SPEC, (("key", "other_key"),))


def test_converted() -> None:
    """The task gets each option, of its type."""
    found = checked_task.outcome(ECHO, "a.b.echo", {"number": "3", "fault": "no"}, True)
    assert found == {"changed": True, "options": {"number": 3, "key": None, "other_key": None, "fault": False}}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "missing required arguments: number"),
        ({"number": 1, "colour": "red"}, r"Unsupported parameters for \(a.b.echo\) module: colour"),
        ({"number": "three"}, "unable to convert to int"),
        ({"number": 1, "key": SECRET, "other_key": "b"}, "mutually exclusive: key|other_key"),
    ],
)
def test_not_valid(arguments: dict[str, Any], told: str) -> None:
    """What is wrong with the arguments is said as a module says it."""
    with pytest.raises(AnsibleActionFail, match=told):
        checked_task.outcome(ECHO, "a.b.echo", arguments, False)


def test_secrets() -> None:
    """What is secret comes out neither in the result nor in what is told of a fault."""
    found = checked_task.outcome(ECHO, "a.b.echo", {"number": 1, "key": SECRET}, False)
    with pytest.raises(AnsibleActionFail, match="a mistake of ours") as fault:
        checked_task.outcome(ECHO, "a.b.echo", {"number": 1, "key": SECRET, "fault": True}, False)
    assert SECRET not in str(found) + str(fault.value)
