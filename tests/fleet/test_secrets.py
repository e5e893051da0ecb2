# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is in anything that runs write, nor in what others see of them, however talkative they are and whatever fails.

The runs are over web servers on loopback, where tasks run in Ansible's own process, and over booted hosts by ssh. When all are
done, everything that was written is searched for all secrets, among them each private key that is on any host by then.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any, NamedTuple

import pytest

from tests.integration.play import account_key
from tests.lab.host import Host
from tests.lab.loopback import LoopbackHost, LoopbackLab
from tests.lab.options import PebbleOptions
from tests.lab.paths import REPOSITORY

from . import playbook, secrecy, sites
from .fleet import Fleet, certificate
from .playbook import Run
from .secrecy import Place, Secret
from .watching import Watch

pytestmark = pytest.mark.hosts

# Others may run this at the same time, and what they write in /tmp is not what is looked for.
PASSPHRASE = f"correct horse: battery/{token_hex(8)}"
WRONG_PASSPHRASE = f"wrong horse: battery/{token_hex(8)}"
BINDING = {"kid": "customer-1", "key": token_urlsafe(48)}
WRONG_BINDING = {**BINDING, "key": token_urlsafe(48)}
OF_ACCOUNT = {
    "secret_passphrase": PASSPHRASE,
    "secret_wrong_passphrase": WRONG_PASSPHRASE,
    "secret_binding": BINDING,
}

OWN_PLAY = [
    {
        "name": "A play of its own",
        "hosts": "web",
        "gather_facts": True,
        "gather_subset": ["!all", "!min", "env", "user"],
        "roles": ["webpki.acme.ca_account", "webpki.acme.certificates"],
    }
]
#: Python starts with this where a run is to meet a fault: a message that quotes all that there is to quote.
FAULT = """
from cryptography.hazmat.primitives import serialization


def load(*args, **options):
    raise RuntimeError(f"a mistake with {args!r} and {options!r}")


serialization.load_pem_private_key = load
"""


def handing_over(store: str, faults: Path | str) -> list[dict[str, Any]]:
    """A play that gives private keys to modules: one that fits, some that do not, one amid a fault, and all that an account has."""
    entry = {"name": "handed", "fullchain": "{{ secret_chain }}", "private_key": "{{ secret_key }}"}
    wrong = {**entry, "name": "wrong", "private_key": "{{ secret_other_key }}"}
    broken = {**entry, "name": "broken", "private_key": "{{ secret_key | regex_replace('-----.*-----') }}"}

    def task(name: str, certificates: list[dict[str, str]], **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "webpki.acme.certificate_deploy": {"store": store, "certificates": certificates},
            "ignore_errors": True,
            **more,
        }

    account = {
        # Nothing listens there.
        "ca": "https://127.0.0.1:9/dir",
        "account_key": "{{ secret_account_key }}",
        "account_key_passphrase": "{{ secret_passphrase }}",
        "new_account_key": "{{ secret_account_key }}",
        "new_account_key_passphrase": "{{ secret_wrong_passphrase }}",
        "external_account_binding": "{{ secret_binding }}",
    }
    tasks: list[dict[str, Any]] = [
        task("Fits", [entry]),
        task("Does not fit", [wrong, broken]),
        task("Meets a fault", [{**entry, "name": "faulty"}], environment={"PYTHONPATH": str(faults)}),
        {"name": "Account", "webpki.acme.account": account, "ignore_errors": True},
    ]
    return [{"name": "Hand keys over", "hosts": "web", "gather_facts": False, "tasks": tasks}]


