# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the bench keeps what it installs and runs."""

from __future__ import annotations

from tests.lab.paths import REPOSITORY

HERE = REPOSITORY / "tests" / "bench"
BUILD = REPOSITORY / ".build" / "bench"
#: One directory for each row; emptied first.
RUN = BUILD / "run"
#: The virtual environments: that of this collection, and that of the peers.
OURS = REPOSITORY / ".build" / "venv" / "bin"
PEERS = BUILD / "venv" / "bin"
LEGO = BUILD / "lego" / "lego"
