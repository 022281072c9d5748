"""What shows whether a credential has something to sign in with, without loading the credential.

A chain looks here first: a laptop shall not pay for what it has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrada._engine.world import World
from entrada.errors import ConfigurationError, CredentialUnavailableError

SHARED_CACHE = "msal.cache"
BROKER = "pip install azure-identity-broker"
VSCODE = "Sign in with its extension Azure Resources"
_VSCODE_FOLDER = "ms-azuretools.vscode-azureresourcegroups"
_KERNEL = "/proc/sys/kernel/osrelease"
_WORKLOAD = {
    "tenant_id": "AZURE_TENANT_ID",
    "client_id": "AZURE_CLIENT_ID",
    "token_file_path": "AZURE_FEDERATED_TOKEN_FILE",
}


def workload_settings(given: Mapping[str, Any], world: World) -> dict[str, Any]:
    """Return what describes a federated workload: what is given, else the variables of AKS.

    Raises ConfigurationError, naming what is missing.
    """
    found = {name: given.get(name) or world.env.get(_WORKLOAD[name]) for name in _WORKLOAD}
    missing = [name for name, value in found.items() if not value]
    if not missing:
        return found
    names = ", ".join(f"{name} ({_WORKLOAD[name]})" for name in missing)
    raise ConfigurationError(
        f"WorkloadIdentityCredential lacks {names}.",
        code="workload_identity_incomplete",
        hint="On AKS label the pod azure.workload.identity/use=true and annotate its "
        "service account with the client id; elsewhere set the variables.",
    )


def shared_cache(world: World, cae: bool, name: str = SHARED_CACHE) -> str:
    """Return the file of the token cache that Microsoft's developer tools share.

    It is one for tokens that know continuous access evaluation, another for the rest.
    """
    return f"{world.home}/.IdentityService/{name}.{'cae' if cae else 'nocae'}"


def check_shared_cache(file: str, world: World) -> None:
    """Raise CredentialUnavailableError where there is no such file that anybody could read."""
    if world.platform != "linux":
        raise no_account("the cache of this platform is encrypted for its owner")
    if world.stamp(file) is None:
        raise no_account(f"there is no cache at {file}")


def no_account(why: str) -> CredentialUnavailableError:
    """Build the error for a cache from which nobody can be signed in."""
    return CredentialUnavailableError(
        f"SharedTokenCacheCredential: {why}.",
        code="no_shared_account",
        hint="Sign in with a tool that shares its cache, or use AzureCliCredential.",
    )


def vscode_record(world: World) -> str | None:
    """Return where Visual Studio Code says who is signed in, if it does."""
    folders = (".azure", ".Azure")
    places = (f"{world.home}/{folder}/{_VSCODE_FOLDER}/authRecord.json" for folder in folders)
    return next((path for path in places if world.stamp(path) is not None), None)


def check_vscode(world: World) -> str:
    """Return the path of that record; raise CredentialUnavailableError where there is none."""
    path = vscode_record(world)
    if path is not None:
        return path
    raise CredentialUnavailableError(
        "VisualStudioCodeCredential: nobody is signed in to Azure in Visual Studio Code.",
        code="not_signed_in_vscode",
        hint=f"{VSCODE}; this credential also needs: {BROKER}",
    )


def is_windows(world: World) -> bool:
    """Say whether this is Windows, or Linux inside of it."""
    if world.platform == "win32":
        return True
    try:
        return b"microsoft" in world.read(_KERNEL).lower()
    except OSError:
        return False


def check_broker(world: World) -> None:
    """Raise CredentialUnavailableError where the system has no sign-in to ask for."""
    if not is_windows(world):
        raise CredentialUnavailableError(
            "BrokerCredential: only Windows and WSL have a broker to ask.", code="no_broker_here"
        )
