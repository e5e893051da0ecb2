# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names as users write them, for the CA-side modules: checked by the same rules as on the hosts."""

from __future__ import annotations

from collections.abc import Sequence

from .._acme.errors import invalid_input
from .._store.errors import StoreError
from .._store.names import normalise_all


def checked(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names as a certificate has them; raise AcmeError for what is neither a name nor an address."""
    try:
        return normalise_all(names)
    except StoreError as error:
        raise invalid_input(error.message, error.hint, "create the order") from None
