"""PostgreSQL with tokens as passwords: real drivers, a real server, roles that know the tokens.

A role's password is set to a token of the local cloud, for the server cannot ask Entra; what is
shown is that each driver sends the credential's token, and a new one after a renewal.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

import entrada
import entrada.aio
from e2e.people import PEOPLE
from e2e.ways import fresh
from entrada.integrations._database import POSTGRES_SCOPE
from entrada.integrations.psycopg import AsyncEntraConnection, EntraConnection
from entrada.integrations.sqlalchemy import attach
from entrada.local.provision import User
from entrada.testing import LocalCloud

pytestmark = PEOPLE

_PORT = "5432"  # of a Unix socket: part of its file's name
_HINT = "apt-get install postgresql"


class Server(NamedTuple):
    """A server on a Unix socket, where roles sign in with a password and the owner with none."""

    socket: str

    def allow(self, role: str, token: str) -> None:
        """Make a token the password of a role, which is created where it is not there."""
        name, password = sql.Identifier(role), sql.Literal(token)
        with psycopg.connect(host=self.socket, user="owner", dbname="postgres") as admin:
            known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            admin.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, name, password))


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def server(require_tool: Callable[..., str]) -> Iterator[Server]:
    """Run a server in a folder of its own, as a user that is not root."""
    programs = _programs()
    require_tool("postgres", _HINT, found=str(programs or ""))
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="entrada-pg-"))
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    who: dict[str, Any] = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    )
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120, **who)

    run("initdb", "-D", str(data), "-U", "owner", "-A", "trust", "--no-sync", "-E", "UTF8")
    (data / "pg_hba.conf").write_text("local all owner trust\nlocal all all password\n")
    settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    log = str(folder / "log")
    run("pg_ctl", "-D", str(data), "-o", settings, "-l", log, "-w", "-t", "60", "start")
    try:
        yield Server(str(folder))
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


class Known(NamedTuple):
    """A person whom the server knows by the token that a credential holds."""

    user: User
    server: Server
    arguments: dict[str, Any]

    def of(self, module: Any) -> Any:
        """Make a credential of a colour."""
        return module.UsernamePasswordCredential(**self.arguments)

    def renewed(self, credential: Any) -> str:
        """Give the credential a new token, which alone the server takes from now on."""
        token = str(credential.get_token(POSTGRES_SCOPE, force_refresh=True).token)
        self.server.allow(self.user.username, token)
        return token

    async def arenewed(self, credential: Any) -> str:
        """Do as :meth:`renewed`."""
        token = str((await credential.get_token(POSTGRES_SCOPE, force_refresh=True)).token)
        await asyncio.to_thread(self.server.allow, self.user.username, token)
        return token


@pytest.fixture
def ana(server: Server, cloud: LocalCloud) -> Known:
    user = cloud.user(fresh("ana"))
    arguments = {
        "client_id": cloud.public_client(fresh("desktop")),
        "username": user.username,
        "password": user.password,
        "tenant_id": cloud.tenant_id,
    }
    return Known(user, server, arguments)


_WHO = "SELECT current_user"


def test_psycopg_connects_with_a_token_and_then_with_the_next(ana: Known) -> None:
    """As whom the token is of."""
    with ana.of(entrada) as credential:
        place = f"host={ana.server.socket} dbname=postgres"
        for _ in range(2):
            ana.renewed(credential)
            with EntraConnection.connect(place, credential=credential) as connection:
                assert connection.execute(_WHO).fetchone() == (ana.user.username,)
        ana.server.allow(ana.user.username, "another")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            EntraConnection.connect(place, credential=credential)


def test_a_pool_of_psycopg_opens_connections_with_tokens(ana: Known) -> None:
    with ana.of(entrada) as credential:
        ana.renewed(credential)
        place = f"host={ana.server.socket} dbname=postgres"
        options = {"credential": credential}
        with (
            ConnectionPool(
                place, connection_class=EntraConnection, kwargs=options, min_size=1, open=True
            ) as pool,
            pool.connection() as connection,
        ):
            assert connection.execute(_WHO).fetchone() == (ana.user.username,)


@pytest.mark.parametrize("module", [entrada, entrada.aio])
def test_asynchronous_psycopg_does_too(ana: Known, module: Any) -> None:
    """With credentials of either colour."""

    async def who() -> Any:
        credential = ana.of(module)
        if module is entrada.aio:
            await ana.arenewed(credential)
        else:
            ana.renewed(credential)
        place = f"host={ana.server.socket} dbname=postgres"
        async with await AsyncEntraConnection.connect(place, credential=credential) as connection:
            return await (await connection.execute(_WHO)).fetchone()

    assert asyncio.run(who()) == (ana.user.username,)


def test_asyncpg_takes_a_token_provider_as_its_password(ana: Known) -> None:
    """And asks it for each connection that its pool opens."""

    async def who() -> list[Any]:
        async with ana.of(entrada.aio) as credential:
            await ana.arenewed(credential)
            provider = entrada.aio.get_bearer_token_provider(credential, POSTGRES_SCOPE)
            pool = await asyncpg.create_pool(
                host=ana.server.socket,
                database="postgres",
                user=ana.user.username,
                password=provider,
                min_size=1,
            )
            async with pool:
                found = [await pool.fetchval(_WHO)]
                await ana.arenewed(credential)
                await pool.expire_connections()
                return [*found, await pool.fetchval(_WHO)]

    assert asyncio.run(who()) == [ana.user.username] * 2


def test_sqlalchemy_connects_with_tokens(ana: Known) -> None:
    """By psycopg; each physical connection with the token of its moment."""
    with ana.of(entrada) as credential:
        url = f"postgresql+psycopg:///postgres?host={ana.server.socket}"
        engine = attach(create_engine(url), credential)
        for _ in range(2):
            ana.renewed(credential)
            with engine.connect() as connection:
                assert connection.scalar(text(_WHO)) == ana.user.username
            engine.dispose()


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
@pytest.mark.parametrize("module", [entrada, entrada.aio])
def test_asynchronous_sqlalchemy_connects_with_tokens(ana: Known, driver: str, module: Any) -> None:
    async def who() -> list[Any]:
        credential = ana.of(module)
        url = f"postgresql+{driver}:///postgres?host={ana.server.socket}"
        engine = attach(create_async_engine(url), credential)
        found = []
        for _ in range(2):
            if module is entrada.aio:
                await ana.arenewed(credential)
            else:
                ana.renewed(credential)
            async with engine.connect() as connection:
                found.append(await connection.scalar(text(_WHO)))
            await engine.dispose()
        return found

    assert asyncio.run(who()) == [ana.user.username] * 2
