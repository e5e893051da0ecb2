# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._ansible.identifiers import checked


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["A.Example.", "a.example"], ("a.example",)),
        (["*.a.example", "192.0.2.1", "2001:DB8::0"], ("*.a.example", "192.0.2.1", "2001:db8::")),
        (["bücher.example"], ("xn--bcher-kva.example",)),
    ],
)
def test_checked(names: list[str], expected: tuple[str, ...]) -> None:
    """Names are brought into the form that they have on the hosts too."""
    assert checked(names) == expected


@pytest.mark.parametrize("names", [[], [""], ["a/b"], ["https://a.example"], ["a..example"], ["a.example:443"]])
def test_refused(names: list[str]) -> None:
    """What is neither a name nor an address is refused as the user's mistake, with what to give instead."""
    with pytest.raises(AcmeError, match="could not create the order: ") as refused:
        checked(names)
    assert refused.value.problem.type == ErrorType.INVALID_INPUT
    assert refused.value.hint
