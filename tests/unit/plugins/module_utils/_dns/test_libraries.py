# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dnspython, and its absence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ansible_collections.webpki.acme.plugins.module_utils._dns import libraries

PACKAGE = libraries.__name__.rpartition(".")[0]
FILES = sorted(path.stem for path in Path(libraries.__file__).parent.glob("*.py"))

IMPORT_WITHOUT = """
import importlib, json, sys
sys.path[:0] = json.loads(sys.argv[1])
sys.modules["dns"] = None
for name in json.loads(sys.argv[3]):
    importlib.import_module(f"{sys.argv[2]}.{name}")
print(json.dumps(sys.modules[f"{sys.argv[2]}.libraries"].MISSING))
"""


def test_there() -> None:
    """Where it is installed nothing is missing."""
    assert libraries.MISSING == {}


def test_missing() -> None:
    """Every file can be imported where it is missing, and it is named with the reason."""
    command = [sys.executable, "-c", IMPORT_WITHOUT, json.dumps(sys.path), PACKAGE, json.dumps(FILES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    missing = json.loads(done.stdout)
    assert list(missing) == ["dnspython"] and "Error" in missing["dnspython"]
