# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From names to certificates at a real CA, with a real web server for the challenges."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import (
    account,
    authorization,
    challenge,
    order,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.certificate import Issuance
from ansible_collections.webpki.acme.plugins.module_utils._acme.chain import Chain
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError, DeadlineExceeded
from ansible_collections.webpki.acme.plugins.module_utils._acme.identifier import Identifier
from ansible_collections.webpki.acme.plugins.module_utils._acme.order import OPEN, OrderRequest
from ansible_collections.webpki.acme.plugins.module_utils._acme.parallel import each
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from cryptography import x509

from tests.integration.core import (
    ALGORITHMS,
    authorizations,
    certificate_key,
    csr,
    issuance,
    issued,
    leaf,
    member,
    names_of,
    new_key,
    obtain,
    ordered,
    place,
    prove,
    stranger,
    validated,
    verify,
)
from tests.lab.fixtures import PebbleFactory
from tests.lab.options import Profile
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def ca(pebble: PebbleFactory) -> Pebble:
    """A strict CA that refuses one nonce in five and uses no authorization twice."""
    return pebble()


@pytest.fixture
def root(webroot: Webroot) -> Path:
    """The directory that the web server serves, at which the CA looks for challenges."""
    return webroot.directory


# Certificates


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_obtain(ca: Pebble, root: Path, algorithm: str) -> None:
    """With an account key of each kind a certificate is issued for the key and names of its request."""
    with member(ca, algorithm) as client:
        chain = obtain(client, root, "a.example", "b.example")
    assert names_of(chain) == {"a.example", "b.example"}
    assert leaf(chain).public_key() == certificate_key().public_key()
    verify(chain, ca.roots()[0])


def test_many_at_once(ca: Pebble, root: Path, webroot: Webroot) -> None:
    """Many orders go through at once, with one account and one pool of nonces, of which one in five is refused."""
    wanted = [(f"{number}.many.example", f"www.{number}.many.example") for number in range(12)]
    with member(ca) as client:
        chains = each(wanted, lambda names: obtain(client, root, *names), 8)
    assert [names_of(chain) if isinstance(chain, Chain) else str(chain) for chain in chains] == [
        set(names) for names in wanted
    ]
    assert len([request for request in webroot.requests if "acme-challenge" in request]) >= 24


def test_address(ca: Pebble, root: Path) -> None:
    """A certificate may be for an address (RFC 8738)."""
    with member(ca) as client:
        assert names_of(obtain(client, root, "127.0.0.1")) == {"127.0.0.1"}


def test_dns_01(ca: Pebble) -> None:
    """A wildcard is proven by the record that dns-01 asks for."""
    names = ("*.wild.example", "wild.example")
    with member(ca) as client:
        made = ordered(client, *names)
        found = authorizations(client, made)
        assert {one.name for one in found} == set(names)
        for one in found:
            material = one.material(client.key)["dns-01"]
            assert material["record"] == "_acme-challenge.wild.example"
            ca.dns.set_txt(material["record"], material["value"])
        chain = issued(client, prove(client, made, found, "dns-01"), *names)
        ca.dns.clear_txt("_acme-challenge.wild.example")
    assert names_of(chain) == set(names)


@pytest.mark.parametrize(("names", "text"), [(("*.wild.example",), "no http-01 challenge for *.wild.example")])
def test_challenge_not_offered(ca: Pebble, names: tuple[str, ...], text: str) -> None:
    """A challenge that the CA does not offer for a name is missed before any is answered."""
    with member(ca) as client:
        made = ordered(client, *names)
        with pytest.raises(AcmeError) as caught:
            prove(client, made, authorizations(client, made))
    assert text in str(caught.value)
    assert "dns-01" in str(caught.value)


# Chains and profiles


def test_alternate_chains(pebble: PebbleFactory, root: Path) -> None:
    """Of several chains the one below the preferred root is chosen; each of them is whole."""
    ca = pebble(alternate_roots=2, chain_length=2)
    roots = {
        x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string().partition("=")[2]: pem
        for pem in ca.roots()
    }
    with member(ca) as client:
        made = ordered(client, "a.example")
        found = authorizations(client, made)
        place(client, root, found)
        url = prove(client, made, found).url
        for name, pem in roots.items():
            done = issuance(client, Issuance(url, csr("a.example"), name))
            assert (len(done.chain.certificates), len(done.others), done.error) == (3, 2, None)
            verify(done.chain, pem)
        # It has been issued: what is wrong with the wish does not lose it.
        done = issuance(client, Issuance(url, csr("a.example"), "Root of nobody"))
        assert (len(done.chain.certificates), len(done.others)) == (3, 2)
        assert "no chain has the issuer 'Root of nobody'" in str(done.error)


