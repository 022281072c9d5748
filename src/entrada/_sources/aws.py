"""The web identity token that Amazon's platforms keep in a file, such as EKS for a pod."""

from __future__ import annotations

from entrada._engine.effects import Flow
from entrada._sources.file import File
from entrada._sources.source import Exchange
from entrada.errors import CredentialUnavailableError

_VARIABLE = "AWS_WEB_IDENTITY_TOKEN_FILE"


class AWS:
    """The Amazon workload that this process is, by ``AWS_WEB_IDENTITY_TOKEN_FILE``."""

    name = _VARIABLE
    expired_hint = File.expired_hint

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Read the file; raise CredentialUnavailableError where the variable is not set."""
        path = exchange.world.env.get(_VARIABLE)
        if not path:
            raise CredentialUnavailableError(
                f"{exchange.who}: {_VARIABLE} is not set.",
                code="web_identity_not_set",
                hint="EKS sets it for pods whose service account has the annotation "
                "eks.amazonaws.com/role-arn.",
            )
        return (yield from File(path).fetch(exchange))

    def __repr__(self) -> str:
        return "AWS()"
