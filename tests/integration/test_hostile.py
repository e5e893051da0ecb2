# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One play with a CA, a web user and another user of the host who mean harm: what is left of it on disk, screen and log."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fleet import playbook
from tests.unit.issuer import name as subject
from tests.unit.scripted_ca import Reply, Request, ScriptedCA, reply

#: What steers a terminal, and what would be a line of Ansible's own.
STEERING = "\x1b[2J\x1b]0;owned\x07\x9b1m\u202e\r"
FORGED = "\nok: [forged] => all is well\nPLAY RECAP forged"
JINJA = "{{ lookup('pipe', 'touch TOUCHED') }}{% set x = 1 %}"
ALL = STEERING + FORGED + JINJA
#: Whose webroot and store it is, where it is not root's.
STRANGER = 12345
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"


class Case(NamedTuple):
    """What the CA answers to newOrder (or, of that, what differs), what differs in the authorization, and what is then said."""

    says: str
    order: dict[str, Any] | Reply = {}
    authorization: dict[str, Any] = {}
    challenge: dict[str, Any] = {}


def problem(**texts: Any) -> Reply:
    return reply({"type": "urn:ietf:params:acme:error:malformed", **texts}, 400)


IDENTIFIER = {"type": "dns", "value": "victim.example"}
#: INSIDE stands for the URL of a host that the CA's bundle does not vouch for.
CASES: dict[str, Case] = {
    "authorization-http": Case("https URL must stand", {"authorizations": ["http://localhost/authz"]}),
    "authorization-file": Case("https URL must stand", {"authorizations": ["file:///etc/shadow"]}),
    "authorization-inside": Case("cannot be trusted", {"authorizations": ["INSIDE"]}),
    "authorization-many": Case("https URL must stand", {"authorizations": ["https://localhost/x"] * 9 + ["//x"]}),
    "finalize-http": Case("https URL must stand", {"finalize": "http://localhost/finalize"}),
    "finalize-script": Case("https URL must stand", {"finalize": "javascript:alert(1)"}),
    "certificate-file": Case("https URL must stand", {"certificate": "file:///etc/shadow"}),
    "challenge-http": Case("https URL must stand", challenge={"url": "http://169.254.169.254/latest/meta-data"}),
    "other-names": Case("for other names", {"identifiers": [IDENTIFIER]}),
    "more-names": Case(
        "for other names", {"identifiers": [IDENTIFIER, {"type": "dns", "value": "more-names.example"}]}
    ),
    "not-asked-for": Case("proof for victim.example", authorization={"identifier": IDENTIFIER}),
    "not-asked-for-wildcard": Case("proof for *.", authorization={"wildcard": True}),
    "not-asked-for-words": Case("proof for \\x1b", authorization={"identifier": {"type": "dns", "value": ALL}}),
    "token-path": Case("not base64url", challenge={"token": "../../etc/cron.d/x"}),
    "token-absolute": Case("not base64url", challenge={"token": "/etc/cron.d/x"}),
    "token-nul": Case("not base64url", challenge={"token": "a\0b"}),
    "token-line": Case("not base64url", challenge={"token": "a\nb"}),
    "token-words": Case("not base64url", challenge={"token": ALL}),
    "token-megabyte": Case("not base64url", challenge={"token": "a" * 900_000}),
    "token-number": Case("not base64url", challenge={"token": 1}),
    "redirect-301": Case("301", Reply(status=301, headers=(("Location", "INSIDE"),))),
    "redirect-302": Case("302", Reply(status=302, headers=(("Location", "INSIDE"),))),
    "redirect-307": Case("307", Reply(status=307, headers=(("Location", "INSIDE"),))),
    "redirect-308": Case("308", Reply(status=308, headers=(("Location", "INSIDE"),))),
    "words-detail": Case("\\x1b[2J", problem(detail=ALL)),
    "words-title": Case("\\x1b[2J", problem(title=ALL)),
    "words-type": Case("\\x1b[2J", reply({"type": ALL, "detail": "so it is"}, 400)),
    "words-name": Case("\\x1b[2J", problem(detail="x", identifier={"type": "dns", "value": ALL})),
    "words-parts": Case("\\x1b[2J", problem(detail="x", subproblems=[{"type": "x", "detail": ALL}] * 50)),
    "words-status": Case("for other names", {"status": ALL, "identifiers": [{"type": "dns", "value": ALL}]}),
    "words-content": Case("without a problem document", reply("<html>", 400, **{"Content-Type": "text/\x1b[2Jhtml"})),
    "words-megabyte": Case("xxx", problem(detail="x" * 900_000)),
    "deep": Case("not a JSON object", reply("[" * 500_000, 201, Location="/order/deep")),
    "not-utf-8": Case("not a JSON object", reply(b'{"status": "\xff"}', 201, Location="/order/bytes")),
}
#: Tokens that a task further on could be given, and what is in the way in the webroot: a name for each, and what is said.
PLACED = {
    "../../etc/cron.d/x": "is not base64url",
    "a\0b": "is not base64url",
    "a\nb": "is not base64url",
    "x" * 20_000: "is not base64url",
    "\x1b[2J": "is not base64url",
}
TRAPS = {
    "well-known": (".well-known", "symbolic link or no directory"),
    "acme-challenge": (".well-known/acme-challenge", "symbolic link or no directory"),
    "file": (f".well-known/acme-challenge/{TOKEN}", None),
}


