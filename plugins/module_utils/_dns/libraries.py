# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place of this package that imports third-party libraries.

Ansible imports a module's files also where these libraries are missing (documentation, sanity tests, a host that
lacks them), so each import is guarded and what failed is kept in `MISSING`: library name -> traceback.
"""

from __future__ import annotations

import traceback

MISSING: dict[str, str] = {}

try:
    import dns.exception
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode
    import dns.rdataclass
    import dns.rdatatype
    import dns.rdtypes.ANY.TXT
    import dns.resolver
    import dns.tsig
    import dns.update
except ImportError:
    MISSING["dnspython"] = traceback.format_exc()
    dns = None  # type: ignore[assignment]

__all__ = ["MISSING", "dns"]