def test_profiles(pebble: PebbleFactory, root: Path) -> None:
    """A profile is asked for by its name; one that is not offered is refused with those that are."""
    ca = pebble(profiles={"long": Profile("90 days"), "short": Profile("6 days", 6 * 86400)})
    with member(ca) as client:
        assert dict(client.directory.profiles) == {"long": "90 days", "short": "6 days"}
        for profile, days in (("short", 6), ("long", 90)):
            found = leaf(obtain(client, root, "a.example", profile=profile))
            lifetime = found.not_valid_after_utc - found.not_valid_before_utc
            assert round(lifetime.total_seconds() / 86400) == days
        with pytest.raises(AcmeError, match=r"other \(offered: long, short\)") as caught:
            ordered(client, "a.example", profile="other")
    assert caught.value.problem.type == ErrorType.INVALID_PROFILE


# Orders taken up


def test_authorizations_used_again(pebble: PebbleFactory, root: Path) -> None:
    """Where a CA uses authorizations again the second order is ready at once, and issued without any challenge."""
    names = ("a.example", "b.example")
    with member(pebble(authz_reuse=100)) as client:
        obtain(client, root, *names)
        second = ordered(client, *names)
        found = authorizations(client, second)
        assert (second.status, [one.status for one in found]) == ("ready", ["valid", "valid"])
        assert prove(client, second, found).status == "ready"
        assert names_of(issued(client, second, *names)) == set(names)


def test_authorizations_not_used_again(ca: Pebble, root: Path) -> None:
    """Where it does not, names that were proven before are proven anew."""
    # Pebble uses one authorization in a hundred again when it is told to use none: three names are enough to be sure.
    names = ("a.example", "b.example", "c.example")
    with member(ca) as client:
        obtain(client, root, *names)
        second = ordered(client, *names)
        assert second.status == "pending"
        assert "pending" in {one.status for one in authorizations(client, second)}
        assert names_of(obtain(client, root, *names)) == set(names)


def test_order_taken_up(ca: Pebble, root: Path) -> None:
    """An order that a run left behind is found by the next one and finished, at each stage at which it may stand."""
    key = new_key()
    names = ("a.example", "b.example")
    request = OrderRequest(tuple(Identifier.of(name) for name in reversed(names)))

    def taken_up(client: Client) -> order.Order:
        signed_in = account.sign_in(client)
        assert signed_in is not None
        assert signed_in.orders
        listed = [order.fetch(client, url) for url in order.open_orders(client, signed_in.orders)]
        fitting = [one for one in listed if one.status in OPEN and one.fits(request)]
        assert [one.url for one in fitting] == [made.url]
        return fitting[0]

    with stranger(ca, key) as client:
        account.create(client, [], terms_agreed=True)
        for number in range(5):
            ordered(client, f"{number}.other.example")
        made = ordered(client, *names)
        found = authorizations(client, made)
        place(client, root, found)
    with stranger(ca, key) as client:
        assert prove(client, taken_up(client), authorizations(client, made)).status == "ready"
    with stranger(ca, key) as client:
        chain = issued(client, taken_up(client), *names)
    assert names_of(chain) == set(names)


def test_answered_twice(ca: Pebble, root: Path) -> None:
    """A challenge that has been answered already is no trouble, whatever became of it."""
    with member(ca) as client:
        made = ordered(client, "a.example")
        found = authorizations(client, made)
        place(client, root, found)
        assert prove(client, made, found).status == "ready"
        one = found[0].challenge("http-01")
        challenge.answer(client, one.type, one.url, "a.example")


def test_finalized_twice(ca: Pebble, root: Path) -> None:
    """An order that is valid already gives its certificate again, the same one."""
    with member(ca) as client:
        made = ordered(client, "a.example")
        found = authorizations(client, made)
        place(client, root, found)
        first = issued(client, prove(client, made, found), "a.example")
        assert issued(client, order.fetch(client, made.url), "a.example") == first


# Failures


def test_wrong_file(ca: Pebble, root: Path) -> None:
    """A file with something else in it fails the name it is for, with what the CA saw and what to check."""
    with member(ca) as client:
        made = ordered(client, "good.example", "bad.example")
        found = authorizations(client, made)
        place(client, root, found)
        bad = next(one for one in found if one.name == "bad.example").material(client.key)["http-01"]
        (root / bad["path"]).write_text("something else")
        with pytest.raises(AcmeError, match="bad.example") as caught:
            prove(client, made, found)
    assert caught.value.problem.identifier == "bad.example"
    assert caught.value.problem.type in (ErrorType.UNAUTHORIZED, ErrorType.INCORRECT_RESPONSE)
    assert "something else" in str(caught.value)
    assert "good.example" not in str(caught.value)


