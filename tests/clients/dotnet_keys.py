"""Every key of .NET's credential configuration: under which name it is taken here, or why not.

``given`` is a client's section as .NET's documentation spells it. ``outcome`` is how the registry
then describes the credential, or, where the key is refused, words of the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One key, or one value of a key that chooses among many."""

    key: str
    here: str
    given: Mapping[str, Any]
    outcome: str
    refused: bool = False


def source(name: str, outcome: str, here: str = "", **keys: Any) -> Row:
    """Return the row of a credential source."""
    given = {"Credential": {"CredentialSource": name, **keys}}
    return Row(f"`Credential:CredentialSource` = `{name}`", here, given, outcome)


def key(source_name: str, name: str, value: Any, here: str, outcome: str, **others: Any) -> Row:
    """Return the row of a key of a source."""
    given = {"Credential": {"CredentialSource": source_name, name: value, **others}}
    return Row(f"`Credential:{name}` ({source_name})", here, given, outcome)


def refused(name: str, outcome: str, given: Mapping[str, Any]) -> Row:
    """Return the row of a key that means nothing here."""
    return Row(name, "", given, outcome, refused=True)


_APP = {"tenantId": "t", "clientId": "c"}
_NEW_APP = {"TenantId": "t", "ClientId": "c"}
_IDENTITY = {"ManagedIdentityIdKind": "ClientId", "ManagedIdentityId": "m"}

CLASSIC: tuple[Row, ...] = (
    Row("(no key)", "(no key)", {}, "default"),
    Row("`credential` = `managedidentity`", '`credential = "managed_identity"`',
        {"credential": "managedidentity"}, "managed_identity"),
    Row("`credential` = `workloadidentity`", '`credential = "workload_identity"`',
        {"credential": "workloadidentity"}, "workload_identity"),
    Row("`credential` = `managedidentityasfederatedidentity`",
        '`credential = "managed_identity_as_federated_identity"`',
        {"credential": "managedidentityasfederatedidentity", **_APP, "azureCloud": "public",
         "managedIdentityClientId": "m"},
        "managed_identity_as_federated_identity (azure_cloud=public, client_id=c, "
        "identity_client_id=m, tenant_id=t)"),
    Row("`credential` = `azurepipelines`", '`credential = "azure_pipelines"`',
        {"credential": "azurepipelines", **_APP, "serviceConnectionId": "s",
         "systemAccessToken": "x"},
        "azure_pipelines (client_id=c, service_connection_id=s, system_access_token=***, "
        "tenant_id=t)"),
    Row("`credential`, a section of a constructor's (`accountName`, `accountKey`)",
        "`account_name`, `account_key`",
        {"credential": {"accountName": "a", "accountKey": "k"}},
        "named_key (account_key=***, account_name=a)"),
    Row("`credential`, a section of a constructor's (`key`)", "`key`",
        {"credential": {"key": "k"}}, "api_key (key=***)"),
    Row("`credential`, a section of a constructor's (`signature`)", "`signature`",
        {"credential": {"signature": "s"}}, "sas (signature=***)"),
    Row("`tenantId`", "`tenant_id`", {"tenantId": "t"}, "default (tenant_id=t)"),
    Row("`clientId`", "`client_id`", {"clientId": "c"}, "default (managed_identity_client_id=c)"),
    Row("`clientSecret`", "`client_secret`", {**_APP, "clientSecret": "s"},
        "client_secret (client_id=c, client_secret=***, tenant_id=t)"),
    refused("`clientCertificate`", "give client_certificate_path",
            {**_APP, "clientCertificate": "AB12"}),
    refused("`clientCertificateStoreName`", "certificate store in Windows only",
            {**_APP, "clientCertificateStoreName": "MY"}),
    refused("`clientCertificateStoreLocation`", "certificate store in Windows only",
            {**_APP, "clientCertificateStoreLocation": "CurrentUser"}),
    Row("`managedIdentityClientId`", "`managed_identity_client_id`",
        {"credential": "managedidentity", "managedIdentityClientId": "m"},
        "managed_identity (identity_client_id=m)"),
    Row("`managedIdentityResourceId`", "`managed_identity_resource_id`",
        {"credential": "managedidentity", "managedIdentityResourceId": "/r"},
        "managed_identity (identity_resource_id=/r)"),
    Row("`managedIdentityObjectId`", "`managed_identity_object_id`",
        {"credential": "managedidentity", "managedIdentityObjectId": "o"},
        "managed_identity (identity_object_id=o)"),
    Row("`tokenFilePath`", "`token_file_path`",
        {"credential": "workloadidentity", **_APP, "tokenFilePath": "/token"},
        "workload_identity (client_id=c, tenant_id=t, token_file_path=/token)"),
    Row("`azureCloud`", "`azure_cloud`", {**_APP, "clientSecret": "s", "azureCloud": "usgov"},
        "client_secret (azure_cloud=usgov, client_id=c, client_secret=***, tenant_id=t)"),
    Row("`serviceConnectionId`", "`service_connection_id`",
        {**_APP, "serviceConnectionId": "s", "systemAccessToken": "x"},
        "azure_pipelines (client_id=c, service_connection_id=s, system_access_token=***, "
        "tenant_id=t)"),
    Row("`systemAccessToken`", "`system_access_token`",
        {**_APP, "serviceConnectionId": "s", "systemAccessToken": "x"},
        "azure_pipelines (client_id=c, service_connection_id=s, system_access_token=***, "
        "tenant_id=t)"),
    Row("`additionallyAllowedTenants`", "`additionally_allowed_tenants`",
        {"additionallyAllowedTenants": "a; b"},
        "default (additionally_allowed_tenants=a;b)"),
)  # fmt: skip

