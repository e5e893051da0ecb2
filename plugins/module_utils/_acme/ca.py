# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CAs that are known by name."""

from __future__ import annotations

from .errors import invalid_input
from .url import is_https_url

# Names for the directories that people would otherwise copy from web pages.
KNOWN_CAS = {
    "actalis": "https://acme-api.actalis.com/acme/directory",
    "google": "https://dv.acme-v02.api.pki.goog/directory",
    "google_staging": "https://dv.acme-v02.test-api.pki.goog/directory",
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "letsencrypt_staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "sslcom_ecc": "https://acme.ssl.com/sslcom-dv-ecc",
    "sslcom_rsa": "https://acme.ssl.com/sslcom-dv-rsa",
    "zerossl": "https://acme.zerossl.com/v2/DV90",
}


def directory_url(ca: str) -> str:
    """Return the directory URL for what the user calls the CA: a known name or a URL."""
    if ca in KNOWN_CAS:
        return KNOWN_CAS[ca]
    if is_https_url(ca):
        return ca
    known = ", ".join(sorted(KNOWN_CAS))
    raise invalid_input(f"{ca!r} is not a CA that is known by name, nor an https URL", f"Known names: {known}.")
