# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all CA-side modules share. Twin of plugins/module_utils/_ansible/arguments.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  ca:
    description:
      - The CA, by one of the names V(letsencrypt), V(letsencrypt_staging), V(zerossl), V(google), V(google_staging),
        V(sslcom_ecc), V(sslcom_rsa), V(actalis), or by the URL of its ACME directory.
    type: str
    required: true
  ca_bundle:
    description:
      - A file with the certificates, as PEM, that the CA's own HTTPS server is verified with, when it is a private CA.
      - The path is on the machine that the task runs on.
    type: path
  validate_certs:
    description:
      - Whether to verify the certificate of the CA's HTTPS server.
      - Without that, anybody on the way can pretend to be the CA. Prefer O(ca_bundle).
    type: bool
    default: true
  account_key_file:
    description:
      - The account key, RSA or ECDSA (P-256, P-384, P-521), as a PEM file on the machine that the task runs on.
      - One that all users of that machine can read is warned of.
      - Mutually exclusive with O(account_key).
    type: path
  account_key:
    description:
      - The account key as PEM text, for example from a vault or an AWX credential.
      - Mutually exclusive with O(account_key_file).
    type: str
  account_key_passphrase:
    description:
      - The passphrase of the account key, when it is encrypted.
    type: str
  account_uri:
    description:
      - The URL of the account at the CA, as RV(webpki.acme.account#module:account_uri) tells it.
      - Saves looking it up.
    type: str
  request_timeout:
    description:
      - How many seconds one request may go without an answer.
    type: int
    default: 10
  deadline:
    description:
      - How many seconds the whole task may talk to the CA.
      - A wait that would end later, such as one that a rate limit asks for, ends the task at once.
    type: int
    default: 300
  concurrency:
    description:
      - How many requests may be under way at once.
    type: int
    default: 8
requirements:
  - josepy >= 1.13
  - requests >= 2.28
  - cryptography >= 38
"""
