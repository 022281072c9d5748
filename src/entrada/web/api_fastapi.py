"""Bearer tokens in FastAPI: a dependency that is also the OpenAPI security scheme.

Annotations are evaluated here, since FastAPI reads those of a dependency's ``__call__``.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import HTTPException
from fastapi.openapi.models import OAuth2, OAuthFlows
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from entrada.errors import AuthorityUnreachableError
from entrada.web.api import AsyncTokenValidator
from entrada.web.api_claims import TokenClaims
from entrada.web.api_errors import TokenRefusedError
from entrada.web.api_http import answer, oauth_flows, swagger_settings
from entrada.web.api_needs import ANY, Needs, short

__all__ = ["EntraBearer"]

_NO_SCOPES: Mapping[str, str] = MappingProxyType({})


class EntraBearer(SecurityBase):
    """Who calls: ``Depends(bearer)``, ``Depends(bearer.require(...))``, ``Security(bearer, ...)``.

    ``scopes`` are those that Swagger UI offers, by their full names, with what they mean. The
    scopes of FastAPI's own ``Security(bearer, scopes=[...])`` are all needed.
    """

    def __init__(
        self,
        validator: AsyncTokenValidator,
        *,
        scopes: Mapping[str, str] = _NO_SCOPES,
        scheme_name: str = "Entra",
        needs: Needs = ANY,
    ) -> None:
        self.validator = validator
        self.scopes = scopes
        self.scheme_name = scheme_name
        self.needs = needs
        flows = OAuthFlows.model_validate(oauth_flows(validator, scopes))
        self.model = OAuth2(flows=flows)

    def require(
        self,
        *,
        scopes: Iterable[str] = (),
        app_roles: Iterable[str] = (),
        user_roles: Iterable[str] = (),
        context: str = "",
    ) -> "EntraBearer":
        """Return the dependency for calls that need something special; of a list one is enough.

        ``scopes`` are for users, ``app_roles`` for applications of their own, ``user_roles`` for
        users in addition; ``context`` is an authentication context (step-up), such as ``c1``.
        """
        return EntraBearer(
            self.validator,
            scopes=self.scopes,
            scheme_name=self.scheme_name,
            needs=Needs.of(scopes, app_roles, user_roles, context),
        )

    def swagger_ui(self, client_id: str) -> dict[str, Any]:
        """Return ``FastAPI(swagger_ui_init_oauth=...)``; ``client_id`` is Swagger UI's own."""
        return swagger_settings(client_id, self.scopes)

    async def __call__(self, connection: HTTPConnection, wanted: SecurityScopes) -> TokenClaims:
        """Return the caller; raise ``HTTPException`` with the challenge of RFC 6750."""
        needs = self.needs
        if wanted.scopes:
            needs = needs._replace(every_scope=frozenset(map(short, wanted.scopes)))
        try:
            return await self.validator.authorize(connection.headers.get("authorization"), needs)
        except (TokenRefusedError, AuthorityUnreachableError) as error:
            said = answer(error, self.validator)
            raise HTTPException(said.status, said.body, said.headers) from error
