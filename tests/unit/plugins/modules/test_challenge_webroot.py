# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""challenge_webroot as a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.module_process import run_module, run_through_ansible

TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"


def file_of(root: Path, token: str = TOKEN) -> Path:
    return root / ".well-known" / "acme-challenge" / token


@pytest.mark.parametrize("state", ["present", "absent"])
def test_through_ansible(tmp_path: Path, state: str) -> None:
    """In check mode nothing is written, the first run changes, the second one does not; for both states."""
    challenge = {"webroot": str(tmp_path), "token": TOKEN, "content": f"{TOKEN}.thumbprint"}
    if state == "absent":
        run_module("challenge_webroot", challenges=[challenge])
    options: dict[str, Any] = {"challenges": [challenge], "state": state}
    foreseen, printed = run_through_ansible("challenge_webroot", "--check", "--diff", **options)
    assert foreseen["changed"]
    assert f"+++ after: {file_of(tmp_path)}" in printed
    assert file_of(tmp_path).exists() is (state == "absent")
    first, _printed = run_through_ansible("challenge_webroot", **options)
    assert first["challenges"] == [
        {"webroot": str(tmp_path), "token": TOKEN, "path": str(file_of(tmp_path)), "changed": True}
    ]
    assert file_of(tmp_path).exists() is (state == "present")
    second, _printed = run_through_ansible("challenge_webroot", **options)
    assert not second["changed"]


def test_each_on_its_own(tmp_path: Path) -> None:
    """A challenge that fails is named with the reason, and the others are placed."""
    result = run_module(
        "challenge_webroot",
        challenges=[
            {"webroot": "/no/such/root", "token": "a", "content": "x"},
            {"webroot": str(tmp_path), "token": "../../x", "content": "x"},
            {"webroot": str(tmp_path), "token": "b"},
            {"webroot": str(tmp_path), "token": "c", "content": "x"},
        ],
    )
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith(
        "3 of 4 challenges failed: /no/such/root: the webroot /no/such/root does not exist."
    )
    assert [item["changed"] for item in result["challenges"]] == [False, False, False, True]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["c"]


def test_remembers_orders(tmp_path: Path) -> None:
    """The order for a request that waits is told by the next look at the certificate; one that cannot be kept is a warning."""
    store, wanted = str(tmp_path), [{"name": "www", "identifiers": ["www.example"], "ca": "https://ca.example"}]
    run_module("certificate_request", store=store, certificates=wanted)
    (tmp_path / "api").write_text("not a directory")
    orders = [
        {"certificate": name, "ca": "https://ca.example", "url": f"https://ca.example/{name}"}
        for name in ("www", "api")
    ]
    kept = {"store": store, "orders": orders, "challenges": []}
    assert not run_module("challenge_webroot", check=True, **kept).get("warnings")
    assert run_module("certificate_request", store=store, certificates=wanted)["certificates"][0]["order_url"] is None
    result = run_module("challenge_webroot", **kept)
    assert not result["changed"]
    assert "the order for api cannot be remembered: " in str(result["warnings"])
    assert len(result["warnings"]) == 1
    (item,) = run_module("certificate_request", store=store, certificates=wanted)["certificates"]
    assert (item["order_url"], item["changed"]) == ("https://ca.example/www", False)


def test_absent_always_works(tmp_path: Path) -> None:
    """Removing what is not there, also with its webroot, is no change and no failure."""
    result = run_module(
        "challenge_webroot",
        state="absent",
        challenges=[{"webroot": str(tmp_path), "token": "a"}, {"webroot": "/no/such/root", "token": "a"}],
    )
    assert not result.get("failed")
    assert not result["changed"]


def test_without_libraries(tmp_path: Path) -> None:
    """The module needs nothing but Python."""
    challenges = [{"webroot": str(tmp_path), "token": "a", "content": "x"}]
    assert run_module("challenge_webroot", challenges=challenges, without=("cryptography",))["changed"]


def test_a_thousand(tmp_path: Path) -> None:
    """Any number of challenges is placed in one call."""
    challenges = [{"webroot": str(tmp_path), "token": f"t{number}", "content": "x"} for number in range(1000)]
    assert len(run_module("challenge_webroot", challenges=challenges)["challenges"]) == 1000
    assert len(list(file_of(tmp_path).parent.iterdir())) == 1000
