"""Azure Arc: machines outside Azure, whose agent (himds) speaks a protocol of two requests.

Wire: ``GET {IDENTITY_ENDPOINT}``, api-version 2020-06-01, is answered 401 with the path of a key
file; who can read it may ask again with its content. The path comes from whoever has the port,
so it is followed into the agent's own directory only, and a link out of it is not followed.
"""

from __future__ import annotations

import re

from entrada._engine.effects import Flow, Request, Response, call
from entrada._engine.retry import Retry
from entrada._engine.world import World
from entrada._hosts.evidence import in_folders
from entrada._hosts.exchange import ask_host, query, read_host_token
from entrada._hosts.host import WHO, Wanted
from entrada._wire.token import Context, read_object
from entrada.errors import AuthenticationRejectedError, CredentialUnavailableError
from entrada.types import Token

NAME = "Azure Arc's agent"
_DEFAULT = "http://localhost:40342/metadata/identity/oauth2/token"
_SELECTORS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "msi_res_id"}
_ECHOES = {**{kind: (kind,) for kind in _SELECTORS}, "resource_id": ("msi_res_id", "mi_res_id")}
_PATIENCE = Retry(tries=4, base=0.4, longest=5.0, failures=False)
_CHALLENGE = re.compile(r'\s*Basic\s+realm\s*=\s*"?([^"]*?)"?\s*', re.IGNORECASE)
_KEY_NAME = re.compile(r"[\w-][\w.-]*\.key", re.ASCII)
_LARGEST_KEY = 4096
# The agent's own folder of key files.
_KEYS = {
    "linux": "/var/opt/azcmagent/tokens/",
    "win32": "{ProgramData}\\AzureConnectedMachineAgent\\Tokens\\",
}


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    folder = _KEYS.get(wanted.world.platform)
    if folder is None:
        raise CredentialUnavailableError(
            f"{WHO}: Azure Arc has managed identity on Linux and Windows, not here.",
            code="platform_without_arc",
            hint="Unset IDENTITY_ENDPOINT and IMDS_ENDPOINT.",
        )
    endpoint = wanted.world.env.get("IDENTITY_ENDPOINT") or _DEFAULT
    url = query(endpoint, wanted.parameters("2020-06-01", _SELECTORS))
    request = Request("GET", url, {"Metadata": "true"})
    response = yield from ask_host(request, _PATIENCE, wanted, NAME)
    if response.status == 401:
        path = _key_path(response, in_folders(folder, wanted.world))
        key = yield from call(lambda: _read_key(wanted.world, path), path)
        proven = request._replace(headers={**request.headers, "Authorization": f"Basic {key}"})
        response = yield from ask_host(proven, _PATIENCE, wanted, NAME)
    token = read_host_token(response, _PATIENCE, wanted, NAME)
    _check_identity(response, wanted)
    return token


def _key_path(response: Response, folder: str) -> str:
    """Return the path that a challenge names; raise AuthenticationRejectedError for any other."""
    found = _CHALLENGE.fullmatch(response.headers.get("www-authenticate", ""))
    if found is None:
        raise _suspicious("asks for a proof without naming a key file")
    path, separator = found[1], folder[-1]
    if separator == "\\":  # names of files have no case on Windows, and two separators
        path, folder = path.replace("/", separator).lower(), folder.lower()
    if not path.startswith(folder) or not _KEY_NAME.fullmatch(path.removeprefix(folder)):
        raise _suspicious(f"names a key file that is no .key file of {folder}")
    return path


def _read_key(world: World, path: str) -> str:
    try:
        key = world.read_secret(path, _LARGEST_KEY).decode("ascii").strip()
    except ValueError:  # too large, or no ASCII
        key = ""
    except OSError as error:
        raise CredentialUnavailableError(
            f"{WHO}: {NAME} is here, but its key file cannot be read "
            f"({error.strerror or type(error).__name__}).",
            code="arc_key_unreadable",
            hint="Run as a member of the group himds (sudo usermod -aG himds $USER), on Windows "
            "of 'Hybrid agent extension applications'.",
        ) from None
    if key and key.isprintable():
        return key
    raise _suspicious(f"names a key file that holds no key of at most {_LARGEST_KEY} bytes")


def _suspicious(what: str) -> AuthenticationRejectedError:
    return AuthenticationRejectedError(
        f"{WHO}: {NAME} {what}; it is not answered.",
        code="arc_challenge_refused",
        hint="Something else may have taken the agent's port: azcmagent show",
    )


def _check_identity(response: Response, wanted: Wanted) -> None:
    """Refuse a token of another identity: older agents ignore which one was asked for."""
    kind, value = wanted.identity
    if not kind:
        return
    reply = read_object(response, Context(WHO, NAME))
    if any(str(reply.get(name)).lower() == value.lower() for name in _ECHOES[kind]):
        return
    raise AuthenticationRejectedError(
        f"{WHO}: {NAME} did not confirm that its token is one of {wanted.identity}.",
        code="identity_not_confirmed",
        hint="Upgrade the Connected Machine agent, or use the system-assigned identity: leave "
        "client_id= and identity_config= out.",
    )
