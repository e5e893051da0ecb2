# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make demo` shows, on booted hosts and on loopback."""

from __future__ import annotations

import re

import pytest

import tests.demo.__main__ as demo


@pytest.mark.hosts
@pytest.mark.parametrize("why_not", ["", "a test wants it so"])
def test_demo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], why_not: str) -> None:
    """Every name is served verified, the shared certificate is one, and the second run changes nothing."""
    monkeypatch.setattr(demo, "hindrance", lambda: why_not)
    assert demo.main() == 0
    screen = capsys.readouterr().out
    rows = re.findall(r"^(web\d)  (\S+) +([0-9a-f]{32})\.\.\.  .* yes$", screen, re.MULTILINE)
    assert len(rows) == 9
    assert len({fingerprint for _host, name, fingerprint in rows if name == "api.example.test"}) == 1
    assert len({fingerprint for _host, _name, fingerprint in rows}) == 5
    assert screen.rstrip().endswith("demo: nothing changed")
