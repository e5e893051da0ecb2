# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Third-party libraries, and their absence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import libraries

PACKAGE = libraries.__name__.rpartition(".")[0]
FILES = sorted(path.stem for path in Path(libraries.__file__).parent.glob("*.py"))

IMPORT_WITHOUT = """
import importlib, json, sys
sys.path[:0] = json.loads(sys.argv[1])
for name in sys.argv[4].split(","):
    sys.modules[name] = None
for name in json.loads(sys.argv[3]):
    importlib.import_module(f"{sys.argv[2]}.{name}")
missing = sys.modules[f"{sys.argv[2]}.libraries"].MISSING
print(json.dumps({name: trace.splitlines()[-1] for name, trace in missing.items()}))
"""


def test_all_there() -> None:
    """Where the libraries are installed nothing is missing, and all that is offered exists."""
    assert libraries.MISSING == {}
    assert all(hasattr(libraries, name) for name in libraries.__all__)


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        ("requests", {"requests"}),
        ("josepy", {"josepy"}),
        # josepy is built on cryptography.
        ("cryptography", {"cryptography", "josepy"}),
        ("requests,josepy,cryptography", {"requests", "josepy", "cryptography"}),
    ],
)
def test_missing(absent: str, expected: set[str]) -> None:
    """Every file of the core can be imported where a library is missing, and the library is named with the reason."""
    command = [sys.executable, "-c", IMPORT_WITHOUT, json.dumps(sys.path), PACKAGE, json.dumps(FILES), absent]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    missing = json.loads(done.stdout)
    assert set(missing) == expected
    assert all("Error" in reason for reason in missing.values())


def test_public_suffixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of public suffixes is loaded once, when it is asked for; where its library is missing there is none."""
    libraries.public_suffixes.cache_clear()
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)
    assert libraries.public_suffixes() is None
    monkeypatch.undo()
    libraries.public_suffixes.cache_clear()
    assert libraries.public_suffixes() is libraries.public_suffixes() is not None
