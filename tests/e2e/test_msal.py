"""MSAL for Python signs applications and managed identities in to the local cloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from e2e.msal_client import acquired
from e2e.verify import verified
from e2e.ways import WAYS, SignIn
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e


_OF_AZURE_IDENTITY = ("environment", "default")
"""MSAL reads no environment to find an application's secret."""


@pytest.mark.parametrize("way", [way for way in WAYS if way not in _OF_AZURE_IDENTITY])
def test_msal_gets_a_token_that_verifies(
    way: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """The token is signed by the tenant's published key and names who signed in."""
    prepared = sign_in(way)
    got = acquired(cloud, prepared)
    claims = verified(cloud, got["access_token"])
    assert {name: claims[name] for name in prepared.claims} == prepared.claims
    assert 0 < got["expires_in"] <= claims["exp"] - claims["iat"]