class Loud:
    """Runs that tell all they can; HERE takes what they write, and in `given` what secrets may stand in."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.given = here / "given"
        self.faults = here / "faults"
        self.runs: dict[str, Run] = {}
        self.watches: dict[str, Watch] = {}
        for directory in (self.given, self.faults):
            directory.mkdir(parents=True)
        (self.faults / "sitecustomize.py").write_text(FAULT)

    def run(
        self,
        name: str,
        hosts: Mapping[str, Mapping[str, Any]],
        secret: Mapping[str, Any],
        play: str | Sequence[Mapping[str, Any]] = playbook.RENEW,
        temporary: Sequence[Path] = (),
        **environment: str,
    ) -> Run:
        """Run a playbook over HOSTS, with SECRET as further variables, and watch it."""
        directory = self.here / name
        directory.mkdir()
        inventory = directory / "inventory.json"
        inventory.write_text(json.dumps({"all": {"children": {"web": {"hosts": hosts}}}}))
        given = self.given / f"{name}.json"
        given.write_text(json.dumps(secret))
        if not isinstance(play, str):
            (directory / "playbook.json").write_text(json.dumps(play))
            play = str(directory / "playbook.json")
        talkative = {
            "ANSIBLE_LOG_PATH": str(directory / "log"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(directory / "facts"),
            "ANSIBLE_CALLBACKS_ENABLED": "fleet_record,fleet_everything",
            "FLEET_EVERYTHING": str(directory / "everything.jsonl"),
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1",
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
            **environment,
        }
        watch = Watch([directory / ".ansible" / "tmp", *temporary])
        with watch:
            done = playbook.run(play, inventory, directory, "-vvvv", "--diff", "-e", f"@{given}", environment=talkative)
        self.runs[name], self.watches[name] = done, watch
        return done


class Told(NamedTuple):
    """All runs, all secrets, and all that was written, by place."""

    loud: Loud
    secrets: list[Secret]
    places: dict[str, list[Place]]
    #: What was on the second booted host after the run that kept its temporary files.
    kept: list[Place]
    #: Paths of private keys in stores: the only ones on hosts that may hold them.
    keys: set[Path]


def is_given(loud: Loud, path: Path) -> bool:
    """Whether a file is one that may hold secrets: those of the user, and private keys in a store."""
    in_store = path.name == "privkey.pem" and (path.parent.name == "staged" or path.parents[1].name == "versions")
    # The CA's own configuration has the keys of its customers.
    return path.parent == loud.given or in_store or path.name == "pebble.json"


def listed(host: LoopbackHost, name: str, *identifiers: str, **more: Any) -> dict[str, Any]:
    """An entry of acme_certificates for a host on loopback."""
    own = host.variables()
    more = {"reload": [own["lab_reload"]], "validate": own["lab_validate"], **more}
    return {**certificate(name, *identifiers), "webroot": str(host.webroot), **more}


def on_loopback(loud: Loud, lab: LoopbackLab) -> None:
    """The runs in which tasks run in Ansible's own process, and in that which talks to the CA."""
    first, second = lab.hosts.values()
    lab.start_hosts()
    for name, hosts in {"www": [first], "joined": [first, second], "spoilt": [first, second], "late": [first]}.items():
        lab.dns.add_a(f"{name}.example.test", *(host.address for host in hosts))
    # It leads to another host than the one that answers for it.
    lab.dns.add_a("astray.example.test", first.address)

    def hosts(*entries: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, dict[str, Any]]:
        common = {
            "acme_ca": lab.ca.directory_url,
            "acme_ca_bundle": str(lab.ca.ca_bundle),
            "acme_account_contact": ["mailto:admin@example.test"],
            "acme_terms_agreed": True,
            **more,
        }
        return {
            host.name: {**common, **host.variables(), "acme_certificates": own}
            for host, own in zip((first, second), entries)
        }

    pem = account_key(PASSPHRASE).decode()
    secret = {
        "acme_account_key": pem,
        "acme_account_key_passphrase": PASSPHRASE,
        "acme_external_account_binding": BINDING,
    }
    www, joined = listed(first, "www", key_type="rsa-2048"), listed(first, "joined", shared=True)
    also_joined = listed(second, "joined", shared=True)
    loud.run("issued", hosts([www, joined], [also_joined]), secret)

    shutil.rmtree(second.store / "joined")
    loud.run("copied", hosts([www, joined], [also_joined]), secret, OWN_PLAY, ANSIBLE_KEEP_REMOTE_FILES="1")

    spoilt = [listed(host, "spoilt", shared=True, validate="/bin/false") for host in (first, second)]
    blocked, astray = listed(first, "blocked", "blocked-domain.example"), listed(second, "astray")
    loud.run("refused", hosts([blocked, spoilt[0]], [astray, spoilt[1]]), secret)

    by_file = {"acme_account_key_file": str(loud.given / "unbound.pem")}
    loud.run("unbound", hosts([listed(first, "late")]), {**by_file, "acme_external_account_binding": WRONG_BINDING})
    wrong = {**secret, "acme_account_key_passphrase": WRONG_PASSPHRASE}
    loud.run("locked", hosts([listed(first, "late")]), wrong)

    # On the first host the key that waits for "late" meets the fault, for the others an account key: its text, its file.
    (loud.given / "account.pem").write_bytes(account_key())
    faulty = hosts([listed(first, "late")], [listed(second, "later")])
    faulty["own3"] = {**faulty[second.name], "acme_certificates": [listed(second, "last")]}
    faulty[second.name].update({name: f"{{{{ secret_{name} }}}}" for name in secret})
    faulty["own3"].update(acme_account_key_file=str(loud.given / "account.pem"))
    hidden = {f"secret_{name}": value for name, value in secret.items()}
    loud.run("faulty", faulty, hidden, PYTHONPATH=str(loud.faults))

    key, other = (first.store / name / "current" / "privkey.pem" for name in ("www", "joined"))
    chain = (first.store / "www" / "current" / "fullchain.pem").read_text()
    handed = {
        "secret_key": key.read_text(),
        "secret_other_key": other.read_text(),
        "secret_chain": chain,
        "secret_account_key": pem,
        **OF_ACCOUNT,
    }
    play = handing_over(str(first.store), loud.faults)
    loud.run("handed", hosts([]), handed, play)
    loud.run("handed-faulty", hosts([]), handed, play, PYTHONPATH=str(loud.faults))


