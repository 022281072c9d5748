"""SQLAlchemy: ``attach(create_engine("postgresql+psycopg://host/db"), credential)``.

Each physical connection is opened with a token; a session outlives the token that opened it.
PostgreSQL by any driver, Azure SQL by pyodbc.
"""

from __future__ import annotations

import re
from asyncio import to_thread
from collections.abc import Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.util import await_only

from entrada.errors import ConfigurationError
from entrada.integrations._database import (
    POSTGRES_SCOPE,
    SQL_SCOPE,
    access_token_attribute,
    user_of,
)

AnyEngine = TypeVar("AnyEngine")

_TRUSTED = re.compile(r";?\s*Trusted_Connection\s*=\s*\w+", re.IGNORECASE)
_OWN_WAY = re.compile(r"(?:^|;)\s*(?:UID|PWD|Authentication)\s*=", re.IGNORECASE)


def attach(engine: AnyEngine, credential: Any, *, scope: str | None = None) -> AnyEngine:
    """Have an engine open its connections with a credential's tokens; return the engine.

    ``engine`` is an ``Engine`` or ``AsyncEngine``; the latter takes credentials of either colour.
    ``scope`` is that of a sovereign cloud's databases. The role is that of the URL, else whom the
    token is of. Connections to PostgreSQL demand TLS unless the URL says otherwise. Raises
    ConfigurationError for a database that takes no tokens.
    """
    plain: Any = getattr(engine, "sync_engine", engine)
    if not isinstance(plain, Engine):
        raise TypeError(f"attach() takes an Engine or AsyncEngine, not {type(engine).__name__}")
    if plain is engine and iscoroutinefunction(credential.get_token):
        raise TypeError("an asynchronous credential was given to an engine of threads")
    kind = (plain.dialect.name, plain.dialect.driver)
    prepare: Callable[[str, list[Any], dict[str, Any], str], None]
    if kind[0] == "postgresql":
        prepare, known = _postgresql, POSTGRES_SCOPE
    elif kind == ("mssql", "pyodbc"):
        prepare, known = _pyodbc, SQL_SCOPE
    else:
        raise ConfigurationError(
            f"{'+'.join(kind)} takes no tokens here.",
            code="database_not_supported",
            hint="Use postgresql (any driver) or mssql+pyodbc.",
        )

    def open_with_token(_dialect: Any, _record: Any, given: list[Any], named: Any) -> None:
        ask = partial(credential.get_token, scope or known)
        if iscoroutinefunction(credential.get_token):
            token = await_only(ask())
        else:
            # Under asyncio the loop goes on while a credential of threads asks for its token.
            token = await_only(to_thread(ask)) if plain is not engine else ask()
        prepare(token.token, given, named, plain.dialect.driver)

    event.listen(plain, "do_connect", open_with_token)
    return engine


def _postgresql(token: str, _given: list[Any], named: dict[str, Any], driver: str) -> None:
    if not named.get("user"):
        named["user"] = user_of(token)
    named["password"] = token
    named.setdefault("ssl" if driver == "asyncpg" else "sslmode", "require")


def _pyodbc(token: str, given: list[Any], named: dict[str, Any], _driver: str) -> None:
    # SQLAlchemy adds Trusted_Connection where there is no user; the driver takes one way only.
    text = _TRUSTED.sub("", str(given[0]))
    if _OWN_WAY.search(text):
        raise ConfigurationError(
            "The connection string names a user or another way to sign in beside the token.",
            code="two_ways_to_sign_in",
            hint="Leave UID, PWD and Authentication out of it.",
        )
    given[0] = text
    attributes = dict(named.get("attrs_before") or {})
    named["attrs_before"] = {**attributes, **access_token_attribute(token)}