NEW: tuple[Row, ...] = (
    source("ApiKey", "api_key (key=***)", '`"api_key"`', Key="k"),
    source("AzureCli", "azure_cli", '`"azure_cli"`'),
    source("AzureCliCredential", "azure_cli", '`"azure_cli"`'),
    source("AzureDeveloperCli", "azure_developer_cli", '`"azure_developer_cli"`'),
    source("AzurePipelines", "azure_pipelines (client_id=c, service_connection_id=s, "
           "system_access_token=***, tenant_id=t)", '`"azure_pipelines"`', **_NEW_APP,
           ServiceConnectionId="s", SystemAccessToken="x"),
    source("AzurePowerShell", "azure_power_shell", '`"azure_power_shell"`'),
    source("DefaultAzureCredential", "default", '`"default"`'),
    source("Environment", "environment", '`"environment"`'),
    source("InteractiveBrowser", "interactive_browser", '`"interactive_browser"`'),
    source("ManagedIdentity", "managed_identity", '`"managed_identity"`'),
    source("ManagedIdentityAsFederatedIdentity",
           "managed_identity_as_federated_identity (azure_cloud=china, client_id=c, "
           "identity_client_id=m, tenant_id=t)",
           '`"managed_identity_as_federated_identity"`', **_NEW_APP, **_IDENTITY,
           AzureCloud="china"),
    source("VisualStudioCode", "visual_studio_code", '`"visual_studio_code"`'),
    source("WorkloadIdentity", "workload_identity", '`"workload_identity"`'),
    refused("`Credential:CredentialSource` = `Broker`", "link of default",
            {"Credential": {"CredentialSource": "Broker"}}),
    refused("`Credential:CredentialSource` = `VisualStudio`", "tool of .NET on Windows",
            {"Credential": {"CredentialSource": "VisualStudio"}}),
    Row("`Credential:CredentialSource`, a list", "the same: a chain",
        {"Credential": {"CredentialSource": ["ManagedIdentity", "AzureCli"]}},
        "managed_identity then azure_cli"),
    key("AzureCli", "TenantId", "t", "`tenant_id`", "azure_cli (tenant_id=t)"),
    key("AzureCli", "Subscription", "s", "`subscription`", "azure_cli (subscription=s)"),
    key("AzureCli", "ProcessTimeout", "00:00:20", "`process_timeout`, in seconds or hh:mm:ss",
        "azure_cli (process_timeout=20.0)"),
    key("AzureCli", "AdditionallyAllowedTenants", ["a", "b"], "`additionally_allowed_tenants`",
        "azure_cli (additionally_allowed_tenants=a;b)"),
    key("AzureDeveloperCli", "ProcessTimeout", 20, "`process_timeout`",
        "azure_developer_cli (process_timeout=20.0)"),
    key("AzurePowerShell", "ProcessTimeout", 20, "`process_timeout`",
        "azure_power_shell (process_timeout=20.0)"),
    key("Environment", "ClientSecret", "s", "`client_secret`",
        "environment (client_id=c, client_secret=***, tenant_id=t)", **_NEW_APP),
    key("Environment", "ClientCertificatePath", "/c.pem", "`client_certificate_path`",
        "environment (certificate_path=/c.pem, client_id=c, tenant_id=t)", **_NEW_APP),
    key("Environment", "ClientCertificatePassword", "p", "`client_certificate_password`",
        "environment (certificate_path=/c.pem, client_id=c, password=***, tenant_id=t)",
        **_NEW_APP, ClientCertificatePath="/c.pem"),
    key("Environment", "SendCertificateChain", True, "`send_certificate_chain`",
        "environment (certificate_path=/c.pem, client_id=c, send_certificate_chain=True, "
        "tenant_id=t)", **_NEW_APP, ClientCertificatePath="/c.pem"),
    key("InteractiveBrowser", "LoginHint", "ana", "`login_hint`",
        "interactive_browser (login_hint=ana)"),
    key("InteractiveBrowser", "RedirectUri", "http://localhost:8400", "`redirect_uri`",
        "interactive_browser (redirect_uri=http://localhost:8400)"),
    key("InteractiveBrowser", "DisableAutomaticAuthentication", True,
        "`disable_automatic_authentication`",
        "interactive_browser (disable_automatic_authentication=True)"),
    key("ManagedIdentity", "ManagedIdentityIdKind", "SystemAssigned",
        "`managed_identity_id_kind`", "managed_identity"),
    key("ManagedIdentity", "ManagedIdentityId", "/r", "`managed_identity_id`",
        "managed_identity (identity_resource_id=/r)", ManagedIdentityIdKind="ResourceId"),
    key("WorkloadIdentity", "TokenFilePath", "/t", "`token_file_path`",
        "workload_identity (token_file_path=/t)"),
    key("WorkloadIdentity", "IsAzureProxyEnabled", False, "`is_azure_proxy_enabled`",
        "workload_identity (enable_azure_proxy=False)"),
    key("DefaultAzureCredential", "ManagedIdentityClientId", "m", "`managed_identity_client_id`",
        "default (managed_identity_client_id=m)"),
    key("DefaultAzureCredential", "WorkloadIdentityClientId", "w", "`workload_identity_client_id`",
        "default (workload_identity_client_id=w)"),
    key("DefaultAzureCredential", "CredentialProcessTimeout", 20, "`credential_process_timeout`",
        "default (process_timeout=20.0)"),
    *(
        key("DefaultAzureCredential", f"Exclude{theirs}Credential", True,
            f"`exclude_{here}_credential`", f"default (exclude_{ours}_credential=True)")
        for theirs, here, ours in (
            ("Environment", "environment", "environment"),
            ("WorkloadIdentity", "workload_identity", "workload_identity"),
            ("ManagedIdentity", "managed_identity", "managed_identity"),
            ("AzureDeveloperCli", "azure_developer_cli", "developer_cli"),
            ("SharedTokenCache", "shared_token_cache", "shared_token_cache"),
            ("InteractiveBrowser", "interactive_browser", "interactive_browser"),
            ("Broker", "broker", "broker"),
            ("AzureCli", "azure_cli", "cli"),
            ("VisualStudioCode", "visual_studio_code", "visual_studio_code"),
            ("AzurePowerShell", "azure_power_shell", "powershell"),
        )
    ),
    refused("`Credential:ExcludeVisualStudioCredential`", "the chain has no Visual Studio",
            {"Credential": {"ExcludeVisualStudioCredential": True}}),
    key("ManagedIdentityAsFederatedIdentity", "AzureCloud", "usgov", "`azure_cloud`",
        "managed_identity_as_federated_identity (azure_cloud=usgov, client_id=c, "
        "identity_client_id=m, tenant_id=t)", **_NEW_APP, **_IDENTITY),
    key("Environment", "DisableInstanceDiscovery", True,
        "`disable_instance_discovery`: taken, nobody is ever asked",
        "environment (disable_instance_discovery=True)"),
    key("Environment", "AuthorityHost", "login.microsoftonline.us", "`authority_host`",
        "environment (authority=login.microsoftonline.us)"),
    refused("`Credential:TokenCachePersistenceOptions`", "tokens are kept in memory only",
            {"Credential": {"TokenCachePersistenceOptions": {"Name": "n"}}}),
    refused("`Credential:BrowserCustomization`", "has no text of yours",
            {"Credential": {"CredentialSource": "InteractiveBrowser",
                            "BrowserCustomization": {"SuccessMessage": "done"}}}),
    refused("`Credential:UseDefaultBrokerAccount`", "link of default",
            {"Credential": {"UseDefaultBrokerAccount": True}}),
    refused("`Credential:IsLegacyMsaPassthroughEnabled`", "link of default",
            {"Credential": {"IsLegacyMsaPassthroughEnabled": True}}),
    refused("`Credential:Diagnostics`", "the logger entrada",
            {"Credential": {"Diagnostics": {"IsLoggingEnabled": True}}}),
    refused("`Credential:Retry`", "deadline bounds it",
            {"Credential": {"Retry": {"MaxRetries": 3}}}),
    refused("`Credential:IsUnsafeSupportLoggingEnabled`", "no log here ever holds",
            {"Credential": {"IsUnsafeSupportLoggingEnabled": True}}),
    Row("`Credential` = `$Shared:Credential`", "the same, or `$name` of `credentials`",
        {"Credential": "$Defaults:Credential"}, "azure_cli"),
)  # fmt: skip
ROWS = (*CLASSIC, *NEW)
