# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What templates in the role's tasks give."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from tests.lab.paths import REPOSITORY


@pytest.mark.parametrize(("deadlines", "lifetime"), [([""], 900), (["2000"], 2600), (["", 100, ""], 1300)])
def test_lifetime_in_the_role(deadlines: list[Any], lifetime: int) -> None:
    """In the role the server outlasts the steps in which the CAs look, one after the other."""
    tasks = yaml.safe_load((REPOSITORY / "roles/certificates/tasks/elsewhere_present.yml").read_text())
    (own,) = [task["webpki.acme.challenge_tls"] for task in tasks if "webpki.acme.challenge_tls" in task]
    plan = {"conversations": [{"deadline": deadline} for deadline in deadlines]}
    templar = Templar(loader=DataLoader(), variables={"__certificates_plan": plan})
    assert templar.template(trust_as_template(own["lifetime"])) == lifetime
