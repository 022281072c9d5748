"""Bearer tokens in Flask: a decorator for views, a guard for blueprints and whole apps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, Flask, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from entrada.errors import AuthorityUnreachableError
from entrada.web.api import TokenValidator
from entrada.web.api_claims import TokenClaims
from entrada.web.api_errors import TokenRefusedError
from entrada.web.api_http import Scopes, answer, security_scheme
from entrada.web.api_needs import ANY, Needs

__all__ = ["EntraBearer"]

View = TypeVar("View", bound=Callable[..., Any])


class EntraBearer:
    """Who calls: ``@bearer.require(...)`` before a view, or ``bearer.guard(app)`` for all.

    Within a view :attr:`caller` is the caller.
    """

    def __init__(self, validator: TokenValidator) -> None:
        self.validator = validator

    @property
    def caller(self) -> TokenClaims:
        """The caller of the view that runs; raise ``RuntimeError`` in a view without a guard."""
        caller = g.get("entrada_caller")
        if caller is None:
            raise RuntimeError("nobody checked a token: write @bearer.require() before the view")
        return cast("TokenClaims", caller)

    def require(
        self,
        *,
        scopes: Iterable[str] = (),
        app_roles: Iterable[str] = (),
        user_roles: Iterable[str] = (),
        context: str = "",
    ) -> Callable[[View], View]:
        """Return the decorator of a view that needs a caller; of a list one entry is enough.

        ``scopes`` are for users, ``app_roles`` for applications of their own, ``user_roles`` for
        users in addition; ``context`` is an authentication context (step-up), such as ``c1``.
        """
        needs = Needs.of(scopes, app_roles, user_roles, context)

        def decorate(view: View) -> View:
            @wraps(view)
            def guarded(*arguments: Any, **named: Any) -> Any:
                self._check(needs)
                return current_app.ensure_sync(view)(*arguments, **named)

            return cast("View", guarded)

        return decorate

    def guard(self, app: Flask | Blueprint, needs: Needs = ANY) -> None:
        """Have every request of an app or blueprint need a caller, but for CORS's preflights."""

        def check() -> None:
            if request.method != "OPTIONS":
                self._check(needs)

        app.before_request(check)

    def security_scheme(self, scopes: Scopes) -> dict[str, Any]:
        """Return the OpenAPI security scheme; ``scopes`` by full name, with what they mean."""
        return security_scheme(self.validator, scopes)

    def _check(self, needs: Needs) -> None:
        try:
            header = request.headers.get("Authorization")
            g.entrada_caller = self.validator.authorize(header, needs)
        except (TokenRefusedError, AuthorityUnreachableError) as error:
            said = answer(error, self.validator)
            response = jsonify(said.body)
            response.status_code = said.status
            response.headers.update(said.headers)
            raise HTTPException(response=response) from error
