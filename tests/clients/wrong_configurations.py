"""Wrong configurations, and what is to be said of each: line, cause, nearest right key."""

from __future__ import annotations

from typing import NamedTuple

BLOB = 'kind = "blob"\nendpoint = "https://a.blob.core.windows.net"\n'


class Wrong(NamedTuple):
    """One configuration. ``line`` 0: it is in no file, or in the file as a whole."""

    name: str
    text: str
    line: int
    cause: str
    nearest: str | None = None
    suffix: str = "toml"


def credential(lines: str) -> str:
    """Return a configuration whose credential table begins on line 5."""
    return f"[clients.blob]\n{BLOB}[clients.blob.credential]\n{lines}"


def options(lines: str) -> str:
    """Return a configuration whose options begin on line 5."""
    return f"[clients.blob]\n{BLOB}[clients.blob.options]\n{lines}"


WRONG: tuple[Wrong, ...] = (
    # the document
    Wrong("no toml", "[clients\n", 1, "not TOML"),
    Wrong("text without an end", 'a = 1\nb = "x\n', 2, "not TOML"),
    Wrong("a key twice", "cloud = 'public'\nCloud = 'local'\n", 2, "is there already", "cloud"),
    Wrong(
        "a key in two spellings",
        f"[clients.blob]\n{BLOB}End-Point = 'https://b'\n",
        4,
        "is there already, as endpoint",
        "endpoint",
    ),
    Wrong("root key", "[client.blob]\nkind = 'blob'\n", 1, 'no key "client"', "clients"),
    Wrong("default for defaults", "[default]\n", 1, 'no key "default"', "defaults"),
    Wrong("clients no table", "clients = 3\n", 1, "table of tables", None),
    Wrong("client no table", "clients.blob = 3\n", 1, "has to be a table", None),
    Wrong("cloud", "cloud = 'goverment'\n", 1, 'no cloud "goverment"', None),
    Wrong("cloud misspelt", "cloud = 'lokal'\n", 1, 'no cloud "lokal"', "local"),
    Wrong("cloud no text", "cloud = 3\n", 1, "has to be a text", None),
    Wrong("profile", "profile = 'prd'\n[profiles.prod]\n", 1, 'no profile "prd"', "prod"),
    Wrong(
        "profile's key",
        "profile = 'x'\n[profiles.x.client.blob]\nkind = 'blob'\n",
        2,
        'no key "client"',
        "clients",
    ),
    Wrong("profiles no table", "profiles = 1\n", 1, "table of tables", None),
    Wrong(
        "json", '{"clients": {\n  "a": }\n}', 2, "not JSON", None, "json"
    ),
    Wrong("json list", "[]", 1, "has to be an object", None, "json"),
    Wrong("another ending", "clients: {}\n", 0, "end in .toml or .json", None, "yaml"),
    Wrong("not text", "\udcff", 1, "not UTF-8", None),
    # kinds
    Wrong("short kind", "[clients.a]\nkind = 'blobs'\n", 2, 'no kind "blobs"', "blob"),
    Wrong("class of a package", "[clients.a]\nkind = 'azure.storage.blob.BlobServicClient'\n", 2,
          'no class "BlobServicClient"', "azure.storage.blob.BlobServiceClient"),
    Wrong("package", "[clients.a]\nkind = 'azure.no_such.Client'\n", 2,
          "no module azure.no_such to import"),
    Wrong("module", "[clients.a]\nkind = 'azure.storage.blop.BlobServiceClient'\n", 2,
          "no module azure.storage.blop"),
    Wrong("kind no text", "[clients.a]\nkind = 1\n", 2, "has to be a text"),
    Wrong("kind empty", "[clients.a]\nkind = ''\n", 2, "has to be a text"),
    # keys of constructors
    Wrong("no address", "[clients.a]\nkind = 'blob'\n", 1, "account_url is missing", "account_url"),
    Wrong("key of another client", "[clients.a]\nkind = 'blob'\nvault_url = 'https://a'\n", 3,
          '"vault_url" is none of them'),
    Wrong("misspelt", "[clients.a]\nkind = 'blob'\nacount_url = 'https://a'\n", 3,
          '"acount_url" is none of them', "account_url"),
    Wrong("misspelt endpoint", "[clients.a]\nkind = 'secrets'\nendpiont = 'https://a'\n", 3,
          '"endpiont" is none of them', "endpoint"),
    Wrong("misspelt credential", f"[clients.a]\n{BLOB}credentials = 'azure_cli'\n", 4,
          '"credentials" is none of them', "credential"),
    Wrong("misspelt option", f"[clients.a]\n{BLOB}[clients.a.option]\nuser_agent = 'x'\n", 4,
          'no table "option"', "options"),
    Wrong("an option among the keys", f"[clients.a]\n{BLOB}max_block_size = 1\n", 4,
          "max_block_size is an option", "options.max_block_size"),
    Wrong("an option that is no option of a class's", "[clients.h]\nkind = 'iothub_registry'\n"
          "endpoint = 'h.x'\noptions.user_agent = 'x'\n", 4, 'no option "user_agent"'),
    Wrong("a credential among the options", options("credential = 'x'\n"), 5,
          'no option "credential"', None),
    Wrong("address twice", "[clients.a]\nkind = 'blob'\nendpoint = 'https://a'\n"
          "account_url = 'https://b'\n", 1, "do not go together"),
    Wrong("address and connection string", f"[clients.a]\n{BLOB}connection_string = 'x=y'\n", 1,
          "do not go together"),
    Wrong("one of two", "[clients.a]\nkind = 'blob_container'\nendpoint = 'https://a'\n", 1,
          "container_name is missing", "container_name"),
    Wrong("management", "[clients.a]\nkind = 'azure.mgmt.storage.StorageManagementClient'\n", 1,
          "subscription_id is missing", "subscription_id"),
    Wrong("no scheme", "[clients.a]\nkind = 'blob'\nendpoint = 'a.blob.core.windows.net'\n", 3,
          "begins with https://"),
    Wrong("no URL", "[clients.a]\nkind = 'secrets'\nvault_url = 'https://'\n", 3,
          "has to be a URL"),
    Wrong("spaces", "[clients.a]\nkind = 'iothub_registry'\nhost_name = 'my hub'\n", 3,
          "has to be a host's name"),
    Wrong("a number", "[clients.a]\nkind = 'blob'\nendpoint = 80\n", 3, "has to be a text"),
    Wrong("empty", "[clients.a]\nkind = 'blob'\nendpoint = ''\n", 3, "is empty"),
    Wrong("variable", "[clients.a]\nkind = 'blob'\nendpoint = 'env:NO_SUCH_URL'\n", 3,
          "the variable NO_SUCH_URL is not set"),
    Wrong("variable without name", "[clients.a]\nkind = 'blob'\nendpoint = 'env:'\n", 3,
          "followed by a name"),
    Wrong("file", "[clients.a]\nkind = 'blob'\nconnection_string = 'file:none'\n", 3,
          "the file none cannot be read"),
    Wrong("connection", "[clients.a]\nkind = 'blob'\nconnection = 'NoSuchConnection'\n", 3,
          "no variable NoSuchConnection"),
    # credentials
    Wrong("source", credential("credential_source = 'manged_identity'\n"), 5,
          'no credential source "manged_identity"', "managed_identity"),
    Wrong("source's key", credential("credential_sorce = 'azure_cli'\n"), 5,
          'no key "credential_sorce"', "credential_source"),
    Wrong("source of .NET", credential("credential_source = 'VisualStudio'\n"), 5,
          "a tool of .NET on Windows"),
    Wrong("broker", credential("credential_source = 'BrokerCredential'\n"), 5, "link of default"),
    Wrong("a pasted key", f"[clients.a]\n{BLOB}credential = 'c2VjcmV0IQ=='\n", 4,
          "a text that is no name"),
    Wrong("key of another source",
          credential("credential_source = 'azure_cli'\nclient_id = 'x'\n"), 6, '"client_id"'),
    Wrong("misspelt key", credential("credential_source = 'azure_cli'\ntenatn_id = 'x'\n"), 6,
          'no key "tenatn_id"', "tenant_id"),
    Wrong("needed key", credential("credential_source = 'client_secret'\nclient_id = 'c'\n"), 4,
          "tenant_id is missing", "tenant_id"),
    Wrong("secret's variable", credential("credential_source = 'client_secret'\nclient_id = 'c'\n"
          "tenant_id = 't'\nclient_secret = 'env:NO_SUCH_SECRET'\n"), 8, "NO_SUCH_SECRET"),
    Wrong("two identities", credential("credential_source = 'managed_identity'\nclient_id = 'c'\n"
          "managed_identity_resource_id = '/r'\n"), 7, "exclude each other"),
    Wrong("identity's kind", credential("credential_source = 'managed_identity'\n"
          "managed_identity_id_kind = 'clientId2'\nmanaged_identity_id = 'x'\n"), 6,
          "no managed_identity_id_kind", "client_id"),
    Wrong("identity without kind", credential("credential_source = 'managed_identity'\n"
          "managed_identity_id = 'x'\n"), 6, "needs managed_identity_id_kind",
          "managed_identity_id_kind"),
    Wrong("kind without identity", credential("credential_source = 'managed_identity'\n"
          "managed_identity_id_kind = 'object_id'\n"), 6, "needs a managed_identity_id",
          "managed_identity_id"),
    Wrong("federated without identity",
          credential("credential_source = 'managed_identity_as_federated_identity'\n"
                     "tenant_id = 't'\nclient_id = 'c'\n"), 4,
          "needs a user-assigned identity", "managed_identity_client_id"),
    Wrong("flag", credential("exclude_azure_cli_credential = 'yes'\n"), 5, "true or false"),
    Wrong("seconds", credential("credential_source = 'azure_cli'\nprocess_timeout = 'soon'\n"), 6,
          "a number of seconds"),
    Wrong("cache", credential("[clients.blob.credential.token_cache_persistence_options]\n"
          "name = 'x'\n"), 5, "tokens are kept in memory only"),
    Wrong("thumbprint", f"[clients.a]\n{BLOB}tenant_id = 't'\nclient_id = 'c'\n"
          "client_certificate = 'AB12'\n", 6, "certificate store of Windows"),
    Wrong("flat beside table", f"[clients.a]\n{BLOB}tenant_id = 't'\n[clients.a.credential]\n"
          "credential_source = 'azure_cli'\n", 4, "stands beside the table"),
    Wrong("chain's name", credential("credential_source = ['azure_cli', 'azure_cl']\n"), 5,
          'no credential source "azure_cl"', "azure_cli"),
    Wrong("empty chain", credential("credential_source = []\n"), 5, "names no source"),
    Wrong("chain's key", credential("credential_source = ['azure_cli', 'environment']\n"
          "tenantid2 = 'x'\n"), 6, 'no key "tenantid2"', "tenant_id"),
    Wrong("shared", f"[credentials.prod]\n[clients.a]\n{BLOB}credential = '$prdo'\n", 5,
          'no credential "prdo"', "prod"),
    Wrong("shared path", f"[clients.a]\n{BLOB}credential = '$clients:b:credential'\n", 4,
          'no section "b"'),
    Wrong("tenant", credential("credential_source = 'client_secret'\ntenant_id = 'a/b'\n"
          "client_id = 'c'\nclient_secret = 's'\n"), 4, "tenant_id"),
    Wrong("both clouds", credential("credential_source = 'environment'\nazure_cloud = 'usgov'\n"
          "authority_host = 'login.chinacloudapi.cn'\n"), 6, "say the same"),
    Wrong("azure_cloud", credential("credential_source = 'environment'\nazure_cloud = 'usgv'\n"),
          6, 'no cloud "usgv"', "usgov"),
    # options
    Wrong("option", options("max_singel_put_size = 1\n"), 5, 'no option "max_singel_put_size"',
          "max_single_put_size"),
    Wrong("retry's key", options("retry = { max_retrys = 1 }\n"), 5, 'no key "max_retrys"',
          "max_retries"),
    Wrong("retry's number", options("[clients.blob.options.retry]\nmax_retries = 'three'\n"), 6,
          "a whole number"),
    Wrong("retry no table", options("retry = 5\n"), 5, "retry has to be a table"),
    Wrong("retry mode", "[clients.s]\nkind = 'secrets'\nendpoint = 'https://v'\n"
          "retry.mode = 'expo'\n", 4, 'no retry mode "expo"', None),
    Wrong("storage's retries", options("retry.max_delay = 9\n"), 5, "retries of their own"),
    Wrong("diagnostics", options("diagnostics.logged_header_names = ['x']\n"), 5,
          "pass logging_policy="),
    Wrong("a class without options", "[clients.h]\nkind = 'iothub_registry'\nendpoint = 'h.x'\n"
          "retry.max_retries = 3\n", 4, "takes no max_retries"),
    Wrong("default option", "[defaults.options]\nuser_agnet = 'x'\n", 2,
          'no option "user_agnet"', "user_agent"),
    Wrong("default key", "[defaults]\noption = 1\n", 2, 'no key "option"', "options"),
    Wrong("option twice", options("retry.max_retries = 1\n[clients.blob.retry]\nmax_retries = 2\n"),
          6, "stands in options too"),
)  # fmt: skip
