# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates that are switched together, and switched back together."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import certificate as certificates
from ansible_collections.webpki.acme.plugins.module_utils._store import deployment, due, files, installed, layout, plan
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store import request as requests
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer

NAMES = ("a.example",)


class Renewal:
    """Certificates of one store that are renewed together."""

    def __init__(self, store: str, issuer: Issuer, now: datetime) -> None:
        self.store = store
        self.issuer = issuer
        self.now = now

    def plan(self, name: str, **more: Any) -> plan.Plan:
        """What deploying a new certificate for a new key would change."""
        place = layout.home(self.store, name)
        csr = requests.stage(place, installed.load(place), due.Wanted(NAMES)).csr
        return plan.make(place, plan.Delivery(name, self.issuer.answer(csr), **more), self.now)

    def carry_out(self, *names: str, keep: int = 3, failure: str = "", **more: Any) -> list[deployment.Outcome]:
        plans = [self.plan(name, **more) for name in names]
        return deployment.carry_out(plans, lambda: StoreError(failure) if failure else None, keep)


@pytest.fixture
def renewal(tmp_path: Path, issuer: Issuer, now: datetime) -> Renewal:
    return Renewal(str(tmp_path / "store"), issuer, now)


def tree(directory: str) -> dict[str, str]:
    """All files and links below a directory, with their content, mode, or target."""
    found = {}
    for path in Path(directory).rglob("*"):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file():
            found[str(path)] = f"{stat.S_IMODE(path.stat().st_mode):o} {path.read_text()}"
    return found


def test_first_and_second(renewal: Renewal) -> None:
    """Every deployment is a new version; the staged key is cleared away when it is in use."""
    for version in ("0001", "0002"):
        (outcome,) = renewal.carry_out("www")
        place = outcome.plan.place
        assert (outcome.version, outcome.changed, outcome.error) == (version, True, None)
        assert sorted(os.listdir(place.directory)) == ["current", "versions"]
        present = installed.load(place)
        assert present is not None
        assert present.version == version
        assert present.facts is not None
        assert present.facts.key_matches


@pytest.mark.parametrize("end", [KeyboardInterrupt, TimeoutError])
def test_test_that_is_ended(renewal: Renewal, end: type[BaseException]) -> None:
    """When the test of the configuration is ended, by an interrupt or a time limit, what it has not tested does not stay."""
    renewal.carry_out("www", "api")
    before = tree(renewal.store)
    plans = [renewal.plan(name) for name in ("www", "api")]

    def test() -> StoreError | None:
        raise end

    with pytest.raises(end):
        deployment.carry_out(plans, test, 3)
    assert {path: text for path, text in tree(renewal.store).items() if "/staged/" not in path} == before


def test_unfinished_until_in_use(renewal: Renewal) -> None:
    """Until what uses a certificate is done a deployment counts as unfinished, and it is done once for all."""
    seen = []

    def use(plans: Sequence[plan.Plan]) -> dict[str, StoreError]:
        seen.append([layout.is_unfinished(one.place) for one in plans])
        return {}

    outcomes = deployment.carry_out([renewal.plan("www"), renewal.plan("api")], lambda: None, 3, use)
    assert seen == [[True, True]]
    assert [os.path.lexists(outcome.plan.place.staged) for outcome in outcomes] == [False, False]


def test_not_in_use(renewal: Renewal) -> None:
    """What is not in use stays in place, but unfinished until it is carried out again, which changes no file."""
    nobody = StoreError("nobody serves it")
    outcome, other = deployment.carry_out(
        [renewal.plan("www"), renewal.plan("api")], lambda: None, 3, lambda _plans: {"www": nobody}
    )
    assert (outcome.version, outcome.changed, outcome.error, other.error) == ("0001", True, nobody, None)
    assert not os.path.lexists(other.plan.place.staged)
    place = outcome.plan.place
    assert layout.is_unfinished(place)
    current = installed.load(place)
    assert current is not None
    again = plan.make(place, plan.Delivery("www", certificates.to_pem(*current.chain).decode()), renewal.now)
    assert (again.changed, again.contents) == (True, {})
    deployment.carry_out([again], lambda: None, 3)
    assert not layout.is_unfinished(place)
    assert sorted(os.listdir(place.directory)) == ["current", "versions"]


def test_still_not_in_use(renewal: Renewal) -> None:
    """A further request, whatever becomes of it, does not make one forget that the certificate is not in use."""
    unused = {"www": StoreError("nobody serves it")}
    (outcome,) = deployment.carry_out([renewal.plan("www")], lambda: None, 3, lambda _plans: unused)
    place = outcome.plan.place
    further = renewal.plan("www")
    assert layout.is_unfinished(place)
    (outcome,) = deployment.carry_out([further], lambda: StoreError("broken"), 3)
    assert layout.is_unfinished(place)
    (outcome,) = deployment.carry_out([further], lambda: None, 3)
    assert not layout.is_unfinished(place)
    assert not os.path.lexists(place.staged)


