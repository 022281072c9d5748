"""The ID token of a GitLab CI job, which the job's ``id_tokens:`` puts into a variable."""

from __future__ import annotations

from entrada._engine.effects import Flow
from entrada._sources.source import Exchange
from entrada._wire.tenants import check_text
from entrada.errors import CredentialUnavailableError


class GitLab:
    """The GitLab job that this process runs in; ``variable`` is the name under ``id_tokens:``."""

    expired_hint = (
        "GitLab issues an ID token once, when the job starts, for the job's timeout: set a longer "
        "timeout: for the job, or sign in from a job of its own."
    )

    def __init__(self, variable: str = "GITLAB_OIDC_TOKEN") -> None:
        self.name = check_text(variable, "variable", "the name of an environment variable")

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Read the variable; raise CredentialUnavailableError where it is not set."""
        yield from ()
        token = exchange.world.env.get(self.name)
        if token:
            return token
        where = "this GitLab job" if exchange.world.env.get("GITLAB_CI") else "this environment"
        raise CredentialUnavailableError(
            f"{exchange.who}: {self.name} is not set in {where}.",
            code="id_token_not_set",
            hint=f"Add to the job in .gitlab-ci.yml: id_tokens: {{ {self.name}: "
            f"{{ aud: {exchange.audience} }} }}",
        )

    def __repr__(self) -> str:
        return f"GitLab({self.name!r})"
