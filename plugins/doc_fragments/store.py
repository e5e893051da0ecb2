# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twin of STORE in module_utils/_ansible/host.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - python >= 3.9
  - cryptography >= 38
options:
  store:
    description:
      - The directory on the host that holds the certificates and their keys, an absolute path.
      - The current files of a certificate lie in C(STORE/NAME/current/), as C(privkey.pem), C(certificate.pem),
        C(chain.pem) and C(fullchain.pem). Whenever a run is stopped, the key and the certificate there belong together.
      - It must belong to root or to the user of the task, and so must its directories and what is staged in them; otherwise
        it is refused. Directories that others could write, and keys that others could read, are closed to them, with a warning.
    type: path
    default: /etc/webpki
"""