def over_ssh(loud: Loud, fleet: Fleet) -> list[Place]:
    """The runs in which modules are sent to hosts; returns what a run that kept its temporary files left on the second one."""
    first, second = fleet.host("web1"), fleet.host("web2")
    temporary = [host.root / "root" / ".ansible" / "tmp" for host in (first, second)]
    common = {**fleet.connection, **fleet.acme}
    for name in ("acme_account_key_file", "ansible_ssh_pipelining"):
        common.pop(name)
    secret = {"acme_account_key": account_key().decode()}
    for host in (first, second):
        fleet.serve(host.name)

    def hosts(**entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        found = {
            name: {**common, "ansible_host": fleet.host(name).address, "acme_certificates": own}
            for name, own in entries.items()
        }
        fleet.point(found)
        return found

    def run(name: str, over: Mapping[str, Any], given: Mapping[str, Any], **more: Any) -> None:
        loud.run(name, over, given, temporary=temporary, **more)

    joined = certificate("joined", shared=True, reload=["nginx"])
    both = hosts(web1=[certificate("own", reload=["nginx"]), joined], web2=[joined])
    run("ssh", both, secret)
    run("ssh-kept", both, {**secret, "acme_force": ["joined"]}, ANSIBLE_KEEP_REMOTE_FILES="1")
    kept = list(secrecy.files(second.root / "root" / ".ansible"))
    for host in (first, second):
        host.ssh("rm -r /root/.ansible/tmp")
    run("ssh-pipelined", both, {**secret, "acme_force": ["joined"]}, ANSIBLE_PIPELINING="1")

    # One more host cannot be reached any more when it is to get the key.
    spoilt = certificate("spoilt", shared=True, validate="/bin/false")
    away = hosts(web1=[spoilt], web2=[spoilt])
    away["gone"] = {**away["web2"], "ansible_port": "{{ 9 if __certificates_keys is defined else 22 }}"}
    run("ssh-stopped", away, secret)

    faults = "/opt/faults"
    second.ssh(f"mkdir -p {faults}")
    (second.root / faults.lstrip("/") / "sitecustomize.py").write_text(FAULT)
    own, other = (first.root / "etc/webpki" / name / "current" for name in ("own", "joined"))
    handed = {
        "secret_key": (own / "privkey.pem").read_text(),
        "secret_other_key": (other / "privkey.pem").read_text(),
        "secret_chain": (own / "fullchain.pem").read_text(),
        "secret_account_key": secret["acme_account_key"],
        **OF_ACCOUNT,
    }
    run("ssh-handed", hosts(web2=[]), handed, play=handing_over(sites.STORE, faults))
    return kept


def written_on(host: Host, loud: Loud) -> Iterator[Place]:
    """All that was written on a booted host: on its disk, in its memory, and in its journal."""
    yield from secrecy.files(host.root.parent / "upper", lambda path: is_given(loud, path))
    for what in ("tar -c /tmp /run /dev/shm 2>/dev/null || true", "journalctl --no-pager -o export"):
        yield f"{host.name}: {what}", base64.b64decode(host.ssh(f"({what}) | base64 -w0"))


def private_keys(directories: Sequence[Path]) -> set[Path]:
    """The private keys in stores below directories."""
    found = {path for directory in directories for path in directory.rglob("privkey.pem")}
    return {path for path in found if path.is_file() and path.parent.name != "current"}


@pytest.fixture(scope="module")
def told(fleet: Fleet, lab_directory: Path) -> Iterator[Told]:
    """What all runs have told."""
    loud = Loud(lab_directory / "secrets")
    began = time.time()
    with LoopbackLab(
        loud.here / "loopback", ("own1", "own2"), PebbleOptions(eab_keys={BINDING["kid"]: BINDING["key"]})
    ) as lab:
        on_loopback(loud, lab)
    kept = over_ssh(loud, fleet)
    booted = [fleet.host(name) for name in ("web1", "web2")]

    keys = private_keys([loud.here / "loopback", *(host.root / "etc/webpki" for host in booted)])
    texts = {path.read_text(): path for path in sorted(keys)}
    secrets = [secrecy.private_key(f"the key {path}", text) for text, path in texts.items()]
    for name in ("unbound.pem", "account.pem"):
        secrets.append(secrecy.private_key(f"the account key {name}", (loud.given / name).read_text()))
    for name, passphrase in (("issued", PASSPHRASE), ("ssh", None)):
        pem = json.loads((loud.given / f"{name}.json").read_text())["acme_account_key"]
        secrets.append(secrecy.private_key(f"the account key of {name}", pem, passphrase))
    passwords = {"the passphrase": PASSPHRASE, "a wrong passphrase": WRONG_PASSPHRASE}
    passwords |= {"the binding": BINDING["key"], "a wrong binding": WRONG_BINDING["key"]}
    secrets += [secrecy.password(name, text) for name, text in passwords.items()]

    places: dict[str, list[Place]] = {
        name: list(secrecy.files(loud.here / name, lambda path: is_given(loud, path))) for name in loud.runs
    }
    places["the hosts on loopback and their CA"] = list(
        secrecy.files(loud.here / "loopback", lambda path: is_given(loud, path))
    )
    places.update({host.name: list(written_on(host, loud)) for host in booted})
    places["processes"] = [place for watch in loud.watches.values() for place in watch.places()]
    # The repository may lie there too, with the disks of the hosts, which are places of their own.
    places["temporary files of this machine"] = [
        place
        for name in ("/tmp", "/var/tmp", "/dev/shm")
        for place in secrecy.files(Path(name), lambda path: path.is_relative_to(REPOSITORY), since=began)
    ]
    places["the CA of the booted hosts"] = list(
        secrecy.files(fleet.lab.ca.directory, lambda path: path.suffix != ".log")
    )
    yield Told(loud, secrets, places, kept, keys)
    for host in booted:
        host.ssh("rm -rf /opt/faults /root/.ansible")


#: Run -> the hosts that fail, and what is told there: the run did what it is here for.
RUNS: dict[str, tuple[set[str], list[str]]] = {
    "issued": (set(), ["Read the keys of shared certificates"]),
    "copied": (set(), ["Read the keys of shared certificates", "AnsiballZ_slurp.py"]),
    "refused": ({"own1", "own2"}, ["blocked: ", "astray: ", "spoilt: rolled back, as '/bin/false' failed"]),
    "unbound": ({"own1"}, ["late: could not create the account"]),
    "locked": ({"own1"}, ["late: ", "the account key cannot be decrypted", "Check the passphrase"]),
    "faulty": ({"own1", "own2", "own3"}, ["a mistake with", "later: ", "last: "]),
    "handed": (set(), ["2 of 2 certificates failed", "holds no private key", "Connection refused"]),
    "handed-faulty": (set(), ["a mistake with"]),
    "ssh": (set(), ["Read the keys of shared certificates", "AnsiballZ_certificate_deploy.py"]),
    "ssh-kept": (set(), ["AnsiballZ_certificate_deploy.py"]),
    "ssh-pipelined": (set(), ["Read the keys of shared certificates"]),
    "ssh-stopped": ({"web1", "web2", "gone"}, ["rolled back, as '/bin/false' failed", "port 9: Connection refused"]),
    "ssh-handed": (set(), ["holds no private key", "a mistake with", "Python library (requests)"]),
}
PLACES = [
    *RUNS,
    "the hosts on loopback and their CA",
    "web1",
    "web2",
    "processes",
    "temporary files of this machine",
    "the CA of the booted hosts",
]


@pytest.mark.parametrize("name", RUNS)
def test_run(told: Told, name: str) -> None:
    """Each run met what it is here for."""
    failed, words = RUNS[name]
    run = told.loud.runs[name]
    assert run.failed() == failed, run.screen
    assert [word for word in words if word not in run.screen] == []


@pytest.mark.parametrize("name", PLACES)
def test_no_secret(told: Told, name: str) -> None:
    """No secret is in what was written, and on no process, outside of the files that are there for it."""
    assert told.places[name] or name == "temporary files of this machine"
    assert secrecy.found(told.secrets, told.places[name]) == []


def test_everything_was_written(told: Told) -> None:
    """Each run wrote a log, a fact cache and all results, so that there was something to search."""
    for name in RUNS:
        directory = told.loud.here / name
        assert (directory / "log").stat().st_size > 10000
        assert "Find out which certificates are due" in (directory / "everything.jsonl").read_text() or "handed" in name
    assert list((told.loud.here / "copied" / "facts").iterdir())
    assert len(told.secrets) > 15


def test_kept_files(told: Told) -> None:
    """With ANSIBLE_KEEP_REMOTE_FILES, which asks for it, the key of a shared certificate stays in what was sent to install it."""
    lines = secrecy.found(told.secrets, told.kept)
    assert lines
    places = {line.partition(": ")[0] for line in lines}
    assert all(place.endswith("/AnsiballZ_certificate_deploy.py") for place in places)
    assert not any("account key" in line for line in lines)
    names = {os.path.basename(place) for place, _data in told.kept}
    assert {"AnsiballZ_certificate_request.py", "AnsiballZ_certificate_deploy.py"} <= names


def test_temporary_directories(told: Told) -> None:
    """Directories for temporary files, here and on hosts, are open to their owner only."""
    modes = {path: mode for watch in told.loud.watches.values() for path, mode in watch.modes.items()}
    for kind in ("ansible-local-", "ansible-tmp-"):
        assert any(os.path.basename(path).startswith(kind) for path in modes)
    assert {path: oct(mode) for path, mode in modes.items() if mode != 0o700} == {}


def test_pipelining(told: Told) -> None:
    """With ANSIBLE_PIPELINING the key of a shared certificate is in no temporary file of a host, as there are none."""
    assert [path for path in told.loud.watches["ssh-pipelined"].modes if "ansible-tmp" in path] == []
    assert [path for path in told.loud.watches["ssh"].modes if "ansible-tmp" in path] != []


@pytest.mark.parametrize("name", ["issued", "ssh"])
def test_socket(told: Told, name: str) -> None:
    """Nobody but its owner and root can connect to the process that talks to the CA."""
    assert told.loud.watches[name].connected == {65534: errno.EACCES, 0: 0}


def test_processes_were_seen(told: Told) -> None:
    """The watch saw the processes of runs: of Ansible, of ssh, and of modules on hosts."""
    for name in ("ssh", "ssh-stopped"):
        seen = b"\n".join(told.loud.watches[name].processes)
        assert b"ansible-playbook\0" in seen
        assert b"AnsiballZ_certificate_request.py" in seen
        assert b"ANSIBLE_LOG_PATH=" in seen


def test_search_finds_files(told: Told, tmp_path: Path) -> None:
    """The search finds each secret in each form, in a file and in the name of one, and tells where."""
    for secret in told.secrets:
        for form, needle in secret.forms.items():
            data = b"before " + needle + b" behind"
            assert f"there: {secret.name} ({form})" in secrecy.found([secret], [("there", data)])
    path = tmp_path / "deep" / PASSPHRASE.replace("/", "%2F")
    path.parent.mkdir()
    path.write_bytes(base64.b64encode(b"..." + BINDING["key"].encode()))
    lines = secrecy.found(told.secrets, secrecy.files(tmp_path))
    assert {line.rpartition(": ")[2].partition(" (")[0] for line in lines} >= {"the binding"}


def test_search_finds_keys(told: Told) -> None:
    """Without the list of files that may hold them, the search finds every private key where it lies, on all hosts."""
    places = [(str(path), path.read_bytes()) for path in told.keys]
    lines = secrecy.found(told.secrets, places)
    assert {line.partition(": ")[0] for line in lines} == {str(path) for path in told.keys}


def test_search_finds_processes(told: Told) -> None:
    """The watch and the search find a secret among the arguments, and in the environment, of a process of half a second."""
    for arguments, environment in ((["sleep", "0.5", PASSPHRASE], {}), (["sleep", "0.5"], {"PLANTED": PASSPHRASE})):
        watch = Watch([])
        with watch:
            program = ["sh", "-c", 'sleep "$1"', *arguments]
            subprocess.run(program, env={**os.environ, **environment}, check=True)
        assert any("the passphrase (text)" in line for line in secrecy.found(told.secrets, watch.places()))


def test_search_finds_on_hosts(told: Told, fleet: Fleet) -> None:
    """The search finds a secret in the memory, on the disk and in the journal of a booted host."""
    host = fleet.host("web1")
    planted = f"printf %s '{PASSPHRASE}'"
    host.ssh(f"{planted} > /tmp/planted; {planted} > /root/planted; {planted} | logger")
    lines = secrecy.found(told.secrets, written_on(host, told.loud))
    host.ssh("rm /tmp/planted /root/planted")
    for place in ("/upper/root/planted: ", "tar -c /tmp", "journalctl"):
        assert any(place in line and line.endswith("the passphrase (text)") for line in lines), lines
