# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The walls between the rooms of docs/architecture.md, and the facts that are stated in more than one place."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
COLLECTION = "ansible_collections.webpki.acme.plugins."
LIBRARIES = ("module_utils._acme.libraries", "module_utils._dns.libraries", "module_utils._store.libraries")
UPPER = {"module_utils._ansible", "module_utils._acme", "module_utils._dns", "module_utils._store"}
# What a package is called where it is installed, when that is not the name by which it is imported.
INSTALLED_AS = {"dns": "dnspython"}
# What nothing depends on is imported where it is asked for, in the same files: no module says that it needs it.
OPTIONAL = {"publicsuffixlist"}

# room: (rooms it may import from, the part of Ansible it may import)
ROOMS: dict[str, tuple[set[str], str | None]] = {
    "module_utils._acme": ({"module_utils._acme"}, None),
    "module_utils._dns": ({"module_utils._dns"}, None),
    "module_utils._store": ({"module_utils._store"}, None),
    "module_utils._ansible": (UPPER, "ansible.module_utils"),
    "modules": (UPPER, "ansible.module_utils"),
    "plugin_utils": (UPPER | {"plugin_utils"}, "ansible"),
    "action": (UPPER | {"plugin_utils"}, "ansible"),
    "filter": (UPPER | {"filter", "plugin_utils"}, "ansible"),
    "doc_fragments": (set(), None),
}

TREES = {
    ".".join(path.relative_to(PLUGINS).with_suffix("").parts): ast.parse(path.read_text())
    for path in sorted(PLUGINS.rglob("*.py"))
}
MODULES = [name for name in TREES if name.startswith("modules.")]


def imports(name: str, typing: bool = True) -> set[str]:
    """The full names that a file imports, without `typing` only those imported at run time.

    Those from this collection begin at its `plugins` folder.
    """
    package = (COLLECTION + name).split(".")[:-1]
    found: set[str] = set()
    for statement in TREES[name].body:
        if not typing and getattr(getattr(statement, "test", None), "id", "") == "TYPE_CHECKING":
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*origin, *(node.module or "").split(".")]).strip(".")
                found.update(f"{base}.{alias.name}" for alias in node.names)
    return {wanted.removeprefix(COLLECTION) for wanted in found}


def own_file(imported: str) -> str | None:
    """The file of this collection that an imported name stands for or stands in, None when it is not ours."""
    for candidate in (imported, imported.rpartition(".")[0]):
        if candidate in TREES:
            return candidate
    return None


def room_of(name: str) -> str:
    return next((room for room in ROOMS if name == room or name.startswith(room + ".")), "none")


def third_party(name: str) -> set[str]:
    """The packages that a file imports and that come neither with Python, nor with Ansible, nor from here."""
    outside = {wanted.split(".")[0] for wanted in imports(name, typing=False) if room_of(wanted) == "none"}
    # What Ansible itself is made of is on the controller only, where filters are.
    with_ansible = {"ansible", "jinja2"} if name.startswith("filter.") else {"ansible"}
    return {INSTALLED_AS.get(name, name) for name in outside - set(sys.stdlib_module_names) - with_ansible}


def reached_from(name: str) -> set[str]:
    """A file and all files of this collection that it imports, directly or through others."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting.extend(file for file in map(own_file, imports(current, typing=False)) if file)
    return reached


def constant(name: str, variable: str) -> dict:
    """The YAML document that a file assigns to a variable, also inside a class; empty when there is none."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == variable for target in node.targets):
            return yaml.safe_load(ast.literal_eval(node.value))
    return {}


def fragments(module: str) -> list[str]:
    named = constant(module, "DOCUMENTATION").get("extends_documentation_fragment", [])
    return [named] if isinstance(named, str) else named


def requirements(module: str) -> dict[str, str]:
    """What a module says it needs, itself or through its fragments: library -> oldest version."""
    lines = list(constant(module, "DOCUMENTATION").get("requirements", []))
    for fragment in fragments(module):
        file, _dot, variable = fragment.removeprefix("webpki.acme.").partition(".")
        lines += constant(f"doc_fragments.{file}", variable.upper() or "DOCUMENTATION").get("requirements", [])
    return bounds("\n".join(lines))


def bounds(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z]+)\s*>=\s*([0-9.]+)", text, re.MULTILINE))


EE_REQUIREMENTS = bounds((ROOT / "meta/ee-requirements.txt").read_text())


@pytest.mark.parametrize("name", TREES)
def test_rooms(name: str) -> None:
    """A file imports only from the rooms below its own, and from no more of Ansible than its room may know."""
    assert room_of(name) in ROOMS, f"{name} is in a room that docs/architecture.md does not know"
    rooms, ansible = ROOMS[room_of(name)]
    for wanted in imports(name):
        if room_of(wanted) != "none":
            assert room_of(wanted) in rooms, f"{name} must not know {wanted}"
        elif wanted.split(".")[0] == "ansible":
            assert ansible and f"{wanted}.".startswith(f"{ansible}."), f"{name} must not know {wanted}"


@pytest.mark.parametrize("name", sorted(set(TREES) - set(LIBRARIES)))
def test_third_party_imports(name: str) -> None:
    """Third-party libraries are imported in one guarded file per package, so that each is missing in one place only."""
    assert not third_party(name), f"{name} must take these from a libraries.py: {third_party(name)}"


def test_action_group() -> None:
    """The action group is exactly the modules that take the common options, and each of them says so."""
    group = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]["acme"]
    users = [name for name in MODULES if any(f"{used}.".startswith("webpki.acme.acme.") for used in fragments(name))]
    sayers = [name for name in MODULES if "webpki.acme.attributes.actiongroup_acme" in fragments(name)]
    assert sorted(group) == [name.removeprefix("modules.") for name in users]
    assert users == sayers


def test_libraries_are_those_of_the_execution_environment() -> None:
    """The guarded libraries are those that an execution environment is built with."""
    guarded = set().union(*(third_party(name) for name in LIBRARIES))
    assert guarded | OPTIONAL == set(EE_REQUIREMENTS)


@pytest.mark.parametrize("name", MODULES)
def test_documented_requirements(name: str) -> None:
    """A module documents the libraries that its code reaches, with the versions of the execution environment."""
    documented = requirements(name)
    python = yaml.safe_load((ROOT / "tests/config.yml").read_text())["modules"]["python_requires"].removeprefix(">=")
    assert documented.pop("python", python) == python
    needed = set().union(*(third_party(file) for file in reached_from(name) if file in LIBRARIES))
    assert documented == {library: EE_REQUIREMENTS[library] for library in needed}


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda page: page.name
)
def test_requirements_in_the_guides(page: Path) -> None:
    """Where a guide names a library with its oldest version, it is the version of the execution environment."""
    named = re.findall(r"\b(cryptography|dnspython|josepy|requests)`?\s*>=\s*([0-9.]*[0-9])", page.read_text())
    assert all(EE_REQUIREMENTS[library] == version for library, version in named), named
