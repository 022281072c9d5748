"""Making credentials of settings: one instance for equal settings and colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada._wire.clouds import CLOUDS
from entrada.clients.settings import CredentialSettings, Secret
from entrada.clients.sources import SOURCES

if TYPE_CHECKING:
    from entrada._engine.world import World

_SOURCES = {source.name: source for source in SOURCES}
_CLOUDS = {"public": CLOUDS[0], "usgov": CLOUDS[1], "china": CLOUDS[2]}
_TENANTS = (
    "workload_identity_tenant_id",
    "shared_cache_tenant_id",
    "visual_studio_code_tenant_id",
    "interactive_browser_tenant_id",
    "broker_tenant_id",
)
"""The keywords by which the default chain's links take the tenant that is meant for all."""


class Site(NamedTuple):
    """Where credentials sign in: the world they see, and a cloud's authority unless they say."""

    world: World
    authority: str | None = None


class Credentials:
    """The credentials made so far, by settings and colour, in order."""

    def __init__(self) -> None:
        self._made: dict[tuple[CredentialSettings, bool], Any] = {}
        self._lock = Lock()

    def get(self, settings: CredentialSettings, site: Site, *, asynchronous: bool) -> Any:
        """Return the credential of settings; equal settings have the same."""
        key = settings, asynchronous
        if key not in self._made:
            with self._lock:
                if key not in self._made:
                    self._made[key] = make_credential(settings, site, asynchronous=asynchronous)
        return self._made[key]

    def take_all(self) -> list[Any]:
        """Return those made so far, and forget them."""
        with self._lock:
            made = list(self._made.values())
            self._made.clear()
        return made


def make_credential(settings: CredentialSettings, site: Site, *, asynchronous: bool) -> Any:
    """Make a credential; raise ConfigurationError for what its constructor refuses."""
    if settings.members:
        links = [
            make_credential(each, site, asynchronous=asynchronous) for each in settings.members
        ]
        chain = _class("ChainedTokenCredential", asynchronous=asynchronous)
        return chain(*links, world=site.world)
    arguments = {
        name: value.value if isinstance(value, Secret) else value
        for name, value in settings.arguments
    }
    make = _MAKERS.get(settings.source)
    if make is not None:
        return make(arguments, site, asynchronous)
    source = _SOURCES[settings.source]
    entra = _placed(arguments, site) if source.authority else arguments
    return _class(source.class_name, asynchronous=asynchronous)(**entra, world=site.world)


def is_hosted(world: World) -> bool:
    """Say whether Azure hosts this process, by what can be seen without sending anything."""
    from entrada._hosts import HOSTS
    from entrada._hosts.evidence import AZURE_TAG, VARIABLE

    if next(host for host in HOSTS if host.is_here(world)).name != "imds":
        return True
    if world.env.get(VARIABLE) or world.stamp("/var/lib/waagent") is not None:
        return True
    try:
        tag = world.read("/sys/class/dmi/id/chassis_asset_tag")
    except OSError:
        return False
    return tag.decode("ascii", "replace").strip() == AZURE_TAG


def _auto(arguments: dict[str, Any], site: Site, asynchronous: bool) -> Any:
    if is_hosted(site.world):
        identity = {key: arguments[key] for key in arguments if key in _IDENTITIES}
        return _managed_identity(identity, site, asynchronous)
    rest = {key: value for key, value in arguments.items() if key not in _IDENTITIES}
    if "identity_client_id" in arguments:
        rest["managed_identity_client_id"] = arguments["identity_client_id"]
    return _default(rest, site, asynchronous)


def _default(arguments: dict[str, Any], site: Site, asynchronous: bool) -> Any:
    tenant = arguments.pop("tenant_id", None)
    named = dict.fromkeys(_TENANTS, tenant) if tenant else {}
    placed = _placed({**named, **arguments}, site)
    return _class("DefaultAzureCredential", asynchronous=asynchronous)(**placed, world=site.world)


def _managed_identity(arguments: dict[str, Any], site: Site, asynchronous: bool) -> Any:
    config = _identity_config(arguments)
    made = _class("ManagedIdentityCredential", asynchronous=asynchronous)
    return made(identity_config=config or None, world=site.world)


def _federated(arguments: dict[str, Any], site: Site, asynchronous: bool) -> Any:
    from entrada.sources import ManagedIdentity

    source = ManagedIdentity(identity_config=_identity_config(arguments))
    rest = {key: value for key, value in arguments.items() if key not in _IDENTITIES}
    made = _class("FederatedCredential", asynchronous=asynchronous)
    return made(source=source, **_placed(rest, site), world=site.world)


def _environment(arguments: dict[str, Any], site: Site, asynchronous: bool) -> Any:
    kind = {"client_secret": "ClientSecretCredential", "certificate_path": "CertificateCredential"}
    for marker, class_name in kind.items():
        if marker in arguments:
            names = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID"}
            given = {name: site.world.env.get(variable, "") for name, variable in names.items()}
            placed = _placed({**given, **arguments}, site)
            return _class(class_name, asynchronous=asynchronous)(**placed, world=site.world)
    variables = {
        "tenant_id": "AZURE_TENANT_ID",
        "client_id": "AZURE_CLIENT_ID",
        "password": "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    }
    said = {variables[name]: arguments.pop(name) for name in variables if name in arguments}
    world = site.world._replace(env={**site.world.env, **said}) if said else site.world
    made = _class("EnvironmentCredential", asynchronous=asynchronous)
    return made(**_placed(arguments, site), world=world)


def _api_key(arguments: dict[str, Any], _site: Site, _asynchronous: bool) -> Any:
    from azure.core.credentials import AzureKeyCredential

    return AzureKeyCredential(arguments["key"])


def _named_key(arguments: dict[str, Any], _site: Site, _asynchronous: bool) -> Any:
    from azure.core.credentials import AzureNamedKeyCredential

    return AzureNamedKeyCredential(arguments["account_name"], arguments["account_key"])


def _sas(arguments: dict[str, Any], _site: Site, _asynchronous: bool) -> Any:
    from azure.core.credentials import AzureSasCredential

    return AzureSasCredential(arguments["signature"])


def _none(_arguments: dict[str, Any], _site: Site, _asynchronous: bool) -> Any:
    return None


_IDENTITIES = {
    "identity_client_id": "client_id",
    "identity_resource_id": "resource_id",
    "identity_object_id": "object_id",
}
_MAKERS: Mapping[str, Callable[[dict[str, Any], Site, bool], Any]] = {
    "auto": _auto,
    "default": _default,
    "managed_identity": _managed_identity,
    "managed_identity_as_federated_identity": _federated,
    "environment": _environment,
    "api_key": _api_key,
    "named_key": _named_key,
    "sas": _sas,
    "none": _none,
}


def _identity_config(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {kind: arguments[name] for name, kind in _IDENTITIES.items() if name in arguments}


def _placed(arguments: dict[str, Any], site: Site) -> dict[str, Any]:
    """Return the arguments with the authority they name by a cloud, or else the site's."""
    rest = {key: value for key, value in arguments.items() if key != "azure_cloud"}
    cloud = arguments.get("azure_cloud")
    authority = _CLOUDS[cloud].authority_host if cloud else site.authority
    return {"authority": authority, **rest} if authority else rest


def _class(name: str, *, asynchronous: bool) -> Any:
    return getattr(import_module("entrada.aio" if asynchronous else "entrada"), name)
