# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian that every booted host starts from: built once, then only read.

A host is a thin layer over this tree, so it costs no copying.  The hosts have no way out of the
lab.  What they may install lies in a folder of packages, which is their only apt source.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from .commands import run, run_contained
from .paths import BUILD

SUITE = "bookworm"
PACKAGES = (
    "systemd,systemd-sysv,dbus,iproute2,openssh-server,ca-certificates,openssl,"
    "python3,python3-apt,python3-cryptography,nginx-light,apache2,haproxy"
)
#: What a "bare" host has to install first; the packages are in its folder.
BARE_LACKS = ("python3-cryptography",)
PACKAGE_FOLDER = "/opt/packages"
#: Documentation is a quarter of the files, and nobody reads it here.
_EXCLUDED = ("man", "doc", "locale", "info")
#: Of what starts at boot only the machine's base and sshd stay; web servers start where asked for.
_KEPT_AT_BOOT = ("ssh.service",)


def base() -> Path:
    """The tree of a host that has everything; built when it is not there."""
    return _built() / "base"


def bare() -> Path:
    """A layer to lay over :func:`base`, which takes away :data:`BARE_LACKS`."""
    return _built() / "bare"


def _built() -> Path:
    # The recipe is this file: when it changes, the tree is built anew.
    stamp = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    tree = BUILD / f"tree-{stamp}"
    if tree.is_dir():
        return tree
    with _alone():
        if not tree.is_dir():
            _build(tree)
    return tree


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "tree.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(tree: Path) -> None:
    print("lab: building the Debian tree of the hosts (once, about 40 s)", flush=True)
    for old in BUILD.glob("tree-*"):
        # One that hosts still run on is removed by a later build.
        if str(old) not in Path("/proc/mounts").read_text():
            shutil.rmtree(old)
    new = tree.with_name(tree.name + ".new")
    root = new / "base"
    new.mkdir(parents=True)
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in _EXCLUDED]
    run_contained(
        [
            "mmdebstrap",
            "--mode=root",
            "--variant=minbase",
            f"--include={PACKAGES}",
            "--dpkgopt=force-unsafe-io",
            *excluded,
            # Keeps the downloaded packages: they become the hosts' apt source.
            "--skip=cleanup/apt",
            SUITE,
            str(root),
        ],
        seconds=600,
    )
    _offer_packages(root)
    _quieten(root)
    _take_away(root, new)
    new.rename(tree)


def _offer_packages(root: Path) -> None:
    folder = root / PACKAGE_FOLDER.lstrip("/")
    folder.mkdir()
    stanzas: list[str] = []
    for package in sorted((root / "var/cache/apt/archives").glob("*.deb")):
        package = package.rename(folder / package.name)
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        control = run(["dpkg-deb", "--field", str(package)]).strip()
        stanzas.append(f"{control}\nFilename: ./{package.name}\nSize: {package.stat().st_size}\nSHA256: {digest}\n")
    (folder / "Packages").write_text("\n".join(stanzas))
    shutil.rmtree(root / "var/lib/apt/lists")
    (root / "var/lib/apt/lists/partial").mkdir(parents=True)
    (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{PACKAGE_FOLDER} ./\n")
    run(["chroot", str(root), "apt-get", "-qq", "update"])


def _quieten(root: Path) -> None:
    for wanted in (root / "etc/systemd/system").glob("*.wants/*"):
        if wanted.name not in _KEPT_AT_BOOT:
            wanted.unlink()


def _take_away(root: Path, new: Path) -> None:
    for name in ("bare", "work", "merged"):
        (new / name).mkdir()
    layers = f"lowerdir={root},upperdir={new / 'bare'},workdir={new / 'work'}"
    script = f'mount -t overlay overlay -o "$1" "$2" && chroot "$2" dpkg --purge {" ".join(BARE_LACKS)}'
    run_contained(["sh", "-c", script, "sh", layers, str(new / "merged")])
