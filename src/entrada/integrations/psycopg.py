"""psycopg 3: ``EntraConnection.connect(dsn, credential=…)``, also in ``psycopg_pool``.

In a pool: ``ConnectionPool(dsn, connection_class=EntraConnection, kwargs={"credential": …})``.
"""

from __future__ import annotations

import asyncio
from inspect import isawaitable, iscoroutinefunction
from typing import Any, Self

from psycopg import AsyncConnection, Connection
from psycopg.conninfo import conninfo_to_dict

from entrada.integrations._database import POSTGRES_SCOPE, user_of


class EntraConnection(Connection[Any]):
    """A connection that is opened with a credential's token; TLS is demanded unless you say no."""

    @classmethod
    def connect(
        cls,
        conninfo: str = "",
        *,
        credential: Any = None,
        scope: str | int | None = POSTGRES_SCOPE,
        **options: Any,
    ) -> Self:
        """Connect; ``credential`` is any for threads, ``scope`` that of the database's cloud.

        The role is the one named, else whom the token is of.
        """
        if credential is None:
            raise TypeError("EntraConnection.connect() needs credential=")
        token = credential.get_token(scope).token
        return super().connect(conninfo, **_with(token, conninfo, options))


class AsyncEntraConnection(AsyncConnection[Any]):
    """As :class:`EntraConnection`, for asyncio and credentials of either colour."""

    @classmethod
    async def connect(
        cls,
        conninfo: str = "",
        *,
        credential: Any = None,
        scope: str | int | None = POSTGRES_SCOPE,
        **options: Any,
    ) -> Self:
        """Connect; see :meth:`EntraConnection.connect`."""
        if credential is None:
            raise TypeError("AsyncEntraConnection.connect() needs credential=")
        if iscoroutinefunction(credential.get_token):
            token = credential.get_token(scope)
        else:
            token = await asyncio.to_thread(credential.get_token, scope)
        if isawaitable(token):
            token = await token
        return await super().connect(conninfo, **_with(token.token, conninfo, options))


def _with(token: str, conninfo: str, options: dict[str, Any]) -> dict[str, Any]:
    said = {**conninfo_to_dict(conninfo), **options}
    named: dict[str, Any] = {"sslmode": said.get("sslmode") or "require"}
    if not said.get("user"):
        named["user"] = user_of(token)
    return {**options, **named, "password": token}
