"""redis-py and a real Redis server, whose users' passwords are tokens of the local cloud."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
import redis.asyncio

import entrada
import entrada.aio
from e2e.people import PEOPLE
from e2e.ways import fresh
from entrada.integrations.redis import SCOPE, AsyncCredentialProvider, CredentialProvider
from entrada.local.provision import ServicePrincipal
from entrada.testing import LocalCloud

pytestmark = PEOPLE


class Server(NamedTuple):
    """A server on a Unix socket, and its administrator."""

    socket: str
    admin: Any

    def allow(self, user: str, token: str) -> None:
        """Make a token the only password of a user."""
        self.admin.execute_command(
            "ACL", "SETUSER", user, "on", "resetpass", f">{token}", "~*", "&*", "+@all"
        )

    def authentications(self) -> tuple[int, int]:
        """Return how many AUTH commands there were, and how many failed."""
        stats = self.admin.info("commandstats").get("cmdstat_auth", {})
        return int(stats.get("calls", 0)), int(stats.get("failed_calls", 0))


@pytest.fixture
def server(require_tool: Callable[..., str], tmp_path: Path) -> Iterator[Server]:
    """Run a server without a port; only its socket's owner can reach it."""
    program = require_tool("redis-server", "apt-get install redis-server")
    place = str(tmp_path / "redis.sock")
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", place, "--unixsocketperm", "700", "--save", ""],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    try:
        assert process.stdout is not None
        assert any("eady to accept connections" in line for line in process.stdout)
        with redis.Redis(unix_socket_path=place) as admin:
            yield Server(place, admin)
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def app(cloud: LocalCloud) -> ServicePrincipal:
    return cloud.service_principal(fresh("cache"))


def test_an_open_connection_is_given_the_new_token(server: Server, app: ServicePrincipal) -> None:
    """And a new connection signs in with it, when the server takes the old one no more."""
    credential = entrada.ClientSecretCredential(app.tenant_id, app.client_id, app.client_secret)
    first = credential.get_token(SCOPE).token
    server.allow(app.object_id, first)
    with credential, CredentialProvider(credential) as provider:
        client = redis.Redis(unix_socket_path=server.socket, credential_provider=provider)
        with client:
            client.set("greeting", "hello")
            assert client.acl_whoami() == app.object_id
            connection = client.client_id()
            second = credential.get_token(SCOPE, force_refresh=True).token
            server.allow(app.object_id, second)
            assert server.authentications() == (0, 0)
            assert provider.renew()
            assert server.authentications() == (1, 0)
            assert client.get("greeting") == b"hello"
            assert client.client_id() == connection
            client.connection_pool.disconnect()
            assert client.get("greeting") == b"hello"
            assert client.client_id() != connection


def test_an_asynchronous_client_is_given_it_too(server: Server, app: ServicePrincipal) -> None:
    async def use() -> None:
        credential = entrada.aio.ClientSecretCredential(
            app.tenant_id, app.client_id, app.client_secret
        )
        server.allow(app.object_id, (await credential.get_token(SCOPE)).token)
        provider = AsyncCredentialProvider(credential)
        async with credential, provider:
            client = redis.asyncio.Redis(
                unix_socket_path=server.socket, credential_provider=provider
            )
            async with client:
                await client.set("greeting", "hello")
                token = (await credential.get_token(SCOPE, force_refresh=True)).token
                server.allow(app.object_id, token)
                assert await provider.renew()
                assert server.authentications() == (1, 0)
                assert await client.get("greeting") == b"hello"

    asyncio.run(use())


def test_a_token_that_the_server_does_not_know_is_refused(
    server: Server, app: ServicePrincipal
) -> None:
    server.allow(app.object_id, "another")
    credential = entrada.ClientSecretCredential(app.tenant_id, app.client_id, app.client_secret)
    with credential, CredentialProvider(credential) as provider:
        client = redis.Redis(unix_socket_path=server.socket, credential_provider=provider)
        with client, pytest.raises(redis.AuthenticationError):
            client.ping()