def test_a_mode_that_nobody_took_up(renewal: Renewal) -> None:
    """What changes the files only is unfinished too, when the test fails after it."""
    (outcome,) = renewal.carry_out("www")
    place = outcome.plan.place
    present = installed.load(place)
    assert present is not None and present.fullchain is not None
    delivery = plan.Delivery("www", present.fullchain, access=files.Access(0o640))
    deployment.carry_out([plan.make(place, delivery, renewal.now)], lambda: StoreError("broken"), 3)
    assert layout.is_unfinished(place)
    deployment.carry_out([plan.make(place, delivery, renewal.now)], lambda: None, 3)
    assert not os.path.lexists(place.staged)


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_text("other")])
def test_placeholder_for_damaged_files(renewal: Renewal, change: Callable[[Path], object]) -> None:
    """Who wants a placeholder does not touch a certificate that is there, be it damaged."""
    (outcome,) = renewal.carry_out("www")
    change(Path(outcome.plan.place.current, "chain.pem"))
    assert not plan.make(outcome.plan.place, plan.Delivery("www", identifiers=NAMES), renewal.now).changed


@pytest.mark.parametrize("file", ["certificate.pem", "chain.pem"])
@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_text("other")])
def test_damaged_files(renewal: Renewal, file: str, change: Callable[[Path], object]) -> None:
    """A file that is not what the full chain says is put right by a new version, without a new certificate."""
    (outcome,) = renewal.carry_out("www")
    place = outcome.plan.place
    path = Path(place.current, file)
    before = path.read_text()
    change(path)
    present = installed.load(place)
    assert present is not None
    assert [os.path.basename(damaged) for damaged in present.damaged()] == [file]
    assert present.fullchain is not None
    (outcome,) = deployment.carry_out(
        [plan.make(place, plan.Delivery("www", present.fullchain), renewal.now)], lambda: None, 3
    )
    assert (outcome.version, path.read_text()) == ("0002", before)


def test_modes(renewal: Renewal) -> None:
    """The private key has the mode asked for, everything else can be read by all."""
    (outcome,) = renewal.carry_out("www", access=files.Access(0o640))
    version = Path(outcome.plan.place.current)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in version.iterdir()}
    assert modes.pop("privkey.pem") == 0o640
    assert set(modes.values()) == {0o644}


@pytest.mark.parametrize(("keep", "left"), [(1, ["0004"]), (3, ["0002", "0003", "0004"])])
def test_keep(renewal: Renewal, keep: int, left: list[str]) -> None:
    """As many versions stay as asked for, the current one included."""
    for _number in range(4):
        (outcome,) = renewal.carry_out("www", keep=keep)
    assert layout.version_numbers(outcome.plan.place) == left


def test_roll_back(renewal: Renewal, tmp_path: Path) -> None:
    """When the test fails, all certificates and links are as before; keys and what was issued for them still wait."""
    links = {"fullchain": str(tmp_path / "www.pem"), "privkey": str(tmp_path / "www.key")}
    os.symlink("/elsewhere", links["privkey"])
    renewal.carry_out("mail")
    plans = [renewal.plan("mail"), renewal.plan("www", links=links)]
    before = tree(str(tmp_path))
    outcomes = deployment.carry_out(plans, lambda: StoreError("nginx is not happy"), 3)
    after = tree(str(tmp_path))
    for planned in plans:
        for file in ("fullchain.pem", "issuance.json"):
            assert after.pop(planned.place.in_staged(file)) == f"600 {planned.contents[file][0].decode()}"
    assert after == before
    assert [(outcome.version, outcome.changed) for outcome in outcomes] == [("0001", False), (None, False)]
    assert all(str(outcome.error) == "nginx is not happy" for outcome in outcomes)
    assert [outcome.version for outcome in deployment.carry_out(plans, lambda: None, 3)] == ["0002", "0001"]


def test_the_test_sees_the_new_certificates(renewal: Renewal) -> None:
    """The test runs once, after all certificates are switched."""
    plans = [renewal.plan("www"), renewal.plan("mail")]
    seen = []

    def validate() -> None:
        seen.append([layout.current_version(planned.place) for planned in plans])

    deployment.carry_out(plans, validate, 3)
    assert seen == [["0001", "0001"]]


