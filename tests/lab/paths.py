# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab keeps what it downloads, builds and runs."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / ".build" / "lab"
#: The commands pebble and pebble-challtestsrv; kept between runs.
PEBBLE = BUILD / "pebble"
#: One directory for each lab or CA that runs: configuration, logs, sockets.
RUN = BUILD / "run"
#: Scripts that the lab and the role test_ca share.
SCRIPTS = REPOSITORY / "roles" / "test_ca" / "files"
