# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task as a module: options in, result or failure out. The only place where CA-side code meets AnsibleModule."""

from __future__ import annotations

from ansible.module_utils.basic import missing_required_lib

from .._acme import libraries
from .._acme.errors import AcmeError
from .quiet_module import QuietModule
from .results import TaskFailed, failure
from .task import Task


def run_module(task: Task) -> None:
    """Run the task with the module's options."""
    module = QuietModule(
        argument_spec=task.argument_spec, mutually_exclusive=task.mutually_exclusive, supports_check_mode=True
    )
    for library, traceback in libraries.MISSING.items():
        module.fail_json(missing_required_lib(library), missing_libraries=list(libraries.MISSING), exception=traceback)
    try:
        result = task.run(module.params, module.check_mode, module.warn)
    except TaskFailed as error:
        module.fail_json(error.message, **error.values)
    except AcmeError as error:
        module.fail_json(**failure(error))
    else:
        module.exit_json(**result)
