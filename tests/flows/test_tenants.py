from __future__ import annotations

from typing import Any

import pytest

from entrada._engine.world import World
from entrada._wire.tenants import Tenants, check_tenant, check_text
from entrada.errors import AuthenticationRejectedError, ConfigurationError

HOME = "11111111-1111-1111-1111-111111111111"
OTHER = "contoso.example"


def _choose(tenants: Tenants, asked: str | None, env: dict[str, str] | None = None) -> str:
    return tenants.choose(asked, World.fake(env or {}), "X")


@pytest.mark.parametrize("tenant", [HOME, OTHER, "adfs", "organizations", "a-b.c"])
def test_a_tenant_is_a_guid_or_a_domain(tenant: str) -> None:
    assert check_tenant(tenant, "tenant_id") == tenant


@pytest.mark.parametrize("tenant", [None, "", "a b", "a/b", "../a", "a?b", "a#b", "-a", ".a", 7])
def test_anything_else_is_the_callers_mistake(tenant: Any) -> None:
    with pytest.raises(ConfigurationError, match="tenant_id") as caught:
        check_tenant(tenant, "tenant_id")
    assert caught.value.code == "bad_tenant"


@pytest.mark.parametrize("value", [None, "", 7])
def test_a_required_text_that_is_missing_is_named(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="client_id") as caught:
        check_text(value, "client_id", "a GUID")
    assert (caught.value.code, caught.value.hint) == ("no_client_id", "client_id has to be a GUID.")


@pytest.mark.parametrize("asked", [None, "", HOME])
def test_without_a_wish_it_is_the_credentials_own_tenant(asked: str | None) -> None:
    assert _choose(Tenants.of(HOME, None), asked) == HOME


@pytest.mark.parametrize("allowed", [[OTHER], ["*"], ["x.example", OTHER], {OTHER}])
def test_an_allowed_tenant_may_be_asked_for(allowed: Any) -> None:
    assert _choose(Tenants.of(HOME, allowed), OTHER) == OTHER


@pytest.mark.parametrize("allowed", [None, [], ["x.example"]])
def test_any_other_is_refused_with_how_to_allow_it(allowed: Any) -> None:
    with pytest.raises(AuthenticationRejectedError, match=OTHER) as caught:
        _choose(Tenants.of(HOME, allowed), OTHER)
    assert caught.value.code == "tenant_not_allowed"
    assert f"additionally_allowed_tenants=['{OTHER}']" in (caught.value.hint or "")


def test_a_credential_without_a_tenant_of_its_own_serves_any() -> None:
    assert _choose(Tenants.of("", None), OTHER) == OTHER


def test_one_for_all_organizations_serves_any_unless_a_list_says_which() -> None:
    assert _choose(Tenants.of("organizations", None), OTHER) == OTHER
    with pytest.raises(AuthenticationRejectedError):
        _choose(Tenants.of("organizations", ["x.example"]), OTHER)


def test_ad_fs_has_no_tenants() -> None:
    assert _choose(Tenants.of("adfs", ["*"]), OTHER) == "adfs"


def test_the_environment_can_switch_other_tenants_off() -> None:
    env = {"AZURE_IDENTITY_DISABLE_MULTITENANTAUTH": "true"}

    assert _choose(Tenants.of(HOME, ["*"]), OTHER, env) == HOME


def test_a_tenant_that_a_request_names_is_checked_as_any() -> None:
    with pytest.raises(ConfigurationError):
        _choose(Tenants.of(HOME, ["*"]), "a/../b")


def test_one_string_is_not_a_list_of_tenants() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        Tenants.of(HOME, "contoso.example")
