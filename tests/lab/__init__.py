# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real parts that the tests and the demo run against: a CA, its name server, and booted hosts.

Needs the standard library only, so that it can be used before anything else is installed.
"""

from __future__ import annotations
