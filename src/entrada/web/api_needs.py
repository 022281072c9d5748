"""What a caller has to be allowed before an API serves it: scopes of users, roles of apps.

A user's application has scopes (``scp``), an application of its own has roles; one never stands
for the other, and a token with neither carries no permission at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from entrada._wire.scopes import each_scope
from entrada.web.api_claims import TokenClaims
from entrada.web.api_errors import TokenRefusedError, refuse

_SCOPE_EXAMPLE = '["Files.Read"]'


class Needs(NamedTuple):
    """What a call needs; of each set one is enough, and an empty set asks for nothing special.

    ``every_scope`` are all needed. Where scopes or roles of one kind of caller alone are named,
    callers of the other kind are refused.
    """

    scopes: frozenset[str] = frozenset()
    app_roles: frozenset[str] = frozenset()
    user_roles: frozenset[str] = frozenset()
    every_scope: frozenset[str] = frozenset()
    context: str = ""

    @classmethod
    def of(
        cls,
        scopes: Iterable[str] = (),
        app_roles: Iterable[str] = (),
        user_roles: Iterable[str] = (),
        context: str = "",
    ) -> Needs:
        """Read the keywords of ``require``; scopes may be written with the API's URI before them.

        Raises ConfigurationError for a single string, which would be taken for its letters.
        """
        return cls(
            frozenset(map(short, each_scope(scopes, _SCOPE_EXAMPLE))),
            frozenset(each_scope(app_roles, _SCOPE_EXAMPLE)),
            frozenset(each_scope(user_roles, _SCOPE_EXAMPLE)),
            context=context,
        )

    def check(self, caller: TokenClaims) -> TokenClaims:
        """Return the caller; raise TokenRefusedError where something is lacking."""
        if caller.is_app:
            self._check_app(caller)
        else:
            self._check_user(caller)
        if self.context and self.context not in caller.contexts:
            raise _step_up(caller, self.context)
        return caller

    def _check_app(self, caller: TokenClaims) -> None:
        if not self.app_roles and (self.scopes or self.user_roles or self.every_scope):
            raise _lacks("user_needed", "Only users may do this, not an application of its own.")
        roles = caller.app_roles
        if not (roles & self.app_roles if self.app_roles else roles):
            wanted = " or ".join(sorted(self.app_roles)) or "a role of this API"
            raise _lacks(
                "no_app_role",
                "The application lacks a role.",
                f"Give its service principal {wanted}, and have an administrator consent.",
            )

    def _check_user(self, caller: TokenClaims) -> None:
        asked = self.scopes or self.every_scope
        if self.app_roles and not asked and not self.user_roles:
            raise _lacks("app_needed", "Only applications may do this, not a user.")
        scopes = caller.scopes
        enough = scopes & self.scopes if self.scopes else scopes
        if not enough or not self.every_scope <= scopes:
            wanted = " ".join(sorted(asked))
            raise _lacks(
                "no_scope",
                "The token lacks a scope.",
                f"The client has to ask for {wanted or 'a scope of this API'}.",
                wanted,
            )
        if self.user_roles and not caller.user_roles & self.user_roles:
            wanted = " or ".join(sorted(self.user_roles))
            raise _lacks("no_user_role", "The user lacks a role.", f"Assign {wanted} to the user.")


ANY = Needs()
"""Any permission of the API will do."""


def short(scope: str) -> str:
    """Return a scope as it stands in a token: ``api://<id>/Files.Read`` is ``Files.Read``."""
    return scope.rpartition("/")[2]


def claims_challenge(claims: str, message: str) -> TokenRefusedError:
    """Build the refusal that asks for a new token with certain claims (JSON)."""
    return refuse("claims_needed", message, error="insufficient_claims", claims=claims)


def _step_up(caller: TokenClaims, context: str) -> TokenRefusedError:
    message = f"The sign-in has to meet the authentication context {context}."
    if caller.takes_challenges:
        wanted = {"access_token": {"acrs": {"essential": True, "value": context}}}
        return claims_challenge(json.dumps(wanted, separators=(",", ":")), message)
    return refuse(
        "challenge_not_understood",
        message,
        "The client has to declare the capability cp1 to be sent a claims challenge.",
        error="insufficient_claims",
        status_code=403,
    )


def _lacks(code: str, message: str, hint: str = "", scope: str = "") -> TokenRefusedError:
    return refuse(code, message, hint, error="insufficient_scope", scope=scope)
