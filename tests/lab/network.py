# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of a lab: one bridge, and a network namespace with one address for each host.

Nothing is routed or forwarded: what happens on the bridge stays there.  All names begin with
`wl-LAB`, so that labs do not touch each other, and what a killed one left is found by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Callable

from .commands import run

NAMESPACES = Path("/run/netns")
#: Slots are the third byte of an address; the lab of `make lab` is always in the first.
SLOTS = range(100)
_FIRST_HOST = 11


def gateway(slot: int) -> str:
    """The address of the machine itself on the bridge, where CA and name server listen."""
    return f"10.77.{slot}.1"


def host_address(slot: int, number: int) -> str:
    """The address of the host with this NUMBER, from 0."""
    return f"10.77.{slot}.{_FIRST_HOST + number}"


def bridge(lab: str) -> str:
    """The name of the bridge of LAB."""
    return f"wl-{lab}"


def namespace(lab: str, host: str) -> str:
    """The name of the network namespace of HOST in LAB."""
    return f"wl-{lab}-{host}"


def make_bridge(lab: str, slot: int) -> None:
    """Make the bridge of LAB, with the machine's address on it."""
    name = bridge(lab)
    _batch(
        f"link add {name} type bridge forward_delay 0",
        f"address add {gateway(slot)}/24 dev {name}",
        f"link set {name} up",
    )


def make_namespace(lab: str, host: str, slot: int, number: int) -> None:
    """Make the namespace of HOST, tied to the bridge, with its address set."""
    name = namespace(lab, host)
    # The outer end of the cable; an interface name has at most 15 characters.
    cable = f"wl{lab}.{number}"
    run(["ip", "netns", "add", name])
    _batch(
        f"link add {cable} type veth peer name eth0 netns {name}",
        f"link set {cable} master {bridge(lab)}",
        f"link set {cable} up",
    )
    _batch(
        "link set lo up",
        f"address add {host_address(slot, number)}/24 dev eth0",
        "link set eth0 up",
        namespace_name=name,
    )


def namespaces(lab: str) -> list[str]:
    """The namespaces of LAB that exist now."""
    return sorted(path.name for path in NAMESPACES.glob(f"wl-{lab}-*"))


def runs_in(names: Sequence[str]) -> Callable[[Path], bool]:
    """For :func:`service.find`: whether a process runs in one of the namespaces NAMES."""
    wanted = {_inode(NAMESPACES / name) for name in names}

    def belongs(process: Path) -> bool:
        return _inode(process / "ns" / "net") in wanted

    return belongs


def remove(lab: str) -> None:
    """Remove whatever there is of the network of LAB; nothing may run in it any more."""
    for name in namespaces(lab):
        run(["ip", "netns", "delete", name])
    if Path("/sys/class/net", bridge(lab)).exists():
        run(["ip", "link", "delete", bridge(lab)])


def _batch(*lines: str, namespace_name: str = "") -> None:
    inside: Sequence[str] = ["-n", namespace_name] if namespace_name else []
    run(["ip", *inside, "-batch", "-"], stdin="\n".join(lines) + "\n")


def _inode(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
