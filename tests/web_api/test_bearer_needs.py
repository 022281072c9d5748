"""What a caller may do: users by scopes, applications by roles, and never one for the other."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from bearer_world import API, CLIENT, HOST, OTHER_TENANT, TENANT, USER, Bearers, bearers, signed

from entrada.errors import ConfigurationError
from entrada.web.api import Needs, TokenClaims, TokenRefusedError, bearer_token, claims_challenge

__all__ = ["bearers"]

READ = Needs.of(scopes=[f"api://{API}/Files.Read", "Files.ReadWrite"])
READ_ALL = Needs.of(app_roles=["Files.Read.All"])
EITHER = Needs.of(scopes=["Files.Read"], app_roles=["Files.Read.All"])
ADMIN = Needs.of(scopes=["Files.Read"], user_roles=["Admin"])
BOTH = Needs(every_scope=frozenset(("Files.Read", "Files.Write")))
USER_TOKEN: dict[str, Any] = {}
APP = {"scp": None, "sub": USER, "idtyp": "app", "roles": ["Files.Read.All"]}


@pytest.mark.parametrize(
    ("needs", "changes", "code"),
    [
        (Needs(), {}, None),
        (Needs(), APP, None),
        (Needs(), {"scp": ""}, "no_scope"),
        (Needs(), {"scp": 7}, "no_scope"),
        (Needs(), {**APP, "roles": None}, "no_app_role"),
        (READ, {}, None),
        (READ, {"scp": "Files.ReadWrite"}, None),
        (READ, {"scp": "files.read"}, "no_scope"),
        (READ, {"scp": "Files.ReadBasic"}, "no_scope"),
        (READ, APP, "user_needed"),
        (READ, {**APP, "roles": ["Files.Read"]}, "user_needed"),
        (READ, {**APP, "scp": "Files.Read"}, "user_needed"),
        (READ_ALL, APP, None),
        (READ_ALL, {**APP, "roles": ["Other"]}, "no_app_role"),
        (READ_ALL, {"roles": ["Files.Read.All"]}, "app_needed"),
        (EITHER, {}, None),
        (EITHER, APP, None),
        (EITHER, {"scp": "Other", "roles": ["Files.Read.All"]}, "no_scope"),
        (ADMIN, {"roles": ["Admin"]}, None),
        (ADMIN, {"roles": ["Reader"]}, "no_user_role"),
        (ADMIN, {}, "no_user_role"),
        (ADMIN, {**APP, "roles": ["Admin"]}, "user_needed"),
        (BOTH, {}, None),
        (BOTH, {"scp": "Files.Read"}, "no_scope"),
        (BOTH, APP, "user_needed"),
    ],
)
def test_needs(bearers: Bearers, needs: Needs, changes: dict[str, Any], code: str | None) -> None:
    validator = bearers.validator()
    header = f"Bearer {bearers.token(**changes)}"
    if code is None:
        assert validator.authorize(header, needs).client_id == CLIENT
        return
    with pytest.raises(TokenRefusedError) as caught:
        validator.authorize(header, needs)
    error = caught.value
    assert (error.code, error.status_code, error.bearer_error) == (code, 403, "insufficient_scope")


def test_a_list_that_is_one_string_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="list of strings"):
        Needs.of(scopes="Files.Read")


def test_a_step_up_is_asked_for_with_a_claims_challenge(bearers: Bearers) -> None:
    """Of a client that says it understands one; another is refused for good."""
    needs = Needs.of(scopes=["Files.Read"], context="c1")
    validator = bearers.validator()
    assert validator.authorize(f"Bearer {bearers.token(acrs=['c1', 'c2'])}", needs)
    with pytest.raises(TokenRefusedError) as caught:
        validator.authorize(f"Bearer {bearers.token(xms_cc=['CP1'])}", needs)
    assert caught.value.status_code == 401
    challenge = caught.value.challenge(f"{HOST}/authorize")
    assert f'authorization_uri="{HOST}/authorize", error="insufficient_claims"' in challenge
    claims = challenge.partition(' claims="')[2].rstrip('"')
    assert json.loads(base64.b64decode(claims)) == {
        "access_token": {"acrs": {"essential": True, "value": "c1"}}
    }
    with pytest.raises(TokenRefusedError) as caught:
        validator.authorize(f"Bearer {bearers.token()}", needs)
    assert (caught.value.status_code, caught.value.claims) == (403, "")


def test_a_scope_that_lacks_stands_in_the_challenge() -> None:
    error = TokenRefusedError("No.", error="insufficient_scope", scope="Files.Read")
    assert error.challenge() == (
        'Bearer realm="", error="insufficient_scope", error_description="No.", scope="Files.Read"'
    )
    assert error.to_dict()["status_code"] == 403


def test_nothing_that_a_caller_wrote_can_end_the_header() -> None:
    error = claims_challenge("{}", 'a"b\\c\r\nX: é')
    assert error.challenge() == (
        'Bearer realm="", error="insufficient_claims", error_description="a\'b/c  X: ?", '
        'claims="e30="'
    )


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer  ", "Basic dTpw", "Token x"])
def test_a_call_without_a_token_is_told_to_bring_one(header: str | None) -> None:
    with pytest.raises(TokenRefusedError) as caught:
        bearer_token(header)
    assert (caught.value.code, caught.value.status_code) == ("no_token", 401)
    assert caught.value.challenge() == 'Bearer realm=""'


@pytest.mark.parametrize("header", ["Bearer x", "bearer x", "BEARER  x "])
def test_the_scheme_is_known_in_any_case(header: str) -> None:
    assert bearer_token(header) == "x"


def test_claims_by_their_meaning(bearers: Bearers) -> None:
    overage: dict[str, Any] = {"_claim_names": {"groups": "src1"}}
    caller = bearers.validator().validate(
        bearers.token(roles=["Admin"], acrs="c1", xms_cc=["cp1"], **overage)
    )
    assert caller.user_key == (TENANT, USER)
    assert caller.scopes == {"Files.Read", "Files.Write"}
    assert caller.user_roles == {"Admin"}
    assert not caller.app_roles
    assert not caller.is_app
    assert caller.has_groups_overage
    assert caller.takes_challenges
    assert caller.contexts == {"c1"}
    assert not caller.is_guest
    assert len(caller) == len(list(caller))
    assert repr(caller) == f"TokenClaims(user '{USER}' of tenant '{TENANT}')"


def test_an_application_by_its_claims(bearers: Bearers) -> None:
    caller = bearers.validator().validate(signed(bearers.app_claims()))
    assert caller.is_app
    assert caller.app_roles == {"Files.Read.All"}
    assert not caller.user_roles | caller.scopes
    assert not caller.has_groups_overage
    assert TokenClaims({"hasgroups": True}).has_groups_overage
    assert TokenClaims({"idp": OTHER_TENANT, "iss": TENANT}).is_guest
