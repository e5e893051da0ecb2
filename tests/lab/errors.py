# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with the lab itself, as opposed to what is tested in it."""

from __future__ import annotations


class LabError(Exception):
    """The lab cannot be had; the text is one line that says what is missing or failed."""
