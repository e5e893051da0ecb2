# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.lab.errors import LabError
from tests.lab.host import HostSpec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("web1", HostSpec("web1", "nginx")),
        ("web1:apache", HostSpec("web1", "apache")),
        ("web-1:none+bare", HostSpec("web-1", "none", bare=True)),
    ],
)
def test_a_host_is_described_in_a_word(text: str, spec: HostSpec) -> None:
    """A name, a server and what is missing fit into one word."""
    assert HostSpec.parse(text) == spec


@pytest.mark.parametrize("text", ["", "Web1", "web1:iis", "web1:", "../web1", "web1+bear", "a" * 40])
def test_a_host_that_cannot_be_is_refused(text: str) -> None:
    """What would become a path, an interface or a unit is checked first."""
    with pytest.raises(LabError):
        HostSpec.parse(text)