class Outcome(NamedTuple):
    """The run, and the world around it."""

    run: playbook.Run
    here: Path
    ca: ScriptedCA
    inside: ScriptedCA
    log: str


def context(name: str) -> tuple[ssl.SSLContext, trustme.CA]:
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, key_type=trustme.KeyType.ECDSA).configure_cert(made)
    return made, authority


def serve(ca: ScriptedCA, inside: ScriptedCA) -> None:
    """Answer as CASES says, for the first label of the name that is asked for."""

    def filled(value: Any) -> Any:
        return json.loads(json.dumps(value).replace("INSIDE", inside.url("/admin")))

    def new_order(request: Request) -> Reply:
        (asked,) = request.payload["identifiers"]
        case = asked["value"].partition(".")[0]
        answer = CASES[case].order
        if isinstance(answer, Reply):
            headers = tuple((name, value.replace("INSIDE", inside.url("/admin"))) for name, value in answer.headers)
            return Reply(answer.body, answer.status, headers)
        usual = {
            "status": "pending",
            "identifiers": [asked],
            "authorizations": [ca.url(f"/authz/{case}")],
            "finalize": ca.url("/finalize"),
        }
        return reply({**usual, **filled(answer)}, 201, Location=ca.url(f"/order/{case}"))

    def new_account(request: Request) -> Reply:
        ca.accounts[ca.url("/account")] = request.protected["jwk"]
        return reply({"status": "valid"}, Location=ca.url("/account"))

    ca.on("/new-account", new_account)
    ca.on("/new-order", new_order)
    for number, (name, case) in enumerate(CASES.items()):
        own = {"type": "http-01", "url": ca.url(f"/challenge/{number}"), "status": "pending", "token": "a-token"}
        usual = {"status": "pending", "identifier": {"type": "dns", "value": f"{name}.example"}}
        ca.on(f"/authz/{name}", reply({**usual, "challenges": [{**own, **case.challenge}], **case.authorization}))


