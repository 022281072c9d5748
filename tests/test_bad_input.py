"""Wrong input is an error before any request, which names the argument or variable and the fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from entrada import (
    AuthenticationError,
    AuthorizationCodeCredential,
    AzureCliCredential,
    CertificateCredential,
    ChainedTokenCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ConfigurationError,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    OnBehalfOfCredential,
    UsernamePasswordCredential,
    WorkloadIdentityCredential,
    aio,
)
from entrada.testing import Completed, Request, Response, Run, World

_SCOPE = "https://storage.azure.com/.default"
_TENANT = "contoso.onmicrosoft.com"
_CLIENT = "11111111-1111-4111-8111-111111111111"


def _no_request(request: Request) -> Response:
    pytest.fail(f"a request was sent: {request}")


def _no_program(program: Run) -> Completed:
    pytest.fail(f"a program was started: {program.argv}")


def _world(env: Mapping[str, str] | None = None, files: Mapping[str, bytes] | None = None) -> World:
    return World.fake(env, files=files, programs={"az": _no_program})


def _refused(make: Callable[[], Any], *scopes: Any) -> AuthenticationError:
    """Return the error of making a credential or of its first call."""
    with pytest.raises(AuthenticationError) as caught:
        make().get_token(*scopes or (_SCOPE,))
    assert caught.value.hint
    return caught.value


def _secret(**changes: Any) -> ClientSecretCredential:
    arguments: dict[str, Any] = {
        "tenant_id": _TENANT,
        "client_id": _CLIENT,
        "client_secret": "canary-client-secret",
        "world": _world(),
        "transport": _no_request,
    }
    return ClientSecretCredential(**{**arguments, **changes})


_REQUIRED: list[tuple[Any, dict[str, Any], str]] = [
    (cls, arguments, name)
    for cls, arguments in (
        (
            ClientSecretCredential,
            {"tenant_id": _TENANT, "client_id": _CLIENT, "client_secret": "s"},
        ),
        (
            CertificateCredential,
            {"tenant_id": _TENANT, "client_id": _CLIENT, "certificate_path": "/c.pem"},
        ),
        (
            ClientAssertionCredential,
            {"tenant_id": _TENANT, "client_id": _CLIENT, "func": lambda: "assertion"},
        ),
        (
            WorkloadIdentityCredential,
            {"tenant_id": _TENANT, "client_id": _CLIENT, "token_file_path": "/token"},
        ),
        (
            UsernamePasswordCredential,
            {"client_id": _CLIENT, "username": "ana@contoso.com", "password": "p"},
        ),
        (
            AuthorizationCodeCredential,
            {
                "tenant_id": _TENANT,
                "client_id": _CLIENT,
                "authorization_code": "a",
                "redirect_uri": "https://app.example/",
            },
        ),
        (
            OnBehalfOfCredential,
            {
                "tenant_id": _TENANT,
                "client_id": _CLIENT,
                "client_secret": "s",
                "user_assertion": "a",
            },
        ),
    )
    for name in arguments
]


@pytest.mark.filterwarnings("ignore:UsernamePasswordCredential:DeprecationWarning")
@pytest.mark.parametrize("value", [None, "", 17])
@pytest.mark.parametrize(
    ("cls", "arguments", "name"),
    _REQUIRED,
    ids=[f"{row[0].__name__}-{row[2]}" for row in _REQUIRED],
)
def test_a_required_argument_that_cannot_be_right_is_refused_by_name(
    cls: Any, arguments: dict[str, Any], name: str, value: Any
) -> None:
    """None, an empty string and a number are no value for any of them."""
    error = _refused(
        lambda: cls(**{**arguments, name: value}, world=_world(), transport=_no_request)
    )
    assert isinstance(error, ConfigurationError)
    assert name in error.message


@pytest.mark.parametrize("cls", [ClientSecretCredential, aio.ClientSecretCredential])
def test_the_constructor_itself_refuses_what_its_arguments_alone_prove_wrong(cls: Any) -> None:
    """Nobody has to wait for the first token to hear of a missing tenant, on either face."""
    with pytest.raises(ConfigurationError, match="tenant_id"):
        cls(None, _CLIENT, "secret")
    with pytest.raises(ValueError, match="client_secret"):
        cls(_TENANT, _CLIENT, None)


@pytest.mark.parametrize(
    "tenant", ["contoso.com/", "my tenant", "https://login.microsoftonline.com/x", "-x", "a?b", "é"]
)
def test_a_tenant_that_would_change_the_url_is_refused(tenant: str) -> None:
    """A tenant is a GUID or a domain; anything else could lead the secret elsewhere."""
    error = _refused(lambda: _secret(tenant_id=tenant))
    assert error.code == "bad_tenant"
    assert repr(tenant) in error.message
    assert "az account show" in str(error.hint)


@pytest.mark.parametrize("authority", ["http://login.example", "ftp://x", "https://", "https:///x"])
def test_an_authority_that_is_no_https_host_is_refused(authority: str) -> None:
    """The secret travels to it."""
    error = _refused(lambda: _secret(authority=authority))
    assert error.code == "bad_authority"
    assert "authority" in error.message


def test_one_string_is_not_a_list_of_tenants() -> None:
    """It would be taken for a list of letters, which allows nothing."""
    error = _refused(lambda: _secret(additionally_allowed_tenants="fabrikam.com"))
    assert "additionally_allowed_tenants" in error.message
    assert "['fabrikam.com']" in str(error.hint)


@pytest.mark.parametrize(
    ("scopes", "code"),
    [
        (("https://storage.azure.com/user_impersonation",), "scope_without_default"),
        (("https://storage.azure.com",), "scope_without_default"),
        (("User.Read",), "scope_without_default"),
        (("/.default",), "scope_without_default"),
        ((_SCOPE, "https://vault.azure.net/.default"), "several_scopes"),
        (("",), "bad_scope"),
        ((" ",), "bad_scope"),
        ((f"{_SCOPE} ",), "bad_scope"),
        ((f"{_SCOPE}\n",), "bad_scope"),
        ((None,), "bad_scope"),
        (([_SCOPE],), "bad_scope"),
        ((17,), "bad_scope"),
    ],
)
def test_a_scope_that_nobody_could_get_is_refused(scopes: tuple[Any, ...], code: str) -> None:
    """The error says what a scope looks like."""
    error = _refused(_secret, *scopes)
    assert isinstance(error, ConfigurationError)
    assert error.code == code


def test_no_scope_at_all_is_refused() -> None:
    """The error shows a call that would work."""
    with pytest.raises(ConfigurationError, match="at least one scope") as caught:
        _secret().get_token()
    assert "get_token(" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("scope", "guess"),
    [
        ("https://vault.azure.net/user_impersonation", "https://vault.azure.net/.default"),
        ("https://vault.azure.net", "https://vault.azure.net/.default"),
        ("api://my-api/Read", "api://my-api/.default"),
        (_CLIENT, f"{_CLIENT}/.default"),
    ],
)
def test_the_right_scope_is_guessed(scope: str, guess: str) -> None:
    """The hint can be pasted."""
    assert guess in str(_refused(_secret, scope).hint)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ManagedIdentityCredential(world=_world(), transport=_no_request),
        lambda: AzureCliCredential(world=_world(), transport=_no_request),
    ],
)
def test_several_scopes_are_refused_wherever_one_resource_is_asked_for(
    make: Callable[[], Any],
) -> None:
    """A managed identity and the Azure CLI take one resource, too."""
    assert _refused(make, _SCOPE, "https://vault.azure.net/.default").code == "several_scopes"


@pytest.mark.parametrize("scope", ["https://x y/.default", "https://x;reboot/.default", "-h"])
def test_a_scope_never_becomes_an_option_or_a_second_argument(scope: str) -> None:
    """No program is started for it."""
    error = _refused(lambda: AzureCliCredential(world=_world()), scope)
    assert error.code == "bad_scope"


@pytest.mark.parametrize("tenant", ["--help", "a b", "x;y"])
def test_a_tool_gets_no_tenant_that_is_none(tenant: str) -> None:
    """Neither from the constructor nor from a request."""
    error = _refused(lambda: AzureCliCredential(tenant_id=tenant, world=_world()))
    assert error.code == "bad_tenant"
    with pytest.raises(ConfigurationError, match="tenant_id"):
        AzureCliCredential(world=_world()).get_token(_SCOPE, tenant_id=tenant)


def test_a_missing_certificate_is_named_with_its_path() -> None:
    """It is read with the first token, since a constructor does no input or output."""
    error = _refused(
        lambda: CertificateCredential(
            _TENANT, _CLIENT, "/nowhere.pem", world=_world(), transport=_no_request
        )
    )
    assert "/nowhere.pem" in error.message
    assert "ls -l /nowhere.pem" in str(error.hint)


def test_a_directory_is_no_certificate(tmp_path: Path) -> None:
    """What the system says is passed on, on a real machine."""
    error = _refused(
        lambda: CertificateCredential(_TENANT, _CLIENT, str(tmp_path), transport=_no_request)
    )
    assert str(tmp_path) in error.message
    assert "directory" in error.message


@pytest.mark.parametrize("given", [{}, {"certificate_path": "/c", "certificate_data": b"x"}])
def test_a_certificate_is_given_in_one_way(given: dict[str, Any]) -> None:
    """Neither none nor two."""
    error = _refused(lambda: CertificateCredential(_TENANT, _CLIENT, **given))
    assert "certificate_path or certificate_data" in error.message


def test_a_missing_token_file_is_named_with_its_path() -> None:
    """So that a volume that is not mounted is found at once."""
    error = _refused(
        lambda: WorkloadIdentityCredential(
            tenant_id=_TENANT,
            client_id=_CLIENT,
            token_file_path="/var/run/token",
            world=_world(),
            transport=_no_request,
        )
    )
    assert "/var/run/token" in error.message
    assert isinstance(error, ConfigurationError)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        (
            {"AZURE_TENANT_ID": _TENANT, "AZURE_CLIENT_SECRET": "canary"},
            ["AZURE_TENANT_ID, AZURE_CLIENT_SECRET set", "AZURE_CLIENT_ID missing"],
        ),
        (
            {"AZURE_TENANT_ID": _TENANT, "AZURE_CLIENT_ID": _CLIENT},
            ["AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH missing"],
        ),
        (
            {"AZURE_TENANT_ID": "", "AZURE_CLIENT_ID": _CLIENT, "AZURE_CLIENT_SECRET": "canary"},
            ["AZURE_TENANT_ID missing", "AZURE_TENANT_ID set to nothing"],
        ),
    ],
)
def test_half_set_variables_are_named(env: dict[str, str], words: list[str]) -> None:
    """Those that are there, those that are missing, and those that are empty."""
    credential = EnvironmentCredential(world=_world(env), transport=_no_request)
    error = _refused(lambda: credential)
    for expected in words:
        assert expected in error.message
    assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("make", "env"),
    [
        (EnvironmentCredential, {"AZURE_CLIENT_SECRET": "canary"}),
        (WorkloadIdentityCredential, {"AZURE_FEDERATED_TOKEN_FILE": "/token"}),
    ],
)
def test_a_tenant_out_of_the_environment_is_named_by_its_variable(
    make: Any, env: dict[str, str]
) -> None:
    """The person who has to mend it never wrote an argument."""
    variables = {**env, "AZURE_TENANT_ID": "my tenant", "AZURE_CLIENT_ID": _CLIENT}
    error = _refused(lambda: make(world=_world(variables), transport=_no_request))
    assert "AZURE_TENANT_ID" in error.message


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"client_id": "a", "object_id": "b"}, "one of"),
        ({"principal_id": "a"}, "'principal_id'"),
        ({"client_id": ""}, "client_id"),
        ({"client_id": None}, "client_id"),
    ],
)
def test_an_identity_is_named_once_and_by_a_known_key(config: Any, words: str) -> None:
    """Else another identity than the one that is meant might answer."""
    error = _refused(
        lambda: ManagedIdentityCredential(
            identity_config=config, world=_world(), transport=_no_request
        )
    )
    assert error.code == "bad_identity_config"
    assert words in error.message


@pytest.mark.parametrize(
    ("link", "words"), [(ClientSecretCredential, "class"), (_SCOPE, "str"), (None, "NoneType")]
)
def test_a_link_is_a_credential_object(link: Any, words: str) -> None:
    """Neither a class nor a scope nor nothing."""
    error = _refused(lambda: ChainedTokenCredential(link))
    assert error.code == "not_a_credential"
    assert words in f"{error.message} {error.hint}"


@pytest.mark.parametrize(
    ("make", "keyword", "words"),
    [
        (_secret, "authorty", "Did you mean 'authority'?"),
        (_secret, "enable_support_logging", "no log"),
        (DefaultAzureCredential, "exclude_cli_credentials", "exclude_cli_credential"),
        (DefaultAzureCredential, "tenant_id", "get_token(..., tenant_id=...)"),
        (AzureCliCredential, "authority", "AzureCliCredential"),
        (ManagedIdentityCredential, "object_id", "object_id"),
    ],
)
def test_an_unknown_keyword_is_refused_with_the_nearest_one(
    make: Callable[..., Any], keyword: str, words: str
) -> None:
    """A misspelt option never silently does nothing."""
    with pytest.raises(TypeError, match=keyword) as caught:
        make(**{keyword: "x"})
    assert words in str(caught.value)


def test_claims_that_are_no_json_are_refused() -> None:
    """The challenge's header is base64; what is wanted is what stands inside."""
    with pytest.raises(ConfigurationError, match="claims"):
        _secret().get_token(_SCOPE, claims="not json", enable_cae=True)


@pytest.mark.parametrize("tenant", ["a/b", "my tenant"])
def test_a_tenant_of_a_request_is_checked_too(tenant: str) -> None:
    """It comes from the service's challenge, and ends in the URL."""
    with pytest.raises(ConfigurationError, match="tenant_id"):
        _secret(additionally_allowed_tenants=["*"]).get_token(_SCOPE, tenant_id=tenant)
