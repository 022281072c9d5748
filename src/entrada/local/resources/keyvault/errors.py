"""Key Vault's errors: the codes and sentences of the service, and the JSON it writes them in.

Knows no state and no operation. An error has a code by its status, and within it the code of what
went wrong: ``{"error": {"code", "message", "innererror": {"code"}}}``.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrada._engine.effects import Response
from entrada.local.http import json_reply


class VaultError(Exception):
    """Why a request is refused; ``inner`` is the code of the inner error, if there is one."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        inner: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner
        self.headers = dict(headers or {})


def error_reply(error: VaultError) -> Response:
    """Write an error as Key Vault does."""
    body: dict[str, object] = {"code": error.code, "message": error.message}
    if error.inner:
        body["innererror"] = {"code": error.inner}
    reply = json_reply(error.status, {"error": body})
    return Response(reply.status, {**reply.headers, **error.headers}, reply.body)


def bad_parameter(message: str) -> VaultError:
    """Return the error of a request that no vault could answer."""
    return VaultError(400, "BadParameter", message)


def forbidden(message: str, inner: str) -> VaultError:
    """Return the error of a caller, or a secret, that may not."""
    return VaultError(403, "Forbidden", message, inner=inner)


def conflict(message: str, inner: str) -> VaultError:
    """Return the error of a name that is taken."""
    return VaultError(409, "Conflict", message, inner=inner)


def not_found(name: str) -> VaultError:
    """Return the error of a secret, or a version ``name/version`` of one, that is not there."""
    return VaultError(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted "
        "this secret you may be able to recover it using the correct recovery command.",
    )


def not_built(what: str) -> VaultError:
    """Return the error of something that Key Vault has and the local cloud does not."""
    return VaultError(501, "NotImplemented", f"The local cloud's Key Vault has no {what}.")
