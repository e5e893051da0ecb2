# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of the collection states about itself; a module adds C(support) where it is left open here."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: In check mode, says what would change, and changes nothing, neither on the host nor at the CA.
  diff_mode:
    description: In diff mode, shows what changed, or in check mode what would change. Secrets are never shown.
  idempotent:
    description: A second run with the same options, and nothing changed in between, reports no change.
  platform:
    description: The systems that the module runs on.
    support: full
    platforms: posix
"""

    # For modules that only look; used together with the fragment above.
    INFO_MODULE = r"""
attributes:
  check_mode:
    support: full
    details: This module never changes anything.
  diff_mode:
    support: N/A
    details: This module never changes anything.
  idempotent:
    support: full
    details: This module never changes anything.
"""

    # Twin of action_groups in meta/runtime.yml.
    ACTIONGROUP_ACME = r"""
attributes:
  action_group:
    description: Part of the action group C(acme), so that C(module_defaults) can set the common options once,
      as C(group/webpki.acme.acme).
    support: full
    membership:
      - webpki.acme.acme
"""

    FILES = r"""
attributes:
  safe_file_operations:
    description: Files appear whole or not at all, and have their final owner and mode from the first instant.
    support: full
"""
