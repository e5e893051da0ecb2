# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all CA-side modules share. Twin of plugins/doc_fragments/acme.py: same options, same sequence."""

from __future__ import annotations

from typing import Any

ACME: dict[str, dict[str, Any]] = {
    "ca": {"type": "str", "required": True},
    "ca_bundle": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    "account_key_file": {"type": "path", "no_log": False},
    "account_key": {"type": "str", "no_log": True},
    "account_key_passphrase": {"type": "str", "no_log": True},
    "account_uri": {"type": "str"},
    "request_timeout": {"type": "int", "default": 10},
    "deadline": {"type": "int", "default": 300},
    "concurrency": {"type": "int", "default": 8},
}

ACME_EXCLUSIVE = [("account_key_file", "account_key")]