def test_nothing_to_test(renewal: Renewal) -> None:
    """Where nothing changes, nothing is tested."""
    (outcome,) = renewal.carry_out("www")
    delivery = plan.Delivery("www", Path(outcome.plan.place.current, "fullchain.pem").read_text())
    same = plan.make(outcome.plan.place, delivery, renewal.now)
    (outcome,) = deployment.carry_out([same], lambda: StoreError("was tested"), 3)
    assert (outcome.changed, outcome.error) == (False, None)


def test_one_fails(renewal: Renewal, tmp_path: Path) -> None:
    """A certificate that cannot be put in place is put back alone; the others go on."""
    links = {"fullchain": str(tmp_path / "links" / "www.pem")}
    (tmp_path / "links").mkdir()
    plans = [renewal.plan("www", links=links), renewal.plan("mail")]
    (tmp_path / "links").rmdir()
    www, mail = deployment.carry_out(plans, lambda: None, 3)
    assert mail.error is None
    assert mail.version == "0001"
    assert www.error is not None
    assert "cannot" in www.error.message
    assert (www.version, www.changed) == (None, False)
    assert sorted(os.listdir(www.plan.place.directory)) == ["staged", "versions"]
    assert os.listdir(www.plan.place.versions) == []


# Python 3.12 and later warn of forks beside threads; the child here only reads files.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_readers_during_switches(renewal: Renewal) -> None:
    """Whoever reads while certificates are switched finds a key and a certificate that belong together."""
    (outcome,) = renewal.carry_out("www")
    place = outcome.plan.place
    reader = os.fork()
    if reader == 0:
        good = True
        while good and not os.path.exists(place.directory + "/stop"):
            present = installed.load(place)
            good = present is not None and present.facts is not None and present.facts.key_matches is True
        os._exit(0 if good else 1)
    for _number in range(40):
        renewal.carry_out("www", keep=10)
    Path(place.directory, "stop").touch()
    assert os.waitpid(reader, 0)[1] == 0


