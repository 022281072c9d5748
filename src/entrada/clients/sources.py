"""The table of credential sources: what each is called, its keys, and what they are here.

The names are those of .NET's credential configuration in snake case; however a name's words are
joined, it is the same name. A key's ``keyword`` is that of the credential class's constructor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["text", "secret", "flag", "seconds", "texts"]


class Key(NamedTuple):
    """One key: its name, the keyword it becomes (default: the same), and what it takes."""

    name: str
    kind: Kind = "text"
    keyword: str = ""
    meaning: str = ""

    @property
    def argument(self) -> str:
        """The keyword."""
        return self.keyword or self.name


class Source(NamedTuple):
    """One source: the credential's class in ``entrada``, its keys, and those it cannot do without.

    ``class_name`` is empty for what is no class of tokens. ``authority`` says that it talks to
    Microsoft Entra itself, so that a cloud's authority is for it.
    """

    name: str
    class_name: str
    keys: tuple[Key, ...] = ()
    required: tuple[str, ...] = ()
    authority: bool = False
    meaning: str = ""


_TENANT = Key("tenant_id", meaning="tenant, as GUID or domain")
_CLIENT = Key("client_id", meaning="application (client) id")
_ALLOWED = Key("additionally_allowed_tenants", "texts", meaning='other tenants; "*": any')
_TIMEOUT = Key("process_timeout", "seconds", meaning="how long the program may take")
_AUTHORITY = (
    Key("authority_host", keyword="authority", meaning="authority, as host or URL"),
    Key("authority", meaning="the same"),
    Key("azure_cloud", meaning="public, usgov or china, in place of authority_host"),
    Key("disable_instance_discovery", "flag", meaning="taken; nobody is ever asked"),
)
_ENTRA = (_TENANT, _CLIENT, _ALLOWED, *_AUTHORITY)
_CERTIFICATE = (
    Key("client_certificate_path", keyword="certificate_path", meaning="PEM or PKCS #12 file"),
    Key("client_certificate_password", "secret", "password", "password of that file"),
    Key("send_certificate_chain", "flag", meaning="sign in by subject name and issuer"),
)
_SECRET = Key("client_secret", "secret", meaning="client secret")
_IDENTITY = (
    Key("managed_identity_id_kind", meaning="system_assigned, client_id, resource_id or object_id"),
    Key("managed_identity_id", meaning="which user-assigned identity, as the kind says"),
    Key("managed_identity_client_id", meaning="user-assigned identity by client id"),
    Key("managed_identity_resource_id", meaning="user-assigned identity by ARM id"),
    Key("managed_identity_object_id", meaning="user-assigned identity by object id"),
)
_PERSON = (
    Key("disable_automatic_authentication", "flag", meaning="raise instead of asking a person"),
)
_EXCLUDE = {
    "environment": "environment",
    "workload_identity": "workload_identity",
    "managed_identity": "managed_identity",
    "shared_token_cache": "shared_token_cache",
    "visual_studio_code": "visual_studio_code",
    "azure_cli": "cli",
    "cli": "cli",
    "azure_power_shell": "powershell",
    "azure_developer_cli": "developer_cli",
    "developer_cli": "developer_cli",
    "interactive_browser": "interactive_browser",
    "broker": "broker",
}
_DEFAULT = (
    _TENANT,
    _CLIENT,
    _ALLOWED,
    *_AUTHORITY,
    Key("managed_identity_client_id", meaning="user-assigned identity; client_id is the same"),
    Key("workload_identity_client_id", meaning="application of a pod"),
    Key("workload_identity_tenant_id", meaning="tenant of a pod's application"),
    Key("shared_token_cache_tenant_id", keyword="shared_cache_tenant_id"),
    Key("shared_token_cache_username", keyword="shared_cache_username"),
    Key("visual_studio_code_tenant_id"),
    Key("interactive_browser_tenant_id"),
    Key("interactive_browser_credential_client_id", keyword="interactive_browser_client_id"),
    Key("credential_process_timeout", "seconds", "process_timeout", "seconds for one program"),
    Key("process_timeout", "seconds", meaning="the same"),
    Key("deadline", "seconds", meaning="seconds that a token may take in all"),
    Key("profile", meaning="prod or dev: half of the chain"),
    *(
        Key(f"exclude_{name}_credential", "flag", f"exclude_{ours}_credential")
        for name, ours in _EXCLUDE.items()
    ),
)

SOURCES: tuple[Source, ...] = (
    Source(
        "auto",
        "",
        (*_DEFAULT, *(key for key in _IDENTITY if key.name != "managed_identity_client_id")),
        authority=True,
        meaning="managed_identity where Azure hosts the process, else default",
    ),
    Source(
        "default",
        "DefaultAzureCredential",
        _DEFAULT,
        authority=True,
        meaning="whatever the place has to offer, in order",
    ),
    Source(
        "managed_identity",
        "ManagedIdentityCredential",
        (_CLIENT, *_IDENTITY),
        meaning="the identity of the Azure resource",
    ),
    Source(
        "managed_identity_as_federated_identity",
        "FederatedCredential",
        (*_ENTRA, *_IDENTITY),
        ("tenant_id", "client_id"),
        authority=True,
        meaning="an application that trusts a managed identity, also across tenants",
    ),
    Source(
        "workload_identity",
        "WorkloadIdentityCredential",
        (
            *_ENTRA,
            Key("token_file_path", meaning="file of the federated token"),
            Key("is_azure_proxy_enabled", "flag", "enable_azure_proxy", "AKS's token proxy"),
        ),
        authority=True,
        meaning="a pod's federated token",
    ),
    Source(
        "environment",
        "EnvironmentCredential",
        (*_ENTRA, _SECRET, *_CERTIFICATE),
        authority=True,
        meaning="a service principal, of this section or else of AZURE_* variables",
    ),
    Source(
        "client_secret",
        "ClientSecretCredential",
        (*_ENTRA, _SECRET),
        ("tenant_id", "client_id", "client_secret"),
        authority=True,
        meaning="a service principal with a secret",
    ),
    Source(
        "client_certificate",
        "CertificateCredential",
        (*_ENTRA, *_CERTIFICATE),
        ("tenant_id", "client_id", "client_certificate_path"),
        authority=True,
        meaning="a service principal with a certificate",
    ),
    Source(
        "azure_pipelines",
        "AzurePipelinesCredential",
        (*_ENTRA, Key("service_connection_id"), Key("system_access_token", "secret")),
        ("tenant_id", "client_id", "service_connection_id", "system_access_token"),
        authority=True,
        meaning="a service connection of Azure Pipelines",
    ),
    Source(
        "github_actions",
        "GitHubActionsCredential",
        (*_ENTRA, Key("audience", meaning="audience of GitHub's token")),
        authority=True,
        meaning="a workflow of GitHub Actions",
    ),
    Source(
        "azure_cli",
        "AzureCliCredential",
        (_TENANT, _ALLOWED, _TIMEOUT, Key("subscription", meaning="subscription, by id or name")),
        meaning="whoever ran az login",
    ),
    Source(
        "azure_developer_cli",
        "AzureDeveloperCliCredential",
        (_TENANT, _ALLOWED, _TIMEOUT),
        meaning="whoever ran azd auth login",
    ),
    Source(
        "azure_power_shell",
        "AzurePowerShellCredential",
        (_TENANT, _ALLOWED, _TIMEOUT),
        meaning="whoever ran Connect-AzAccount",
    ),
    Source(
        "visual_studio_code",
        "VisualStudioCodeCredential",
        (_TENANT, _ALLOWED),
        meaning="whoever signed in to Azure in Visual Studio Code",
    ),
    Source(
        "interactive_browser",
        "InteractiveBrowserCredential",
        (*_ENTRA, *_PERSON, Key("login_hint"), Key("redirect_uri")),
        authority=True,
        meaning="a person, in a browser",
    ),
    Source(
        "device_code",
        "DeviceCodeCredential",
        (*_ENTRA, *_PERSON),
        authority=True,
        meaning="a person, on another device",
    ),
    Source("api_key", "", (Key("key", "secret"),), ("key",), meaning="a service's key"),
    Source(
        "named_key",
        "",
        (Key("account_name"), Key("account_key", "secret")),
        ("account_name", "account_key"),
        meaning="a storage account's key",
    ),
    Source("sas", "", (Key("signature", "secret"),), ("signature",), meaning="a SAS token"),
    Source("none", "", meaning="no credential, for what anybody may read"),
)

ALIASES: Mapping[str, str] = {
    "azure_powershell": "azure_power_shell",
    "certificate": "client_certificate",
    "default_azure": "default",
    "managed_identity_as_fic": "managed_identity_as_federated_identity",
    "shared_key": "named_key",
}

REFUSED_SOURCES: Mapping[str, str] = {
    "visual_studio": "it is a tool of .NET on Windows; use azure_cli or visual_studio_code",
    "broker": "the broker of Windows is a link of default, which asks it last",
    "username_password": "passwords do not sign in where a second factor is asked; use device_code",
    "shared_token_cache": "it is a link of default; use azure_cli",
}

REFUSED_KEYS: Mapping[str, str] = {
    "client_certificate": "it is a thumbprint in the certificate store of Windows; give "
    "client_certificate_path, a PEM or PKCS #12 file",
    "client_certificate_store_name": "there is a certificate store in Windows only; give "
    "client_certificate_path",
    "client_certificate_store_location": "there is a certificate store in Windows only; give "
    "client_certificate_path",
    "token_cache_persistence_options": "tokens are kept in memory only",
    "browser_customization": "the page that ends a sign-in has no text of yours",
    "use_default_broker_account": "the broker of Windows is a link of default",
    "is_legacy_msa_passthrough_enabled": "the broker of Windows is a link of default",
    "exclude_visual_studio_credential": "the chain has no Visual Studio; leave it out",
    "visual_studio_tenant_id": "the chain has no Visual Studio; leave it out",
    "diagnostics": "a credential's log is that of the logger entrada, which never shows a token",
    "retry": "a credential retries by itself; deadline bounds it, pass a made credential for more",
    "is_unsafe_support_logging_enabled": "no log here ever holds what it would let into the log",
}
"""Keys of .NET's that mean nothing here, with the reason."""
