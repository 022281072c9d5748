"""The ID tokens of a GitHub Actions job: each lives for minutes, so each exchange gets its own.

Wire: ``GET {ACTIONS_ID_TOKEN_REQUEST_URL}&audience=…`` with the job's request token, which lives
as long as the job; the answer is ``{"value": …}``.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrada._engine.effects import Flow, Request
from entrada._sources.issuer import FRESH_HINT, Issuer, endpoint, issued
from entrada._sources.source import Exchange
from entrada.errors import CredentialUnavailableError

_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - a variable's name
_PERMISSION = (
    "Give the job permissions: id-token: write (with contents: read to check out). Workflows of "
    "pull requests from forks never get it."
)
_ISSUER = Issuer("GitHub Actions", "value", {401: _PERMISSION, 403: _PERMISSION})


class GitHub:
    """The GitHub Actions job that this process runs in.

    ``audience`` is what the federated credential expects (default: the cloud's own).
    """

    name = "GitHub Actions"
    expired_hint = FRESH_HINT

    def __init__(self, audience: str | None = None) -> None:
        self._audience = audience

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Ask for an ID token; raise CredentialUnavailableError where the job may not."""
        env = exchange.world.env
        url, token = env.get(_URL), env.get(_TOKEN)
        if not url or not token:
            raise _unavailable(env, exchange.who)
        audience = self._audience or exchange.audience
        request = Request(
            "GET",
            endpoint(url, _URL, {"audience": audience}),
            {"Authorization": f"Bearer {token}", "Accept": "application/json"},
        )
        return (yield from issued(request, _ISSUER, exchange))

    def __repr__(self) -> str:
        return f"GitHub({self._audience!r})" if self._audience else "GitHub()"


def _unavailable(env: Mapping[str, str], who: str) -> CredentialUnavailableError:
    missing = " and ".join(name for name in (_URL, _TOKEN) if not env.get(name))
    if env.get("GITHUB_ACTIONS") == "true":
        return CredentialUnavailableError(
            f"{who}: this GitHub Actions job may not ask for ID tokens ({missing} not set).",
            code="id_token_permission_missing",
            hint=_PERMISSION,
        )
    return CredentialUnavailableError(
        f"{who}: {missing} not set: this is no GitHub Actions job.",
        code="not_github_actions",
        hint="Elsewhere sign in another way, e.g. DefaultAzureCredential(), or chain the two.",
    )
