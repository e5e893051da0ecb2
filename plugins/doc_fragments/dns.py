# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twin of LOOKUP in module_utils/_ansible/dns.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - python >= 3.9
  - dnspython >= 2.3
options:
  resolvers:
    description:
      - The resolvers that names are looked up at, as V(192.0.2.53) or V(192.0.2.53:5353). By default those of the system.
      - Where the system's own resolvers see another DNS than the world does, name some that see what the world sees.
    type: list
    elements: str
    default: []
  timeout:
    description: How many seconds a name server may take for an answer.
    type: int
    default: 3
  deadline:
    description: How many seconds the whole task may take.
    type: int
    default: 120
"""
