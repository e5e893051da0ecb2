# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twin of the module caa_info."""

from __future__ import annotations

from ..plugin_utils.ca_action import CaAction


class ActionModule(CaAction):
    """Runs the task of the module of the same name."""

    TASK = "caa_info"
