# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What documents promise is shown by tests, which they name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Those that name the test of each promise.
DOCUMENTS = [path for name in ("security", "reliability") if (path := ROOT / "docs" / f"{name}.md").exists()]
_NAMED = re.compile(r"\btests/[\w/]+\.py(?:::\w+)?")


def named(document: Path) -> list[str]:
    """The tests that a document names, as pytest does: the file, two colons, the function."""
    return sorted(set(_NAMED.findall(document.read_text())))


@pytest.mark.parametrize(
    ("document", "name"), [(document.name, name) for document in DOCUMENTS for name in named(document)]
)
def test_exists(document: str, name: str) -> None:
    """Each test that a document names is there."""
    file, _colons, function = name.partition("::")
    assert (ROOT / file).is_file(), f"docs/{document} names {file}"
    functions = {node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)}
    assert function in functions, f"docs/{document} names {name}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_shown(document: Path) -> None:
    """A document of promises names tests."""
    assert named(document)
