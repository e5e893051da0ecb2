# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody can help, in the middle of a run: the next one puts it right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fleet.fleet import Fleet

from .scene import HOST, Scene, scene
from .stopped import Instant, stopped

pytestmark = pytest.mark.hosts

_DISK = """
mkdir -p /mnt/disk
mount -t tmpfs -o size=400k none /mnt/disk
cp -a /etc/webpki/. /mnt/disk
mount --bind /mnt/disk /etc/webpki
"""
_FILL = "cd /etc/webpki; cat /dev/zero >filler 2>/dev/null; truncate -s -%dk filler"
_PAIRS = """
for name in shop mail; do
  cd /etc/webpki/$name/current
  test "$(openssl x509 -noout -pubkey -in fullchain.pem)" = "$(openssl pkey -pubout -in privkey.pem)"
done
"""


@pytest.fixture(scope="module")
def shop(fleet: Fleet) -> Iterator[Scene]:
    """The host with its first certificates."""
    with scene(fleet) as made:
        yield made


@contextmanager
def on_a_small_disk(shop: Scene) -> Iterator[None]:
    """Let the store be a file system of its own, of 400 kB; what is on it afterwards is kept."""
    shop.host.ssh(_DISK)
    try:
        yield
    finally:
        shop.host.ssh("umount /etc/webpki; cp -a /mnt/disk/. /etc/webpki; umount /mnt/disk")


def pairs_fit(shop: Scene) -> None:
    """AssertionError when a key and its certificate do not belong together, or visitors are sent away."""
    shop.host.ssh(f"set -e {_PAIRS}")
    shop.load.good(2)


@pytest.mark.parametrize("free", [0, 8, 16, 24, 40], ids="{}k-free".format)
def test_disk_full(shop: Scene, free: int) -> None:
    """Wherever the disk of the store becomes full, the certificate in use stays, and it is said what to do."""
    shop.make_due()
    with on_a_small_disk(shop):
        shop.host.ssh(_FILL % free)
        full = shop.renew()
        print(full.messages(HOST))
        assert full.failed() == {HOST}
        (message,) = full.messages(HOST)
        assert "No space left on device. Free some space on that file system." in message
        pairs_fit(shop)
        shop.host.ssh("rm /etc/webpki/filler")
        shop.renew().good()
        pairs_fit(shop)
    shop.check_finished()


def test_store_read_only(shop: Scene) -> None:
    """Where the store cannot be written the certificate in use stays, and nothing is asked from the CA."""
    shop.make_due()
    orders = shop.logged("Added order")
    with on_a_small_disk(shop):
        shop.host.ssh("mount -o remount,ro,bind /etc/webpki")
        refused = shop.renew()
        (message,) = refused.messages(HOST)
        assert "Read-only file system" in message
        assert "remount it" in message
        pairs_fit(shop)
        assert shop.logged("Added order") == orders
        shop.host.ssh("mount -o remount,rw,bind /etc/webpki")
        shop.renew().good()
        pairs_fit(shop)
    shop.check_finished()


@pytest.mark.parametrize("instant", [Instant("request", 12), Instant("file:deploy", 9), Instant("file:deploy", 40)])
def test_reboot(shop: Scene, instant: Instant) -> None:
    """A host that goes down in the middle fails with a message, comes up with what it had, and is done by the next run."""
    shop.make_due()
    with shop.load.paused(), stopped(shop.fleet, shop.host, shop.hosts, instant) as run:
        assert run.wait()
        print(run.at)
        shop.host.power_off()
        interrupted = run.go_on()
        assert interrupted.failed() == {HOST}
        assert len(interrupted.messages(HOST)) == 1
        shop.host.boot()
        shop.host.wait()
    shop.check()
    shop.renew().good()
    shop.check_finished()


@pytest.mark.parametrize("number", [1, 3, 5, 8, 12, 16, 20])
def test_ca_loses_all(shop: Scene, number: int) -> None:
    """A CA that has lost accounts and orders in the middle is told of, if the run cannot go on, and made up with by the next."""
    shop.make_due()
    with stopped(shop.fleet, shop.host, shop.hosts, Instant("request", number)) as run:
        assert run.wait()
        shop.fleet.lab.ca.restart()
        shop.load.trust(shop.fleet.lab.ca.roots_file)
        broken = run.go_on()
    print(number, run.at, broken.code, *broken.messages(HOST))
    assert "Traceback" not in broken.screen
    assert all(message.startswith(("shop: could not", "mail: could not")) for message in broken.messages(HOST))
    shop.check()
    # That it does not know the certificates that are replaced is a warning.
    again = shop.renew()
    assert again.code == 0, again.screen
    shop.check_finished()


def test_ca_without_the_account(shop: Scene) -> None:
    """Where the terms have not been agreed to, an account that has gone is not made again, which is said."""
    shop.make_due()
    shop.fleet.lab.ca.restart()
    shop.load.trust(shop.fleet.lab.ca.roots_file)
    acme = {**shop.fleet.acme, "acme_terms_agreed": False}
    refused = shop.fleet.run(shop.hosts, acme=acme)
    print(refused.messages(HOST))
    assert refused.failed() == {HOST}
    assert "acme_terms_agreed" in refused.messages(HOST)[0]
    shop.check()
    # That it does not know the certificates that are replaced is a warning.
    again = shop.renew()
    assert again.code == 0, again.screen
    shop.check_finished()
