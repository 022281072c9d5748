"""The Azure CLI: ``az account get-access-token``, versions since 2.54 print ``expires_on``.

Signing in and out, and ``az account set``, write ``azureProfile.json`` each time, whichever other
files they change.
"""

from __future__ import annotations

from entrada._engine.effects import Completed
from entrada._engine.world import World
from entrada._tools import program
from entrada._tools.tool import Tool, load_json
from entrada._wire.seconds import seconds_of
from entrada.errors import AuthenticationError, CredentialUnavailableError
from entrada.types import Token

ARGUMENTS = ("account", "get-access-token", "--output", "json", "--resource")
_NAME = "AzureCliCredential"
_SIGN_IN = "az login"


def _read(stdout: str, _now: float) -> Token:
    import json

    reply = json.loads(stdout)
    if "expires_on" in reply:
        expires_on = seconds_of(reply["expires_on"])
    else:
        import time

        # Older versions print local time without a zone.
        text = str(reply["expiresOn"]).partition(".")[0]
        expires_on = time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
    token = reply["accessToken"]
    if not isinstance(token, str) or not token:
        raise ValueError("no token")
    return Token(token, expires_on)


def _complaint(completed: Completed, name: str) -> AuthenticationError | None:
    stderr = completed.stderr
    if "AADSTS" not in stderr and ("az login" in stderr or "az account set" in stderr):
        return CredentialUnavailableError(
            f"{name}: nobody is signed in to Azure CLI.", code="not_signed_in", hint=_SIGN_IN
        )
    return None


def profile(world: World) -> tuple[str, ...]:
    """Return the files that change when somebody signs in to Azure CLI, or out."""
    folder = world.env.get("AZURE_CONFIG_DIR") or f"{world.home}/.azure"
    return (f"{folder}/azureProfile.json",)


AZ = Tool(
    program=program.AZ,
    sign_in=_SIGN_IN,
    look="az version",
    env={"AZURE_CORE_NO_COLOR": "true"},
    read=_read,
    complaint=_complaint,
    profile=profile,
    prepare=load_json,
)
