# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab on the command line: `python -m tests.lab up`, `down`, `status`, `name`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from . import registry
from .clear import clear_named
from .errors import LabError
from .host import HostSpec
from .lab import Lab, name_server
from .options import DEFAULTS

DEFAULT_HOSTS = "web1:nginx,web2:nginx,web3:apache"


def main() -> int:
    """Run one command; returns the exit code."""
    arguments = _parser().parse_args()
    # Being asked to end is no reason to leave things behind.
    signal.signal(signal.SIGTERM, _leave)
    # A shell that starts a job in the background has it ignore SIGINT, and Python then leaves that so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        arguments.command(arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _up(arguments: argparse.Namespace) -> None:
    started = time.monotonic()
    lab = Lab(arguments.name, [HostSpec.parse(text) for text in arguments.hosts.split(",")], DEFAULTS, keep=True)
    lab.up()
    inventory = os.path.relpath(lab.inventory)
    print(f"lab: {arguments.name} is up after {time.monotonic() - started:.1f} s")
    print(f"  CA          {lab.ca.directory_url}")
    print(f"  ca_bundle   {os.path.relpath(lab.ca.ca_bundle)} (for its API)")
    print(f"  roots       {os.path.relpath(lab.ca.roots_file)} (for what it issues)")
    for host in lab.hosts.values():
        print(f"  {host.name:<10}  {host.address}  {host.spec.server:<7}  {host.name}.example.test")
    print(f"  inventory   {inventory}")
    print(f"  try         ansible -i {inventory} web -m ansible.builtin.ping")
    address = next(iter(lab.hosts.values())).address
    print(f"  a name      python -m tests.lab --name {lab.name} name shop.example.test {address}")


def _down(arguments: argparse.Namespace) -> None:
    if not registry.entries():
        print("lab: nothing is up")
        return
    with registry.locked():
        there = clear_named(arguments.name)
    print(f"lab: {arguments.name} is down" if there else f"lab: there is no {arguments.name}")


def _status(arguments: argparse.Namespace) -> None:
    labs = registry.entries()
    for lab in labs:
        state = "up" if lab.owner is None else "left behind" if lab.abandoned else "in use"
        print(f"{lab.name:<8}  {state:<11}  10.77.{lab.slot}.0/24  {lab.directory}")
    if not labs:
        print("lab: nothing is up")


def _name(arguments: argparse.Namespace) -> None:
    for lab in registry.entries():
        if lab.name == arguments.name:
            name_server(lab).add_a(arguments.domain, *arguments.addresses)
            return
    raise LabError(f"there is no {arguments.name}")


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("--name", default="lab", help="which lab (%(default)s)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="bring the lab up, new, and leave it up")
    up.add_argument("--hosts", default=DEFAULT_HOSTS, help="NAME[:SERVER][+bare],... (%(default)s)")
    up.set_defaults(command=_up)
    commands.add_parser("down", help="take the lab down").set_defaults(command=_down)
    commands.add_parser("status", help="the labs of this machine").set_defaults(command=_status)
    name = commands.add_parser("name", help="give a domain name its addresses")
    name.add_argument("domain")
    name.add_argument("addresses", nargs="+", metavar="ADDRESS")
    name.set_defaults(command=_name)
    return parser


if __name__ == "__main__":
    sys.exit(main())
