#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: order
short_description: Orders for certificates at an ACME CA
version_added: 1.0.0
description:
  - Makes orders (RFC 8555, section 7.4) and returns what has to be placed where to prove each name.
  - An order that is open for the same names is taken up.
  - All orders are handled at once. When one fails the others are finished all the same, and RV(orders) has them all.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.actiongroup_acme
attributes:
  check_mode:
    support: full
    details: The CA is not contacted, so every order counts as one to be made.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: An open order can be found when its O(orders[].url) is given, or where the CA keeps a list of an account's orders.
options:
  orders:
    description:
      - The orders.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the result calls it.
        type: str
        required: true
      identifiers:
        description: The names of the certificate. Domain names, V(*.) in front of one for a wildcard, or IP addresses.
        type: list
        elements: str
        required: true
      url:
        description:
          - The URL of an order that was made before. It is taken up when it is for the same names and has not failed.
          - One that was issued is taken up with O(orders[].csr) only when its certificate has the key of that, and most of its time.
        type: str
      csr:
        description:
          - The certificate request as PEM. With it an order whose certificate has the key of this request is taken up too, and one
            that is still processing, so that what was asked for by a run that was cut short is not ordered again.
          - To be left out where the key had an earlier certificate.
        type: str
      profile:
        description:
          - The profile, one of those that M(webpki.acme.directory_info) lists. Of several the first one that the CA offers.
          - It is an error when it offers none of them. Without this option the CA chooses.
        type: list
        elements: str
      replaces:
        description:
          - The identifier (RFC 9773, section 4.1) of the certificate that this one takes the place of, such as
            RV(webpki.acme.renewal_info#module:certificates[].certificate_id).
          - Left out where the CA has no renewal information. Where the CA refuses it, the order is made without it, with a warning.
        type: str
      not_before:
        description: When the certificate is to become valid, as RFC 3339. Few CAs allow to choose.
        type: str
      not_after:
        description: When the certificate is to expire, as RFC 3339. Few CAs allow to choose.
        type: str
      expires:
        description:
          - When the certificate that this one takes the place of expires, as RFC 3339. Without it there is none.
          - Where not all orders can be made now, those without it come first, then those that expire soonest.
        type: str
      renews:
        description:
          - Whether the CA has issued a certificate for exactly these names before. Let's Encrypt counts it less then.
        type: bool
        default: false
      exempt:
        description:
          - Whether no rate limit is for this order, as with Let's Encrypt for a renewal within the window of its renewal information,
            with O(orders[].replaces).
        type: bool
        default: false
      force:
        description:
          - Whether to make this order whatever O(rate_limits) and earlier failures say.
        type: bool
        default: false
  take_up:
    description:
      - Whether to look for open orders in the account's list, where the CA keeps one.
      - Those that were finalized are taken up with O(orders[].csr) only. One with O(orders[].not_before) or
        O(orders[].not_after) is not taken up while it is open.
    type: bool
    default: true
  rate_limits:
    description:
      - What CAs grant in how much time, a dictionary of limits for each CA, by its name or the URL of its directory.
      - What is given here is added to what is known of V(letsencrypt) and V(letsencrypt_staging), and counts in its place. C(null) is
        for no limit.
      - C(orders_per_account), C(certificates_per_domain) and C(certificates_per_set) each have C(count) and C(seconds).
        So many are granted at once, and then again one by one, evenly, in that time. The second is for each registered domain, the
        third for exactly the same names.
      - C(names_per_certificate) is a number, C(names_per_profile) maps profiles to numbers.
      - With C(renewals_exempt) an order with O(orders[].renews) counts for C(certificates_per_set) only.
      - An order that would exceed a limit is not made, and has RV(orders[].put_off).
      - Registered domains are known by the Python library C(publicsuffixlist). Without it the last two labels of a name are taken.
    type: dict
  state_directory:
    description:
      - A directory on the machine that the task runs on, an absolute path. It is made when it does not exist.
      - With it orders of earlier runs count for O(rate_limits), and an order for a name that could not be validated, as
        O(webpki.acme.challenge#module:state_directory) remembers it, fails until its time is up. That is 1, 10 and 100 minutes
        after the first three failures, and 22 hours after each further one. It is never more than 100 minutes where
        O(orders[].expires) is before that.
    type: path
seealso:
  - module: webpki.acme.challenge
  - module: webpki.acme.certificate
"""

EXAMPLES = r"""
- name: Order a certificate
  webpki.acme.order:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    orders:
      - name: www
        identifiers: [www.example.com, example.com]
  register: ordered
  delegate_to: localhost

- name: Show what to place
  ansible.builtin.debug:
    msg: "{{ ordered.orders[0].authorizations | map(attribute='challenges') }}"
"""

RETURN = r"""
account_uri:
  description: The URL of the account. Given as O(account_uri) to the next task it saves looking it up.
  returned: success
  type: str
put_off:
  description: The names of the orders that have RV(orders[].put_off).
  returned: when there are some
  type: list
  elements: str
orders:
  description: One for each of O(orders), in that sequence.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: As given.
      type: str
    failed:
      description: Present and V(true) when this order failed; RV(orders[].msg) and RV(orders[].problem) say why.
      type: bool
    msg:
      description: What was being done, where, why it failed and what to do next.
      type: str
    problem:
      description: The problem document (RFC 7807); its C(type) is stable.
      type: dict
    put_off:
      description: Why the order was not made, and is left for a later run. It has not failed, and RV(orders[].url) is null.
      returned: when a rate limit leaves no room for it
      type: dict
      contains:
        until:
          description: From when on there is room for it, as RFC 3339, as far as this can be known.
          type: str
        reason:
          description: Which limit it is.
          type: str
          sample: it issues no more than 50 certificates for example.com in 7 days
    problem_url:
      description: The URL that was asked when it failed, or null.
      returned: failure
      type: str
    retry_after:
      description: When the CA wants to be asked again, as ISO 8601 in UTC, or null.
      returned: failure
      type: str
    url:
      description: The URL of the order.
      type: str
    status:
      description: V(pending), V(ready), V(processing) or V(valid).
      type: str
    expires:
      description: When the CA forgets it, as RFC 3339, or null.
      type: str
    profile:
      description: The profile that it is for, or null where the CA does not say.
      type: str
    identifiers:
      description: The names.
      type: list
      elements: str
    authorizations:
      description: One for each name.
      type: list
      elements: dict
      contains:
        identifier:
          description: The name, for a wildcard without V(*.).
          type: str
        wildcard:
          description: Whether it is for a wildcard.
          type: bool
        url:
          description: The URL of the authorization.
          type: str
        status:
          description: V(pending) when there is something to prove, V(valid) when that was done before.
          type: str
        expires:
          description: When it ends, as RFC 3339, or null.
          type: str
        challenges:
          description:
            - By type of challenge, what is to be placed.
            - For V(http-01) the C(path) below the web root and the C(content) of the file.
            - For V(dns-01) and V(dns-account-01) the C(record) and the C(value) of a TXT record, beside others that it may have.
            - For V(dns-persist-01) the same of a record that may be there for good. It lets this account prove the name at this CA.
            - For V(tls-alpn-01) the C(server_name) and the C(digest) for M(webpki.acme.challenge_tls).
            - One that is not to be met has C(refused), which says why.
          type: dict
problem:
  description:
    - The problem document (RFC 7807) of what failed, of several the first one. Its C(type) is a URI that stays the same, to branch on.
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
from ..module_utils._ansible.tasks import order


def main() -> None:
    run_module(order.ORDER)


if __name__ == "__main__":
    main()
