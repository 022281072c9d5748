"""Every credential of azure-identity and of entrada gets a token that a service can verify."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from e2e.peers import LIBRARIES, credential_of, settle
from e2e.verify import SCOPE, verified
from e2e.ways import WAYS, SignIn
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("way", WAYS)
def test_a_credential_gets_a_token_that_verifies(
    way: str, library: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """The token is signed by the tenant's published key and names who signed in."""
    prepared = sign_in(way)

    async def token() -> tuple[str, int]:
        credential = credential_of(library, prepared, cloud)
        try:
            got = await settle(credential.get_token(SCOPE))
            return got.token, got.expires_on
        finally:
            await settle(credential.close())

    text, expires_on = asyncio.run(token())
    claims = verified(cloud, text)
    assert {name: claims[name] for name in prepared.claims} == prepared.claims
    assert abs(expires_on - claims["exp"]) <= 2