def test_shared_key(renewal: Renewal, issuer: Issuer) -> None:
    """A certificate and key that were made elsewhere are put in place whatever is staged, and wait there when taken back."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    place = layout.home(renewal.store, "shared")
    delivery = plan.Delivery("shared", issuer.fullchain(key.public_key(), list(NAMES)), keys.to_pem(key).decode())
    requests.stage(place, None, due.Wanted(NAMES))
    planned = plan.make(place, delivery, renewal.now)
    deployment.carry_out([planned], lambda: StoreError("nginx is not happy"), 3)
    assert sorted(os.listdir(place.staged)) == ["fullchain.pem", "issuance.json", "privkey.pem"]
    assert Path(place.in_staged("privkey.pem")).read_bytes() == keys.to_pem(key)
    deployment.carry_out([planned], lambda: None, 3)
    assert Path(place.current, "privkey.pem").read_bytes() == keys.to_pem(key)
    assert not plan.make(place, delivery, renewal.now).changed


class Server:
    """What uses certificates: those that it does not take, and in which version it was told of each, again and again."""

    def __init__(self, *stubborn: str) -> None:
        self.unused = {name: StoreError("it serves another certificate", "Look.") for name in stubborn}
        self.told: list[list[tuple[str, str | None]]] = []
        self.trouble: dict[str, StoreError] = {}

    def use(self, plans: Sequence[plan.Plan]) -> dict[str, StoreError]:
        self.told.append([(one.place.name, layout.current_version(one.place)) for one in plans])
        return self.unused

    def tell(self, plans: Sequence[plan.Plan]) -> dict[str, StoreError]:
        self.use(plans)
        return self.trouble

    def going_back(self, *names: str, days: float = 0) -> deployment.GoingBack:
        return deployment.GoingBack(names, self.tell, datetime.now(timezone.utc) + timedelta(days=days))


def test_going_back(renewal: Renewal) -> None:
    """Of what is not in use those come back that may, told to who uses them; the others stay, or are in use."""
    renewal.carry_out("www", "api", "mail")
    before = tree(renewal.store)
    server = Server("www", "mail")
    plans = [renewal.plan(name) for name in ("www", "api", "mail")]
    www, api, mail = deployment.carry_out(plans, lambda: None, 3, server.use, server.going_back("www", "api"))
    assert server.told == [[("www", "0002"), ("api", "0002"), ("mail", "0002")], [("www", "0001")]]
    assert (www.version, www.changed) == ("0001", False)
    assert str(www.error).startswith("it serves another certificate; version 0001 is in place again. Mend that")
    assert (api.version, api.changed, api.error) == ("0002", True, None)
    assert not os.path.lexists(api.plan.place.staged)
    assert (mail.version, mail.changed, mail.error) == ("0002", True, server.unused["mail"])

    def of_www(files_: dict[str, str]) -> dict[str, str]:
        return {path: text for path, text in files_.items() if "/www/" in path and "/staged/" not in path}

    assert of_www(tree(renewal.store)) == of_www(before)


def test_going_back_is_made_up_for(renewal: Renewal) -> None:
    """What was taken back waits with its key, for a run that needs no new order, and is then in use and finished."""
    renewal.carry_out("www")
    server = Server("www")
    planned = renewal.plan("www")
    deployment.carry_out([planned], lambda: None, 3, server.use, server.going_back("www"))
    place = planned.place
    waiting = requests.issued(place, installed.load(place), due.Wanted(NAMES), renewal.now)
    assert waiting is not None and waiting.fullchain is not None
    assert waiting.facts == planned.facts
    again = plan.make(place, plan.Delivery("www", waiting.fullchain), renewal.now)
    happy = Server()
    (outcome,) = deployment.carry_out([again], lambda: None, 3, happy.use, happy.going_back("www"))
    assert (outcome.version, outcome.changed, outcome.error) == ("0002", True, None)
    assert sorted(os.listdir(place.directory)) == ["current", "versions"]


def test_nowhere_to_go_back(renewal: Renewal) -> None:
    """The first version stays though it is not in use, and so does one that another run has switched to."""
    for _run in range(2):
        server = Server("www")
        place = layout.home(renewal.store, "www")
        present = installed.load(place)
        planned = (
            plan.make(place, plan.Delivery("www", present.fullchain), renewal.now) if present else renewal.plan("www")
        )
        (outcome,) = deployment.carry_out([planned], lambda: None, 3, server.use, server.going_back("www"))
        assert (outcome.version, outcome.changed, outcome.error) == ("0001", True, server.unused["www"])
        assert server.told == [[("www", "0001")]]
        assert layout.is_unfinished(place)


def test_not_back_to_what_has_expired(renewal: Renewal) -> None:
    """A version that has expired is nothing to go back to: the new one stays."""
    renewal.carry_out("www")
    server = Server("www")
    going_back = server.going_back("www", days=1000)
    (outcome,) = deployment.carry_out([renewal.plan("www")], lambda: None, 3, server.use, going_back)
    assert (outcome.version, outcome.changed, outcome.error) == ("0002", True, server.unused["www"])


def test_back_to_the_placeholder(renewal: Renewal) -> None:
    """A placeholder is a version to go back to."""
    place = layout.home(renewal.store, "www")
    deployment.carry_out([plan.make(place, plan.Delivery("www", identifiers=NAMES), renewal.now)], lambda: None, 3)
    server = Server("www")
    (outcome,) = deployment.carry_out([renewal.plan("www")], lambda: None, 3, server.use, server.going_back("www"))
    present = installed.load(place)
    assert present is not None and present.facts is not None
    assert (outcome.version, present.facts.self_signed) == ("0001", True)


@pytest.mark.parametrize("taken", [True, False])
def test_keeps_the_way_back(renewal: Renewal, taken: bool) -> None:
    """However few versions are to stay, the one before does until the new one is in use."""
    renewal.carry_out("www", keep=1)
    server = Server(*([] if taken else ["www"]))
    (outcome,) = deployment.carry_out([renewal.plan("www")], lambda: None, 1, server.use, server.going_back("www"))
    assert layout.version_numbers(outcome.plan.place) == ["0002" if taken else "0001"]


def test_trouble_on_the_way_back(renewal: Renewal) -> None:
    """When what uses a certificate cannot be told that it went back, both are said."""
    renewal.carry_out("www")
    server = Server("www")
    server.trouble = {"www": StoreError("nginx could not be reloaded")}
    (outcome,) = deployment.carry_out([renewal.plan("www")], lambda: None, 3, server.use, server.going_back("www"))
    assert outcome.version == "0001"
    assert "version 0001 is in place again, but not in use: nginx could not be reloaded" in str(outcome.error)


def test_ended_before_it_went_back(renewal: Renewal) -> None:
    """A run that is ended while it looks leaves what the next one needs: the new version in place, unfinished."""
    renewal.carry_out("www")
    planned = renewal.plan("www")

    def look(_plans: Sequence[plan.Plan]) -> dict[str, StoreError]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deployment.carry_out([planned], lambda: None, 3, look, Server().going_back("www"))
    assert layout.current_version(planned.place) == "0002"
    assert layout.is_unfinished(planned.place)
    present = installed.load(planned.place)
    assert present is not None and present.fullchain is not None
    again = plan.make(planned.place, plan.Delivery("www", present.fullchain), renewal.now)
    assert (again.changed, again.contents) == (True, {})
    (outcome,) = deployment.carry_out([again], lambda: None, 3, Server().use)
    assert outcome.error is None
    assert not os.path.lexists(planned.place.staged)
