"""What all credentials of signed-in developer tools share."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from entrada._credentials.options import CommonOptions, check_options
from entrada._credentials.versioned import Versioned
from entrada._tools.tool import Tool, ask_tool
from entrada._wire.tenants import Tenants, check_tenant
from entrada.errors import AuthenticationRequiredError
from entrada.types import Ask, Token

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada._stores.place import Place


class SignedInTool(Versioned):
    """A recipe that asks a program; its tokens hold while the program's profile files do."""

    tool: ClassVar[Tool]

    def __init__(
        self,
        *,
        tenant_id: str = "",
        additionally_allowed_tenants: Iterable[str] | None = None,
        process_timeout: float = 10,
        **options: Unpack[CommonOptions],
    ) -> None:
        check_options(self.name, options, CommonOptions)
        super().__init__(options)
        tenant = check_tenant(tenant_id, "tenant_id") if tenant_id else ""
        self._tenants = Tenants.of(tenant, additionally_allowed_tenants)
        self._timeout = process_timeout

    def describe(self) -> dict[str, object]:
        """Return the tenant where it is set."""
        return {"tenant_id": self._tenants.default} if self._tenants.default else {}

    def reference(self) -> Mapping[str, Any]:
        """Return the keywords."""
        return {
            **self._options,
            **self.describe(),
            "additionally_allowed_tenants": tuple(self._tenants.allowed),
            "process_timeout": self._timeout,
        }

    def version(self, cae: bool) -> Hashable:  # noqa: ARG002
        """Say who is signed in, by the tool's profile files."""
        return self.tool.version(self.world)

    def place(self, ask: Ask) -> Place:
        """Bind a token at rest to program, settings and who is signed in."""
        from entrada._stores.place import Owner, Place

        world = self.world
        profile = self.tool.profile(world)
        signed_in = (self.tool.program.path(world), profile, self.version(ask.cae))
        owner = Owner(self.name, fingerprint=repr((*signed_in, sorted(self.describe().items()))))
        tenant = self._tenants.choose(ask.tenant, world, self.name)
        return Place(owner, tenant, ask.scopes, ask.cae)

    def ask(self, arguments: Iterable[str]) -> Flow[Token]:
        """Run the tool."""
        return (yield from ask_tool(self.tool, tuple(arguments), self._timeout, self.world))

    def step_up(self, ask: Ask, claims: str, command: str) -> AuthenticationRequiredError:
        """Build the error for a challenge that the tool's own sign-in has to answer.

        ``command`` has ``{challenge}`` where the claims belong.
        """
        return AuthenticationRequiredError(
            ask.scopes,
            f"{self.name}: the service asks for a new sign-in, which {self.tool.title} has to do.",
            claims,
            code="claims_challenge",
            hint=f"Run {command.format(challenge=encoded(claims))}",
        )


def encoded(claims: str) -> str:
    """Return claims as the tools take them: base64 of the standard alphabet."""
    from base64 import b64encode

    return b64encode(claims.encode()).decode()
