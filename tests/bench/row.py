# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One row of the table: some work, the tools that do it, and the bars that this collection is held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from .bars import Bar
from .tools.tool import Tool
from .work import Work


class Start(str, Enum):
    """What there is when the clock starts."""

    NOTHING = "nothing"
    #: The account; on booted hosts, instead, web servers that serve placeholders.
    ACCOUNT = "account"
    #: All certificates, none of them due.
    CERTIFICATES = "certificates"


@dataclass(frozen=True)
class Row:
    """Some work.

    :param tools: how often each does it, at the most.
    :param round_trip: to the CA and back, in seconds.
    """

    key: str
    title: str
    work: Work
    tools: Mapping[Tool, int]
    start: Start = Start.ACCOUNT
    round_trip: float = 0.0
    bars: Sequence[Bar] = field(default=())
