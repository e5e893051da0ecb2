# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task done with the arguments that a playbook gives, as AnsibleModule would do it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

from ..module_utils._ansible.secrecy import without
from ..module_utils._ansible.task import Task


def outcome(task: Task, module: str, arguments: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Return the result; `module` is what messages call it.

    Raise AnsibleActionFail for arguments that are not valid and for a fault of the task. What is secret among the arguments
    does not come out again, whatever a message quotes.
    """
    validator = ArgumentSpecValidator(task.argument_spec, mutually_exclusive=task.mutually_exclusive)
    validation = validator.validate(dict(arguments))
    secrets = validation._no_log_values
    if validation.error_messages:
        message = validation.errors.msg
        if isinstance(validation.errors[0], UnsupportedError):
            message = f"Unsupported parameters for ({module}) module: {message}"
        raise AnsibleActionFail(without(secrets, message))
    try:
        found = task.outcome(validation.validated_parameters, check_mode)
    except Exception:
        raise AnsibleActionFail(without(secrets, traceback.format_exc())) from None
    return dict(remove_values(found, secrets)) if secrets else found
