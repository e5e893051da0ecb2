# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""certificate_version_info as a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.issuer import Issuer
from tests.unit.module_process import run_module

CA = "https://ca.example/directory"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two versions of www, of which one cannot be read, and a placeholder for mail."""
    path = tmp_path_factory.mktemp("versions") / "store"
    issuer = Issuer()
    www = {"name": "www", "identifiers": ["www.example"]}
    for _number in range(2):
        requested = run_module("certificate_request", store=str(path), certificates=[{**www, "force": True}])
        fullchain = issuer.answer(requested["certificates"][0]["csr"])
        run_module("certificate_deploy", store=str(path), certificates=[{**www, "fullchain": fullchain, "ca": CA}])
    run_module(
        "certificate_deploy",
        store=str(path),
        state="placeholder",
        certificates=[{"name": "mail", "identifiers": ["mail.example"]}],
    )
    return path


def versions(store: Path, **options: Any) -> list[tuple[str, str, bool]]:
    result = run_module("certificate_version_info", store=str(store), **options)
    assert result["changed"] is False
    return [(one["name"], one["version"], one["current"]) for one in result["versions"]]


def test_asked_for(store: Path) -> None:
    """Versions are found by name and by serial number, also those that are not in use; without either all are told."""
    www = [("www", "0001", False), ("www", "0002", True)]
    assert versions(store) == [("mail", "0001", True), *www]
    assert versions(store, names=["www", "nobody"]) == www
    assert versions(store, names=[], serial_numbers=[]) == []
    found = run_module("certificate_version_info", store=str(store), names=["www"])["versions"]
    serial = found[0]["facts"]["serial_number"]
    written = ":".join(serial.upper()[start : start + 2] for start in range(0, len(serial), 2))
    assert versions(store, serial_numbers=[written]) == www[:1]
    assert versions(store, serial_numbers=[serial], names=["mail"]) == [("mail", "0001", True), www[0]]
    assert (found[1]["ca"], found[1]["revoked"], found[1]["msg"]) == (CA, None, "")
    assert found[1]["private_key_path"] == f"{store}/www/versions/0002/privkey.pem"
    assert "END CERTIFICATE" in found[1]["fullchain"]


def test_no_serial_number(store: Path) -> None:
    """What is no serial number is refused."""
    result = run_module("certificate_version_info", store=str(store), serial_numbers=["www"])
    assert result["failed"] and "'www' is not a serial number" in result["msg"]


def test_unreadable(store: Path) -> None:
    """A version that cannot be read is told with the reason, where its certificate is named, and has no serial number."""
    file = store / "www/versions/0001/fullchain.pem"
    before = file.read_bytes()
    file.write_text("nothing")
    try:
        found = run_module("certificate_version_info", store=str(store), names=["www"])["versions"][0]
        assert (found["facts"], found["fullchain"]) == (None, None)
        assert "holds no complete certificate" in found["msg"]
        assert versions(store, serial_numbers=["1"]) == []
    finally:
        file.write_bytes(before)


def test_revoked(store: Path) -> None:
    """What is written down of a version is told, changed once, foretold in check mode, and refused of one that is not there."""
    www = {"store": str(store), "certificates": [{"name": "www", "version": "0002", "reason": "superseded"}]}
    steps: list[dict[str, Any]] = [{"check": True}, {}, {}, {"state": "revoked", "check": True}, {"state": "revoked"}]
    changed = []
    for options in steps:
        done = run_module("certificate_revoked", diff=True, **{"state": "pending", **www, **options})
        changed.append(done["changed"])
    assert changed == [True, True, False, True, True]
    assert done["diff"][0]["before"] == "it is to be revoked (superseded)\n"
    assert done["diff"][0]["after"].startswith("it was revoked at 2")
    marked = run_module("certificate_version_info", store=str(store), names=["www"])["versions"][1]["revoked"]
    assert marked["reason"] == "superseded" and marked["at"].endswith("Z")
    again = run_module(
        "certificate_request", store=str(store), certificates=[{"name": "www", "identifiers": ["www.example"]}]
    )
    assert [reason["code"] for reason in again["certificates"][0]["reasons"]] == ["revoked"]
    unknown = run_module("certificate_revoked", store=str(store), certificates=[{"name": "www", "version": "0009"}])
    assert "there is no version 0009" in unknown["msg"]


def test_staged_key_is_given_up(store: Path) -> None:
    """The first word that a certificate is to be revoked gives up the key that waits for the next one, and later words keep it."""
    mail = {"name": "mail", "identifiers": ["mail.example"]}
    mark = {"store": str(store), "certificates": [{"name": "mail", "version": "0001"}]}

    def staged() -> str:
        run_module("certificate_request", store=str(store), certificates=[mail])
        return (store / "mail/staged/privkey.pem").read_text()

    first = staged()
    run_module("certificate_revoked", check=True, state="pending", **mark)
    assert staged() == first
    run_module("certificate_revoked", state="pending", **mark)
    second = staged()
    run_module("certificate_revoked", state="revoked", **mark)
    assert first != second == staged()
