# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the table."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .bars import connections, megabytes, rate, requests, seconds, times
from .row import Row, Start
from .tools.certbot import Certbot
from .tools.community_crypto import CommunityCrypto
from .tools.fleet import Connections, FleetFloor, FleetOurs
from .tools.floor import Floor
from .tools.lego import Lego
from .tools.ours import Ours
from .work import Work, certificates

#: A CA on the same continent.
FAR = 0.03

# As many requests at once as the bar allows connections.
_wide = Ours(acme_concurrency=16)
# A request in flight takes a nonce, and each one that no reply has brought yet costs a request: one at a time is the fewest.
_in_turn = Ours(acme_concurrency=1)
_ours, _floor, _crypto, _certbot, _lego = Ours(), Floor(), CommunityCrypto(), Certbot(), Lego()

ONE_HOST: Sequence[Row] = [
    Row(
        "one",
        "1 certificate, 1 name, first run, with account",
        certificates(1),
        {_floor: 5, _ours: 5, _crypto: 3, _certbot: 5, _lego: 3},
        Start.NOTHING,
        bars=[times(_crypto.name, 0.5), times(_certbot.name, 1.0)],
    ),
    Row(
        "one_name",
        "1 certificate, 1 name",
        certificates(1),
        {_ours: 3, _crypto: 1, _certbot: 1, _lego: 1},
        round_trip=FAR,
    ),
    Row(
        "ten_names",
        "1 certificate, 10 names",
        certificates(1, 10),
        {_ours: 3, _crypto: 1, _certbot: 1, _lego: 1},
        round_trip=FAR,
    ),
    Row(
        "hundred_names",
        "1 certificate, 100 names, `acme_concurrency: 16`",
        certificates(1, 100),
        {_wide: 5, _crypto: 1, _certbot: 3, _lego: 1},
        round_trip=FAR,
        bars=[
            times(_crypto.name, Fraction(1, 60)),
            times(_certbot.name, Fraction(1, 5)),
            connections(16),
            requests(208),
        ],
    ),
    Row(
        "hundred_names_in_turn",
        "1 certificate, 100 names, `acme_concurrency: 1`",
        certificates(1, 100),
        {_in_turn: 3},
        round_trip=FAR,
        bars=[connections(16), requests(208)],
    ),
    Row("five", "5 certificates", certificates(5), {_ours: 3, _crypto: 1, _certbot: 1, _lego: 1}, round_trip=FAR),
    Row(
        "twenty",
        "20 certificates",
        certificates(20),
        {_ours: 5, _crypto: 3},
        bars=[times(_crypto.name, Fraction(1, 25))],
    ),
    Row(
        "twenty_far",
        "20 certificates",
        certificates(20),
        {_ours: 5, _crypto: 1, _certbot: 1, _lego: 3},
        round_trip=FAR,
        bars=[times(_crypto.name, Fraction(1, 25)), times(_lego.name, Fraction(1, 2))],
    ),
    Row(
        "nothing_due_20",
        "nothing due, 20 certificates",
        certificates(20),
        {_floor: 7, _ours: 7, _crypto: 1},
        Start.CERTIFICATES,
        bars=[times(_floor.name, 1.5)],
    ),
    Row(
        "thousand",
        "1,000 new certificates",
        certificates(1000),
        {_ours: 3},
        bars=[rate(80, 1000), seconds(30)],
    ),
    Row(
        "nothing_due_1000",
        "nothing due, 1,000 certificates",
        certificates(1000),
        {_floor: 5, _ours: 5},
        Start.CERTIFICATES,
        bars=[seconds(3), megabytes(150)],
    ),
]

#: The hosts, each with its certificate.
HOSTS: Work = certificates(40, prefix="web")


def many_hosts(connections: Connections) -> Sequence[Row]:
    """The rows of booted hosts that Ansible reaches in this way."""
    ours, floor = FleetOurs(connections), FleetFloor(connections)
    grown = [
        Row(
            f"first_{count}",
            f"first issue, {count} booted host{'s' if count > 1 else ''}, served and proven",
            HOSTS[:count],
            {floor: 1, ours: 1},
        )
        for count in (1, 10)
    ]
    return [
        *grown,
        Row(
            "first_40",
            "first issue, 40 booted hosts, served and proven",
            HOSTS,
            {floor: 3, ours: 3},
            bars=[times(floor.name, 6.0)],
        ),
        Row(
            "nothing_due_40",
            "nothing due, 40 booted hosts",
            HOSTS,
            {floor: 5, ours: 5},
            Start.CERTIFICATES,
            bars=[times(floor.name, 1.4)],
        ),
    ]