def chain(key: Any) -> str:
    """A certificate for a.example whose issuer's name means harm."""
    now = datetime.now(timezone.utc)
    issuer = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(subject("a.example"))
        .issuer_name(subject((STEERING + FORGED)[:60]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("a.example")]), critical=False)
        .sign(issuer, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def traps(here: Path) -> None:
    """A webroot for each trap, of another user's, with a link to where root's files are."""
    precious = here / "precious"
    (precious / "acme-challenge").mkdir(parents=True)
    for path in (precious / TOKEN, precious / "acme-challenge" / TOKEN):
        path.write_text("precious")
    for name, (place, _said) in TRAPS.items():
        trap = here / name / place
        trap.parent.mkdir(parents=True)
        trap.symlink_to(precious / TOKEN if name == "file" else precious)
        if os.geteuid() == 0:
            for path in (here / name, *(here / name).rglob("*")):
                os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


def tasks(here: Path) -> list[dict[str, Any]]:
    key = keys.generate(keys.KeyType.ECDSA_P256)
    item = {"name": "www", "fullchain": chain(key), "private_key": keys.to_pem(key).decode()}
    tokens = [{"webroot": str(here / "root"), "token": token, "content": "x"} for token in PLACED]
    trapped = [{"webroot": str(here / name), "token": TOKEN, "content": "x"} for name in TRAPS]
    orders = [{"name": name, "identifiers": [f"{name}.example"]} for name in CASES]
    wanted = [{"name": "www", "identifiers": ["a.example"]}]
    return [
        {"name": "order", "webpki.acme.order": {"orders": orders, "take_up": False}, "register": "ordered"},
        {"name": "repeat", "ansible.builtin.debug": {"msg": "{{ ordered.msg }}"}},
        {"name": "tokens", "webpki.acme.challenge_webroot": {"challenges": tokens}},
        {"name": "trapped", "webpki.acme.challenge_webroot": {"challenges": trapped}},
        {"name": "freed", "webpki.acme.challenge_webroot": {"challenges": trapped, "state": "absent"}},
        {"name": "deploy", "webpki.acme.certificate_deploy": {"store": str(here / "store"), "certificates": [item]}},
        {"name": "open", "ansible.builtin.file": {"path": str(here / "store"), "mode": "0777"}},
        {"name": "closed", "webpki.acme.certificate_request": {"store": str(here / "store"), "certificates": wanted}},
        {
            "name": "foreign",
            "webpki.acme.certificate_request": {"store": str(here / "well-known"), "certificates": wanted},
        },
    ]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """All of it in one play, as verbose as can be, with a log."""
    here = tmp_path_factory.mktemp("hostile")
    (here / "root").mkdir()
    traps(here)
    trusted, authority = context("localhost")
    authority.cert_pem.write_to_path(str(here / "ca.pem"))
    ca, inside = ScriptedCA(trusted), ScriptedCA(context("localhost")[0])
    serve(ca, inside)
    (here / "account.pem").write_bytes(keys.to_pem(keys.generate(keys.KeyType.ECDSA_P256)))
    (here / "account.pem").chmod(0o604)
    defaults = {
        "ca": ca.url("/directory"),
        "ca_bundle": str(here / "ca.pem"),
        "account_key_file": str(here / "account.pem"),
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "ignore_errors": True,
        "tasks": tasks(here),
        "module_defaults": {"group/webpki.acme.acme": {**defaults, "deadline": 60}},
    }
    (here / "play.json").write_text(json.dumps([play]))
    (here / "inventory.json").write_text(json.dumps({"all": {"hosts": {"localhost": LOCAL}}}))
    log = {"ANSIBLE_LOG_PATH": str(here / "log")}
    try:
        run = playbook.run(
            str(here / "play.json"), here / "inventory.json", here / "home", "-vvvv", "--diff", environment=log
        )
    finally:
        ca.stop()
        inside.stop()
    yield Outcome(run, here, ca, inside, (here / "log").read_text())


def result(outcome: Outcome, task: str) -> Any:
    (found,) = outcome.run.of(task)
    return found


@pytest.mark.parametrize("case", CASES)
def test_order(outcome: Outcome, case: str) -> None:
    """Each order of a hostile CA fails by itself, in one line that says what was being done and why it was refused."""
    (found,) = [one for one in result(outcome, "order")["orders"] if one["name"] == case]
    assert found["failed"]
    assert CASES[case].says in found["msg"]
    assert found["msg"].startswith("could not ")
    assert found["msg"].isprintable()
    assert len(found["msg"]) < 250_000
    assert "Traceback" not in found["msg"]


def test_nothing_was_asked_elsewhere(outcome: Outcome) -> None:
    """No request reached the host that URLs and redirects led to, and no challenge was answered."""
    assert outcome.inside.requests == []
    assert not any(request.path.startswith(("/challenge", "/finalize")) for request in outcome.ca.requests)
    assert outcome.ca.faults == []


@pytest.mark.parametrize("number", range(len(PLACED)))
def test_tokens(outcome: Outcome, number: int) -> None:
    """A token that is no token becomes no file, whoever hands it on."""
    found = result(outcome, "tokens")["challenges"][number]
    assert list(PLACED.values())[number] in found["msg"]
    assert list((outcome.here / "root").iterdir()) == []


@pytest.mark.parametrize("task", ["trapped", "freed"])
@pytest.mark.parametrize("trap", TRAPS)
def test_links_in_the_webroot(outcome: Outcome, trap: str, task: str) -> None:
    """Nothing is written or removed where links of the web user lead; only a link in the place of the file gives way."""
    found = result(outcome, task)["challenges"][list(TRAPS).index(trap)]
    said = TRAPS[trap][1]
    assert (said in found["msg"]) if said else found["changed"]
    precious = outcome.here / "precious"
    assert sorted(path.read_text() for path in precious.rglob(TOKEN)) == ["precious"] * 2
    assert sorted(path.name for path in precious.iterdir()) == [TOKEN, "acme-challenge"]


def test_store_open_to_all(outcome: Outcome) -> None:
    """A store that everybody could write is closed, and the screen says so."""
    found = result(outcome, "closed")
    assert "could be changed by other users (mode 0777): it was given mode 0755" in found["warnings"][0]
    assert "it was given mode 0755" in outcome.run.screen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_store_of_someone_else(outcome: Outcome) -> None:
    """A store of another user's is refused."""
    assert f"belongs to user {STRANGER}" in result(outcome, "foreign")["msg"]
    assert not (outcome.here / "well-known" / "www").exists()


def test_account_key_for_all(outcome: Outcome) -> None:
    """An account key that everybody can read is warned of."""
    assert "The account key" in outcome.run.screen
    assert "can be read by other users (mode 0604)" in " ".join(result(outcome, "order")["warnings"])


@pytest.mark.parametrize("where", ["screen", "log"])
def test_nothing_steers_the_terminal(outcome: Outcome, where: str) -> None:
    """Neither the screen nor the log has characters that steer a terminal, whatever the CA said and whoever repeats it."""
    text = outcome.run.screen if where == "screen" else outcome.log
    assert "\\\\x1b[2J" in text
    assert {one for one in text if not one.isprintable()} <= {"\n"}


@pytest.mark.parametrize("where", ["screen", "log"])
def test_no_line_is_forged(outcome: Outcome, where: str) -> None:
    """No line of either begins as Ansible's own do because the CA wanted it to."""
    lines = (outcome.run.screen if where == "screen" else outcome.log).splitlines()
    assert not [line for line in lines if line.startswith(("ok: [forged]", "PLAY RECAP forged"))]
    assert not [line for line in lines if "| ok: [forged]" in line]


def test_the_diff(outcome: Outcome) -> None:
    """The diff shows a certificate in one line, whatever its issuer is called."""
    assert result(outcome, "deploy")["changed"]
    assert "issued by CN=\\x1b[2J\\x1b]0\\;owned\\x07" in outcome.run.screen


def test_words_are_no_templates(outcome: Outcome) -> None:
    """What a CA says is never evaluated, though a play repeats it."""
    assert "lookup('pipe'" in result(outcome, "repeat")["msg"]
    assert not list(outcome.here.rglob("TOUCHED"))
