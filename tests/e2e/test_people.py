"""People sign in to the local cloud through entrada, azure-identity and MSAL, over sockets."""

from __future__ import annotations

import webbrowser
from typing import Any

import pytest

import entrada
from e2e.browser import Browser
from e2e.msal_client import msal_app
from e2e.people import PEOPLE, WITH_A_PERSON, ana, check, made, token_of
from e2e.verify import SCOPE, verified
from e2e.ways import fresh
from entrada.local import people
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = PEOPLE

_MANAGEMENT = "https://management.azure.com"


# MSAL, and azure-identity through it, ask about the name's realm at port 443 whatever the
# authority's port is: see test_people_password.py.
@pytest.mark.parametrize("library", ["entrada", "entrada.aio"])
def test_name_and_password_sign_a_person_in(library: str, cloud: LocalCloud, ana: User) -> None:
    """Where no second factor is demanded."""
    client = cloud.public_client(fresh("desktop"))
    arguments = {
        "client_id": client,
        "username": ana.username,
        "password": ana.password,
        "tenant_id": cloud.tenant_id,
    }
    credential = made(cloud, library, "UsernamePasswordCredential", **arguments)
    check(cloud, token_of(credential), ana, client)
    wrong = made(cloud, library, "UsernamePasswordCredential", **{**arguments, "password": "wrong"})
    with pytest.raises(entrada.AuthenticationRejectedError, match="invalid username or password"):
        token_of(wrong)


def test_a_password_is_not_enough_where_a_second_factor_is_demanded(cloud: LocalCloud) -> None:
    """The error asks for the person."""
    user = cloud.user(fresh("ana"), mfa_required=True)
    credential = entrada.UsernamePasswordCredential(
        cloud.public_client(fresh("desktop")),
        user.username,
        user.password,
        tenant_id=cloud.tenant_id,
        authority=cloud.endpoints.login,
    )
    with pytest.raises(entrada.AuthenticationRequiredError) as caught:
        credential.get_token(SCOPE)
    assert caught.value.code == "AADSTS50076"
    assert "second factor" in str(caught.value.hint)


@pytest.mark.parametrize("library", WITH_A_PERSON)
def test_a_browser_signs_its_person_in(
    library: str, cloud: LocalCloud, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real pages: a wrong password, the right one, and consent."""
    client = cloud.public_client(fresh("desktop"), consented=False)
    browser = Browser(cloud, ana)
    browser.passwords = ["wrong", ana.password]
    more: dict[str, Any] = {}
    if library.startswith("entrada"):
        more = {"mode": "browser", "open_browser": browser.open}
    else:
        monkeypatch.setattr(webbrowser, "open", browser.open)
    credential = made(
        cloud,
        library,
        "InteractiveBrowserCredential",
        client_id=client,
        tenant_id=cloud.tenant_id,
        timeout=60,
        **more,
    )
    check(cloud, token_of(credential), ana, client)
    browser.close()
    assert browser.seen[0] == "Sign in"
    assert browser.seen[1].startswith("Sign in: ")
    assert "Permissions requested" in browser.seen
    if library.startswith("entrada"):
        assert browser.seen[-1] == "Signed in"


def test_msal_signs_in_by_browser(
    cloud: LocalCloud, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library below azure-identity opens the same pages."""
    client = cloud.public_client(fresh("desktop"))
    browser = Browser(cloud, ana)
    monkeypatch.setattr(webbrowser, "open", browser.open)
    got = msal_app(cloud, client).acquire_token_interactive([SCOPE], timeout=60)
    browser.close()
    check(cloud, got["access_token"], ana, client)


def _browser_credential(
    cloud: LocalCloud, browser: Browser, client: str, **changes: Any
) -> entrada.InteractiveBrowserCredential:
    options: dict[str, Any] = {
        "client_id": client,
        "tenant_id": cloud.tenant_id,
        "authority": cloud.endpoints.login,
        "mode": "browser",
        "open_browser": browser.open,
        "timeout": 60,
    }
    return entrada.InteractiveBrowserCredential(**{**options, **changes})


def test_a_person_with_a_second_factor_passes_it_in_the_browser(cloud: LocalCloud) -> None:
    """The token says so."""
    user = cloud.user(fresh("ana"), mfa_required=True)
    client = cloud.public_client(fresh("desktop"))
    browser = Browser(cloud, user)
    token = token_of(_browser_credential(cloud, browser, client))
    browser.close()
    assert "mfa" in check(cloud, token, user, client)["amr"]
    assert "Approve the sign-in" in browser.seen


def test_a_person_who_does_not_consent_is_not_signed_in(cloud: LocalCloud, ana: User) -> None:
    """The program hears it, and the browser's last page says it."""
    client = cloud.public_client(fresh("desktop"), consented=False)
    browser = Browser(cloud, ana, Permissions_requested="Cancel")
    with pytest.raises(entrada.AuthenticationRejectedError) as caught:
        token_of(_browser_credential(cloud, browser, client))
    browser.close()
    assert caught.value.code == "AADSTS65004"
    assert browser.seen[-1] == "Not signed in"


def test_one_sign_in_serves_every_scope_until_it_is_revoked(cloud: LocalCloud, ana: User) -> None:
    """Then the person is asked again, or the app is told to ask them."""
    client = cloud.public_client(fresh("desktop"))
    browser = Browser(cloud, ana)
    credential = _browser_credential(cloud, browser, client, disable_automatic_authentication=True)
    with pytest.raises(entrada.AuthenticationRequiredError) as caught:
        credential.get_token(SCOPE)
    record = credential.authenticate(scopes=caught.value.scopes)
    browser.close()
    assert record.username == ana.username
    assert record.home_account_id == f"{ana.object_id}.{cloud.tenant_id}"
    check(cloud, credential.get_token(SCOPE).token, ana, client)
    other = credential.get_token(f"{_MANAGEMENT}/.default").token
    assert verified(cloud, other, _MANAGEMENT)["oid"] == ana.object_id
    people.revoke_sessions(cloud.cloud, ana.object_id)
    with pytest.raises(entrada.AuthenticationRequiredError) as caught:
        credential.get_token("https://vault.azure.net/.default")
    assert caught.value.code == "sign_in_required"
    assert "refused" in caught.value.message
    credential.close()
