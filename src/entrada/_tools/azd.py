"""The Azure Developer CLI: ``azd auth token``, which prints JSON, its errors as JSON lines too.

Since 1.23.7 a failure is ``{"error", "message", "suggestion"}``, before that a ``consoleMessage``.
Its ``expiresOn`` is UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from entrada._engine.effects import Completed
from entrada._engine.world import World
from entrada._tools import az, program
from entrada._tools.tool import Tool, load_json
from entrada.errors import AuthenticationError, CredentialUnavailableError
from entrada.types import Token

ARGUMENTS = ("auth", "token", "--output", "json", "--no-prompt")
_SIGN_IN = "azd auth login"


def _read(stdout: str, _now: float) -> Token:
    reply = json.loads(stdout)
    token = reply["token"]
    if not isinstance(token, str) or not token:
        raise ValueError("no token")
    expires_on = datetime.fromisoformat(reply["expiresOn"])
    # The zone is part of the format; a version that left it out would still mean UTC.
    aware = expires_on if expires_on.tzinfo else expires_on.replace(tzinfo=UTC)
    return Token(token, aware.timestamp())


def _complaint(completed: Completed, name: str) -> AuthenticationError | None:
    said = completed.stdout + completed.stderr
    if "unknown flag: --claims" in said:
        return CredentialUnavailableError(
            f"{name}: this Azure Developer CLI cannot answer a claims challenge.",
            code="tool_too_old",
            hint="Update it to 1.18.1 or later.",
        )
    if "AADSTS" not in said and f"run `{_SIGN_IN}` to login" in said:
        return CredentialUnavailableError(
            f"{name}: nobody is signed in to Azure Developer CLI.",
            code="not_signed_in",
            hint=_SIGN_IN,
        )
    return None


def _said(completed: Completed) -> str:
    """Return the reason of a failure, out of the JSON lines on either stream where it stands."""
    lines = list(_objects(f"{completed.stdout}\n{completed.stderr}"))
    errors = [line.get("error") for line in lines]
    messages = [data.get("message") for line in lines if isinstance(data := line.get("data"), dict)]
    for text in (*errors, *messages):
        if isinstance(text, str) and text.strip():
            return text.strip()
    return completed.stderr if completed.code else completed.stdout


def _objects(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _profile(world: World) -> tuple[str, ...]:
    folder = world.env.get("AZD_CONFIG_DIR") or f"{world.home}/.azd"
    # azd can be told to sign in as Azure CLI does.
    return (f"{folder}/auth.json", f"{folder}/config.json", *az.profile(world))


AZD = Tool(
    program=program.AZD,
    sign_in=_SIGN_IN,
    look="azd version",
    env={"NO_COLOR": "true"},
    read=_read,
    complaint=_complaint,
    profile=_profile,
    said=_said,
    prepare=load_json,
)
