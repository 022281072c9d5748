"""Access tokens: what a service may rely on, and what it must not accept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest
from test_entra_world import NOW, Clock, World, key_pair, world

from entrada.local import directory, tokens
from entrada.local.cloud import Cloud
from entrada.local.keys import roll_over, signing_key
from entrada.local.state import State

__all__ = ["world"]

STORAGE = "https://storage.azure.com"


def issue(world: World, **changes: Any) -> str:
    settings: dict[str, Any] = {
        "service_principal": world.principal,
        "resource": STORAGE,
        "credential_kind": "managed_identity",
        "tenant_id": world.tenant,
        "lifetime": 3600,
    }
    return tokens.issue(world.cloud, **{**settings, **changes})


def refused(world: World, token: str, audience: str = STORAGE) -> tokens.InvalidToken:
    with pytest.raises(tokens.InvalidToken) as caught:
        tokens.verify(world.cloud, token, [audience])
    return caught.value


def test_a_managed_identity_token_says_whose_it_is(world: World) -> None:
    token = issue(world, xms_mirid="/m", xms_az_rid="/h")
    claims = tokens.verify(world.cloud, token, [STORAGE])
    assert (claims["xms_mirid"], claims["xms_az_rid"]) == ("/m", "/h")
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (
        int(NOW) - 300,
        int(NOW) - 300,
        int(NOW) + 3600,
    )
    header = jwt.get_unverified_header(token)
    assert header["x5t"] == header["kid"]


def test_a_token_ends_at_its_last_second(world: World) -> None:
    token = issue(world)
    world.clock.now = int(NOW) + 3599
    tokens.verify(world.cloud, token, [STORAGE])
    world.clock.now += 1
    assert refused(world, token).kind == "expired"


def test_a_token_from_the_future_is_not_yet_valid(world: World) -> None:
    token = issue(world)
    world.clock.now -= 301
    assert refused(world, token).kind == "not_yet_valid"


def test_a_token_for_another_service_is_refused(world: World) -> None:
    assert refused(world, issue(world), STORAGE + "/").kind == "audience"


def test_a_token_of_another_tenant_is_refused(world: World) -> None:
    assert refused(world, issue(world, tenant_id="unknown")).kind == "issuer"


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "\ud800", "é.é.é"])
def test_what_is_no_token_is_refused(world: World, text: str) -> None:
    assert refused(world, text).kind == "malformed"


def test_a_roll_over_keeps_what_the_key_before_it_signed(world: World) -> None:
    """Both are published; the one before those is withdrawn, and its tokens with it."""
    old = issue(world)
    kids = [signing_key(world.cloud).kid]
    for _ in range(2):
        roll_over(world.cloud)
        kids.insert(0, signing_key(world.cloud).kid)
        assert [key["kid"] for key in tokens.jwks(world.cloud)["keys"]] == kids[:2]
        tokens.verify(world.cloud, issue(world), [STORAGE])
        if len(kids) == 2:
            tokens.verify(world.cloud, old, [STORAGE])
    assert refused(world, old).kind == "signature"


def test_a_token_signed_by_anybody_else_is_refused(world: World) -> None:
    claims = jwt.decode(issue(world), options={"verify_signature": False})
    forged = jwt.encode(claims, key_pair("stranger")[0], algorithm="RS256")
    assert refused(world, forged).kind == "signature"
    unsigned = jwt.encode(claims, "", algorithm="none")
    assert refused(world, unsigned).kind == "malformed"


def test_a_refusal_does_not_repeat_the_token(world: World) -> None:
    token = issue(world)
    assert token not in str(refused(world, token, "x"))


def test_tokens_stay_valid_when_the_cloud_is_opened_again(tmp_path: Path) -> None:
    path, clock = tmp_path / "state.db", Clock()
    first = Cloud(State(path), clock)
    principal = directory.create_managed_identity_principal(
        first, display_name="x", resource_id="/x"
    )
    token = tokens.issue(
        first,
        service_principal=principal,
        resource=STORAGE,
        credential_kind="managed_identity",
        tenant_id=directory.default_tenant(first),
        lifetime=60,
    )
    first.state.close()
    second = Cloud(State(path), clock)
    assert tokens.verify(second, token, [STORAGE])["oid"] == principal["id"]
    second.state.close()


def test_the_private_key_is_in_no_repr(world: World) -> None:
    assert "private" not in repr(signing_key(world.cloud))
