# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks with a CA. To import them takes as long as some requests do, so only the process that does them imports this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._ansible.arguments import ACME
from ..module_utils._ansible.conversation import CONVERSATIONS
from ..module_utils._ansible.task import Task
from ..module_utils._ansible.tasks import (
    account,
    authorization,
    caa,
    certificate,
    challenge,
    directory,
    order,
    renewal_info,
    revocation,
)

__all__ = ["CONVERSATIONS", "TASKS", "get_ready"]

# By the name of their module.
TASKS: dict[str, Task] = {
    "account": account.ACCOUNT,
    "account_info": account.ACCOUNT_INFO,
    "authorization": authorization.AUTHORIZATION,
    "caa_info": caa.CAA_INFO,
    "certificate": certificate.CERTIFICATE,
    "certificate_revoke": revocation.CERTIFICATE_REVOKE,
    "challenge": challenge.CHALLENGE,
    "directory_info": directory.DIRECTORY_INFO,
    "order": order.ORDER,
    "order_info": order.ORDER_INFO,
    "renewal_info": renewal_info.RENEWAL_INFO,
}


def get_ready(options: Mapping[str, Any], requests: int) -> None:
    """Get ready for tasks with these options; what is wrong with them is told by the first one of these."""
    validation = ArgumentSpecValidator(ACME).validate(dict(options))
    if not validation.error_messages:
        CONVERSATIONS.prepare(validation.validated_parameters, requests)
