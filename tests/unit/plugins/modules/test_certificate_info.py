# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""certificate_info as a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.issuer import Issuer, pem
from tests.unit.module_process import run_module, run_through_ansible
from tests.unit.status_issuer import StatusIssuer, timestamp, timestamps
from tests.unit.status_server import StatusServer


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two placeholders."""
    path = tmp_path / "store"
    items = [{"name": name, "identifiers": [f"{name}.example"]} for name in ("www", "mail")]
    run_module("certificate_deploy", store=str(path), state="placeholder", certificates=items)
    return path


@pytest.mark.parametrize("flags", [["--check", "--diff"], []])
def test_through_ansible(store: Path, flags: list[str]) -> None:
    """Without anything named, all certificates of the store are told, and nothing changes."""
    result, _printed = run_through_ansible("certificate_info", *flags, store=str(store))
    assert not result["changed"]
    assert [item["name"] for item in result["certificates"]] == ["mail", "www"]
    assert result["certificates"][1]["path"] == f"{store}/www/current/fullchain.pem"
    facts = result["certificates"][1]["facts"]
    assert (facts["identifiers"], facts["self_signed"], facts["key_matches"]) == (["www.example"], True, True)


def test_places(store: Path, tmp_path: Path) -> None:
    """Names, files and texts are told in this order; what is not there does not exist, which is no failure."""
    issuer = Issuer()
    path = tmp_path / "chain.pem"
    path.write_text(pem(issuer.intermediate, issuer.root))
    result = run_module(
        "certificate_info",
        store=str(store),
        names=["www", "nobody"],
        paths=[str(path), "/no/such/file"],
        content=[pem(issuer.root)],
    )
    told = [(item["name"], item["path"], item["exists"]) for item in result["certificates"]]
    assert told == [
        ("www", f"{store}/www/current/fullchain.pem", True),
        ("nobody", f"{store}/nobody/current/fullchain.pem", False),
        (None, str(path), True),
        (None, "/no/such/file", False),
        (None, None, True),
    ]
    facts = result["certificates"][2]["facts"]
    assert (facts["subject_common_name"], facts["chain_length"], facts["key_matches"]) == ("Test Issuer", 2, None)


def test_unreadable(store: Path, tmp_path: Path) -> None:
    """What is no certificate fails on its own, with its place."""
    path = tmp_path / "garbage.pem"
    path.write_text("garbage")
    (store / "www/current/fullchain.pem").write_text("garbage")
    result = run_module(
        "certificate_info", store=str(store), names=["www", "mail"], paths=[str(path)], content=["garbage"]
    )
    assert result["failed"]
    assert [bool(item.get("failed")) for item in result["certificates"]] == [True, False, True, True]
    assert f"{path} holds no complete certificate" in result["msg"]


def test_key_that_may_not_be_read(store: Path) -> None:
    """Without the key the facts are told all the same, and nothing is said about the key."""
    (store / "www/current/privkey.pem").unlink()
    result = run_module("certificate_info", store=str(store), names=["www"])
    assert result["certificates"][0]["facts"]["key_matches"] is None


def test_empty(tmp_path: Path) -> None:
    """A store that is not there has no certificates; a name that cannot be one is refused."""
    assert run_module("certificate_info", store=str(tmp_path / "none"))["certificates"] == []
    result = run_module("certificate_info", store=str(tmp_path), names=["a/b"])
    assert "has a slash in it" in result["msg"]


@pytest.fixture
def issuer() -> StatusIssuer:
    return StatusIssuer()


def test_proof(tmp_path: Path, issuer: StatusIssuer) -> None:
    """The chain is followed to a root of the file that is given, timestamps are counted, and nobody is asked without being told to."""
    roots = tmp_path / "roots.pem"
    roots.write_text(pem(issuer.root))
    leaf = issuer.leaf(timestamps(timestamp(1), timestamp(2)))
    given = [pem(leaf, issuer.intermediate), pem(leaf), pem(StatusIssuer().leaf(), issuer.intermediate)]
    result = run_module("certificate_info", content=given, ca_bundle=str(roots))
    assert not result.get("failed")
    good, alone, broken = result["certificates"]
    assert good["chain"] == {"verified": True, "root": "CN=Test Root", "problem": None}
    assert (good["scts"]["count"], good["scts"]["valid"]) == (2, True)
    assert (good["crl"], good["ocsp"]) == (None, None)
    assert alone["chain"]["problem"] == f"it leads to CN=Test Issuer, which is not among the roots in {roots}"
    assert "not signed by certificate 2" in broken["chain"]["problem"]
    assert (broken["chain"]["verified"], broken["scts"]["count"]) == (False, 0)


@pytest.mark.parametrize("revoked", [False, True])
def test_status(issuer: StatusIssuer, revoked: bool) -> None:
    """If asked, list and responder are asked for each certificate; that one is revoked, or nobody answers, fails nothing."""
    server = StatusServer()
    try:
        leaves = [issuer.leaf(crl=[server.url("/crl")], responders=[server.url(f"/{number}")]) for number in range(3)]
        server.answers["/crl"] = issuer.crl(*(leaves[:1] if revoked else []))
        server.answers["/0"] = issuer.answer_for(leaves[0])
        chains = [pem(leaf, issuer.intermediate) for leaf in leaves]
        result = run_module("certificate_info", content=chains, status=True)
    finally:
        server.stop()
    assert not result.get("failed")
    told = [(item["crl"]["status"], item["ocsp"]["status"]) for item in result["certificates"]]
    assert told == [("revoked" if revoked else "good", "good"), ("good", "unknown"), ("good", "unknown")]
    assert [path for _method, path, _body in server.asked].count("/crl") == 1


def test_roots_that_are_none(tmp_path: Path) -> None:
    """A file of roots that was asked for must hold some."""
    result = run_module("certificate_info", store=str(tmp_path), ca_bundle="/no/such/roots.pem")
    assert (result["failed"], result["certificates"]) == (True, [])
    assert "/no/such/roots.pem does not exist" in result["msg"]