def test_no_file(ca: Pebble) -> None:
    """When several names fail each is told with its reason."""
    with member(ca) as client:
        made = ordered(client, "a.missing.example", "b.missing.example")
        with pytest.raises(AcmeError) as caught:
            prove(client, made, authorizations(client, made))
    assert {one.identifier for one in caught.value.problem.subproblems} <= {"a.missing.example", "b.missing.example"}
    assert "404" in str(caught.value)
    assert caught.value.hint


def test_refused_name(ca: Pebble) -> None:
    """A name that the CA does not issue for is an error that names it."""
    with member(ca) as client, pytest.raises(AcmeError, match=r"blocked-domain\.example") as caught:
        ordered(client, "a.example", "blocked-domain.example")
    types = {caught.value.problem.type, *(one.type for one in caught.value.problem.subproblems)}
    assert ErrorType.REJECTED_IDENTIFIER in types


def test_not_proven(ca: Pebble) -> None:
    """An order whose names are not proven cannot be finalized, here or at the CA."""
    with member(ca) as client:
        made = ordered(client, "a.example")
        with pytest.raises(AcmeError, match=r"webpki\.acme\.challenge") as caught:
            issued(client, made, "a.example")
        assert caught.value.problem.type == ErrorType.ORDER_NOT_READY
        assert order.finalize(client, made.url, made.finalize, csr("a.example")).status == "pending"


def test_request_for_other_names(ca: Pebble, root: Path) -> None:
    """A certificate request for other names than were ordered is refused by the CA."""
    with member(ca) as client:
        made = ordered(client, "a.example")
        found = authorizations(client, made)
        place(client, root, found)
        with pytest.raises(AcmeError, match="could not finalize the order"):
            issued(client, prove(client, made, found), "b.example")


def test_given_up(ca: Pebble) -> None:
    """An authorization that was given up stays so."""
    with member(ca) as client:
        made = ordered(client, "a.example")
        assert authorization.deactivate(client, made.authorizations[0]).status == "deactivated"
        assert authorization.fetch(client, made.authorizations[0]).status == "deactivated"


def test_somebody_elses(ca: Pebble) -> None:
    """An order of another account cannot be read."""
    with member(ca) as owner, member(ca) as other:
        url = ordered(owner, "a.example").url
        with pytest.raises(AcmeError, match="could not read the order"):
            order.fetch(other, url)


# Time


def test_deadline(ca: Pebble, root: Path) -> None:
    """What does not come about in time ends with the deadline; the next run takes the order up and finishes it."""
    key = new_key()
    began = time.monotonic()
    with stranger(ca, key, seconds=2) as client:
        account.create(client, [], terms_agreed=True)
        made = ordered(client, "a.example")
        # Nobody has answered the challenge.
        with pytest.raises(DeadlineExceeded, match=r"the order is pending.*taken up"):
            validated(client, made.url)
    assert time.monotonic() - began < 4
    with stranger(ca, key) as client:
        account.sign_in(client)
        found = authorizations(client, made)
        place(client, root, found)
        assert prove(client, made, found).status == "ready"


def test_slow_validation(pebble: PebbleFactory, root: Path) -> None:
    """A validation that takes its time is waited for at the pace that the CA asks for."""
    with member(pebble(validation_sleep=3, retry_after=(1, 1))) as client:
        chains = each([f"{number}.slow.example" for number in range(4)], lambda name: obtain(client, root, name), 4)
    assert all(isinstance(chain, Chain) for chain in chains), chains


def test_untrusted(ca: Pebble, tmp_path: Path) -> None:
    """A CA whose certificate is not trusted is reported at once, with the option that is missing."""
    ca.roots_file.read_text()
    began = time.monotonic()
    untrusting = stranger(ca, new_key(), ca_bundle=ca.roots_file)
    with untrusting as client, pytest.raises(AcmeError, match="ca_bundle") as caught:
        account.find(client)
    assert caught.value.problem.type == ErrorType.UNTRUSTED
    assert time.monotonic() - began < 5


def test_restarted(pebble: PebbleFactory, lab_directory: Path) -> None:
    """A CA that lost all its state does not know the account any more, and takes it again."""
    with Pebble(lab_directory / "restarted", pebble().options) as ca:
        with member(ca) as client:
            ca.restart()
            assert account.find(client) is None
            account.create(client, [], terms_agreed=True)
            assert ordered(client, "a.example").status == "pending"
        ca.stop()
        began = time.monotonic()
        with stranger(ca, new_key()) as client, pytest.raises(AcmeError, match="Connection refused") as caught:
            account.find(client)
    assert caught.value.problem.type == ErrorType.UNREACHABLE
    assert time.monotonic() - began < 5
