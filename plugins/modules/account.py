#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: account
short_description: An account at an ACME CA
version_added: 1.0.0
description:
  - Registers an account, keeps its contacts as wanted, gives it a new key, or deactivates it (RFC 8555, section 7.3).
  - The account key is made when O(account_key_file) does not exist.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.actiongroup_acme
  - webpki.acme.attributes.files
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: With O(rollover) each run that is not cut short gives the account another key.
options:
  state:
    description:
      - V(present) makes sure that there is an account.
      - V(absent) deactivates it. That cannot be undone, and the key cannot be used with this CA again.
    type: str
    choices: [present, absent]
    default: present
  contact:
    description:
      - URLs under which the CA can reach the account's owner, such as V(mailto:admin@example.com).
      - When not given, an existing account keeps its contacts.
      - Where the CA does not tell the contacts of an account they are sent only when it is registered, as most such CAs store none.
    type: list
    elements: str
  always_send_contact:
    description:
      - Sends O(contact) to an account that exists also where the CA does not tell its contacts.
      - For once, to give contacts to an account that was registered without them, at a CA that stores them.
    type: bool
    default: false
  terms_agreed:
    description:
      - Whether you agree to the CA's terms of service. Most CAs make no account without that.
    type: bool
    default: false
  external_account_binding:
    description:
      - What the CA handed out to bind a new account to a customer. Used only when an account is made.
    type: dict
    suboptions:
      kid:
        description: The key identifier.
        type: str
        required: true
      key:
        description: The HMAC key, as base64url.
        type: str
        required: true
      algorithm:
        description: The algorithm of the HMAC.
        type: str
        choices: [HS256, HS384, HS512]
        default: HS256
  account_key_type:
    description:
      - The type of the key that is made when O(account_key_file) or O(new_account_key_file) does not exist.
    type: str
    choices: [ecdsa-p256, ecdsa-p384, ecdsa-p521, rsa-2048, rsa-3072, rsa-4096]
    default: ecdsa-p256
  new_account_key_file:
    description:
      - Gives the account the key in this PEM file, in place of the present one; the file is made when it does not exist.
      - Nothing changes when the account has this key already.
      - Mutually exclusive with O(new_account_key).
    type: path
  new_account_key:
    description:
      - Like O(new_account_key_file), as PEM text.
    type: str
  new_account_key_passphrase:
    description:
      - The passphrase of the new key, when it is encrypted.
    type: str
  rollover:
    description:
      - Gives the account a new key in the place of the present one in O(account_key_file), so that whatever stops the run, one of
        two files has the key of the account, and the next run goes on from there.
      - The new key is made beside it, in a file with C(.new) at its end, before the CA is asked. V(begin) leaves it there.
        V(finish) replaces O(account_key_file) by it, with one rename, when the CA has been seen to know the new key.
      - In between, all modules of this collection use the one of the two keys that the CA knows.
      - Where there is no account V(begin) changes nothing, and returns RV(account_uri) as null. V(finish) fails.
      - Where accounts at several CAs have the same key file, V(begin) is for each of them, and V(finish) then for one.
      - With O(account_key_passphrase) the new key is not made, but expected there, encrypted with O(new_account_key_passphrase), or
        with the same passphrase.
      - Not with O(account_key), O(new_account_key_file) or O(new_account_key).
    type: str
    choices: [begin, finish]
seealso:
  - module: webpki.acme.account_info
"""

EXAMPLES = r"""
- name: Register an account
  webpki.acme.account:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    contact:
      - mailto:admin@example.com
    terms_agreed: true
  delegate_to: localhost

- name: Give it a new key
  webpki.acme.account:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    new_account_key_file: /etc/webpki/account-2.pem
  delegate_to: localhost

- name: Give it a new key in the same file
  webpki.acme.account:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    rollover: finish
  delegate_to: localhost

- name: Give the account up
  webpki.acme.account:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account-2.pem
    state: absent
  delegate_to: localhost
"""

RETURN = r"""
account_uri:
  description: The URL of the account, by which the CA knows it; null when there is none.
  returned: success
  type: str
  sample: https://acme-v02.api.letsencrypt.org/acme/acct/1234
account:
  description: The account as the CA has it, or null.
  returned: success
  type: dict
  contains:
    status:
      description: V(valid).
      type: str
    contact:
      description: The contacts, or null where the CA does not tell them.
      type: list
      elements: str
    orders:
      description: The URL of the account's list of orders, or null where the CA keeps none.
      type: str
problem:
  description:
    - The problem document (RFC 7807) of what failed. Its C(type) is a URI that stays the same, to branch on.
    - A C(type) that begins with C(urn:ietf:params:acme:error:) is the CA's own, with C(urn:webpki:acme:error:) it was found here.
  returned: failure
  type: dict
  contains:
    type:
      description: The URI that says which kind of problem it is.
      type: str
    title:
      description: A short text for the type, or null.
      type: str
    detail:
      description: What happened, for people.
      type: str
    status:
      description: The HTTP status, or null.
      type: int
    identifier:
      description: The name that it is about, or null.
      type: str
    subproblems:
      description: Problems of the same form, such as one for each name.
      type: list
      elements: dict
problem_url:
  description: The URL that was asked when it failed, or null.
  returned: failure
  type: str
retry_after:
  description: When the CA wants to be asked again, as ISO 8601 in UTC, or null.
  returned: failure
  type: str
"""

from ..module_utils._ansible.module import run_module
from ..module_utils._ansible.tasks import account


def main() -> None:
    run_module(account.ACCOUNT)


if __name__ == "__main__":
    main()
