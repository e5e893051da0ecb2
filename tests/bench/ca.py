# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of the bench."""

from __future__ import annotations

from tests.lab.options import PebbleOptions

#: As the public ones are: nonces are good, every name is proven anew, and Retry-After is that of Pebble's own
#: configuration.  Validations are real, and take no longer than they do.
OPTIONS = PebbleOptions(nonce_reject=0, retry_after=(3, 5))
