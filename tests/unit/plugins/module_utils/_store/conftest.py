# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA, a store, a certificate in it, and the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import deployment, layout, plan
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys

from tests.unit.issuer import Issuer


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A document root."""
    path = tmp_path / "root"
    path.mkdir()
    return path


@pytest.fixture
def place(tmp_path: Path) -> layout.Home:
    """The home of a certificate in a store that is not there yet."""
    return layout.home(str(tmp_path / "store"), "www")


@pytest.fixture
def deploy(place: layout.Home, now: datetime) -> Callable[..., None]:
    """Deploys a chain (None: a placeholder) with its key; what follows is as in Delivery."""

    def deploy(fullchain: str | None, key: Any, **more: Any) -> None:
        pem = keys.to_pem(key).decode() if key else None
        delivery = plan.Delivery(place.name, fullchain, pem, **more)
        (outcome,) = deployment.carry_out([plan.make(place, delivery, now)], lambda: None, 3)
        assert outcome.error is None

    return deploy


@pytest.fixture
def deployed(place: layout.Home, issuer: Issuer, deploy: Callable[..., None]) -> layout.Home:
    """A good certificate for a.example and b.example, issued by one CA under one profile."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    fullchain = issuer.fullchain(key.public_key(), ["a.example", "b.example"])
    deploy(fullchain, key, ca="https://ca.example/dir", profile="classic")
    return place
