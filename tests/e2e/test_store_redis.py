"""The store in Redis, on a real server: a fleet's tokens, and what happens when it goes away."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from inspect import isawaitable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada._cache.storage import SealedStorage
from entrada._drivers.sync import SyncDriver
from entrada.stores import RedisStore, Sealed, TokenStore
from entrada.testing import FakeClock, Request, Response, World, token_response

redis: Any = pytest.importorskip("redis")

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("redis")]

SCOPE = "https://storage.azure.com/.default"
KEY = bytes(range(32))
FACES = [entrada, entrada.aio]


class Server:
    """A Redis server of this test's own, which can be stopped and started again."""

    def __init__(self, program: str, folder: Path, *options: str) -> None:
        self._command = [
            program,
            "--dir",
            str(folder),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            *options,
        ]
        with closing(socket.create_server(("127.0.0.1", 0))) as listening:
            self.port: int = listening.getsockname()[1]
        self.folder = folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*self._command, "--port", str(self.port)], stdout=subprocess.DEVNULL
        )
        for _ in range(500):
            try:
                self.client().ping()
                return
            except redis.exceptions.RedisError:
                time.sleep(0.01)
        raise AssertionError("redis-server does not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def client(self) -> Any:
        return redis.Redis(port=self.port)


@pytest.fixture(scope="module")
def shared(
    require_tool: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    program = require_tool("redis-server", "apt-get install redis-server")
    server = Server(program, tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def server(shared: Server) -> Server:
    shared.client().flushall()
    return shared


class Issuer:
    """Gives a token of its own to each request, and counts them."""

    requests = 0

    def __call__(self, _request: Request) -> Response:
        self.requests += 1
        return token_response(f"eyJ-token-{self.requests}")


def _ask(module: ModuleType, issuer: Any, store: Any, **options: Any) -> str:
    credential = module.ClientSecretCredential(
        options.pop("tenant_id", "contoso"), "app", "hush", transport=issuer, store=store, **options
    )

    async def settled() -> str:
        answer = credential.get_token(SCOPE)
        token: str = (await answer if isawaitable(answer) else answer).token
        return token

    return asyncio.run(settled())


def _store(server: Server, **options: Any) -> RedisStore:
    return RedisStore(server.url, key=KEY, **options)


@pytest.mark.parametrize("reader", FACES)
@pytest.mark.parametrize("writer", FACES)
def test_a_token_is_found_by_another_machine(
    writer: ModuleType, reader: ModuleType, server: Server
) -> None:
    issuer = Issuer()
    assert _ask(writer, issuer, _store(server)) == "eyJ-token-1"
    assert _ask(reader, issuer, _store(server)) == "eyJ-token-1"
    assert _ask(reader, issuer, _store(server), tenant_id="fabrikam") == "eyJ-token-2"


def test_an_async_client_of_the_callers_serves_async_credentials(server: Server) -> None:
    """In its own event loop, as such clients have it."""
    issuer = Issuer()

    async def twice() -> list[str]:
        tokens = []
        client = redis.asyncio.Redis(port=server.port)
        for _ in range(2):
            credential = entrada.aio.ClientSecretCredential(
                "contoso", "app", "hush", transport=issuer, store=RedisStore(client=client, key=KEY)
            )
            tokens.append((await credential.get_token(SCOPE)).token)
            await credential.close()
        await client.aclose()
        return tokens

    assert asyncio.run(twice()) == ["eyJ-token-1"] * 2
    assert issuer.requests == 1


def test_entries_live_as_long_as_their_tokens_and_one_node_has_all_of_one(server: Server) -> None:
    _ask(entrada, Issuer(), _store(server, prefix="app"))
    keys = server.client().keys()

    tags = {key.partition(b"{")[2].partition(b"}")[0] for key in keys}
    assert len(tags) == 1
    assert all(key.startswith(b"app:{") for key in keys)
    (token,) = [key for key in keys if key.endswith(b":token")]
    assert 3590 < server.client().ttl(token) <= 3600
    assert all(server.client().ttl(key) > 0 for key in keys)


@pytest.mark.parametrize("module", FACES)
def test_no_token_stands_in_a_dump(module: ModuleType, server: Server) -> None:
    for number in range(20):
        _ask(module, Issuer(), _store(server), tenant_id=f"tenant-{number}")
    server.client().save()

    dump = (server.folder / "dump.rdb").read_bytes()
    assert len(dump) > 2000
    assert [word for word in (b"eyJ", b"tenant-", b"hush", b"storage.azure") if word in dump] == []


@pytest.mark.parametrize("module", FACES)
def test_redis_may_go_away_and_come_back(
    module: ModuleType, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock(time.time())
    world = World.real()._replace(now=clock.now, elapsed=clock.now)
    store, issuer = _store(server), Issuer()

    def ask() -> str:
        return _ask(module, issuer, store, world=world)

    assert [ask(), ask()] == ["eyJ-token-1"] * 2
    server.stop()
    try:
        clock.advance(1)
        assert [ask(), ask()] == ["eyJ-token-2", "eyJ-token-3"]
        assert len(caplog.records) == 1
        assert "memory only: Redis does not answer" in caplog.text
    finally:
        server.start()
    clock.advance(10)
    assert [ask(), ask()] == ["eyJ-token-4"] * 2
    assert len(caplog.records) == 2
    assert "again" in caplog.records[-1].message


def _run(flow: Any) -> Any:
    return SyncDriver(World.real()).run(flow)


def test_one_has_the_lease_until_it_is_given_back_or_over(server: Server) -> None:
    store = _store(server, lease_seconds=0.05)
    first = _run(store.lease("name"))
    assert first is not None
    assert _run(store.lease("name")) is None
    assert _run(store.lease("another")) is not None
    _run(first.release())
    second = _run(store.lease("name"))
    assert second is not None
    for _ in range(500):  # what is left of fifty milliseconds
        third = _run(store.lease("name"))
        if third is not None:
            break
        time.sleep(0.01)
    assert third is not None
    assert first.fence < second.fence < third.fence


def test_a_lease_that_is_somebody_elses_by_now_is_not_given_back(server: Server) -> None:
    brief, store = _store(server, lease_seconds=0.001), _store(server)
    old = _run(brief.lease("name"))
    time.sleep(0.01)
    assert _run(store.lease("name")) is not None
    _run(old.release())

    assert _run(store.lease("name")) is None


def test_who_has_overslept_their_lease_overwrites_nothing(server: Server) -> None:
    store = _store(server, lease_seconds=0.001)
    later = time.time() + 3600
    old = _run(store.lease("name"))
    time.sleep(0.01)
    new = _run(store.lease("name"))
    _run(store.save("name", Sealed(b"new", later, fence=new.fence)))
    _run(store.save("name", Sealed(b"old", later, fence=old.fence)))

    assert _run(store.load("name")) == b"new"
    _run(store.delete("name"))
    assert _run(store.load("name")) is None


def test_sign_ins_are_listed(server: Server) -> None:
    store, world = _store(server), World.real()
    later = time.time() + 3600
    for number in range(30):
        _run(store.save(f"name-{number}", Sealed(b"data", later, account=number % 3 == 0)))

    listed = dict(_run(store.accounts()))
    assert listed == {f"name-{number}": b"data" for number in range(0, 30, 3)}
    assert _run(SealedStorage(store, world).records()) == []


_ONE_OF_A_FLEET = """
import sys, time, entrada
from entrada.stores import RedisStore
from entrada.testing import token_response
def answer(request):
    print("asked", flush=True)
    time.sleep(float(sys.argv[2]))
    return token_response("eyJ-token")
store = RedisStore(sys.argv[1], key=bytes(range(32)), lease_seconds=1)
credential = entrada.ClientSecretCredential("t", "c", "s", store=store, transport=answer)
began = time.monotonic()
print(credential.get_token("https://storage.azure.com/.default").token)
print(time.monotonic() - began)
"""


def _start(server: Server, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _ONE_OF_A_FLEET, server.url, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))


def test_a_fleet_asks_once(server: Server) -> None:
    fleet = [_start(server, 0.2) for _ in range(30)]
    said = "".join(process.communicate(timeout=120)[0] for process in fleet)
    assert said.count("asked") == 1
    assert said.count("eyJ-token") == 30


def test_when_the_holder_of_a_lease_is_killed_the_next_proceeds_within_it(server: Server) -> None:
    holder = _start(server, 600)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "asked\n"
    holder.kill()
    holder.communicate()

    asked, token, seconds = _start(server, 0).communicate(timeout=60)[0].split()
    assert (asked, token) == ("asked", "eyJ-token")
    assert float(seconds) < 2  # the lease is one of one second


def test_a_cluster_takes_every_command(require_tool: Callable[..., str], tmp_path: Path) -> None:
    """Where keys of one entry must be on one node, or the command is refused."""
    program = require_tool("redis-server", "apt-get install redis-server")
    server = Server(program, tmp_path, "--cluster-enabled", "yes")
    try:
        server.client().execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        for _ in range(500):
            if b"cluster_state:ok" in server.client().execute_command("CLUSTER", "INFO"):
                break
            time.sleep(0.01)
        cluster = redis.RedisCluster(host="127.0.0.1", port=server.port)
        issuer = Issuer()
        for _ in range(2):
            assert _ask(entrada, issuer, RedisStore(client=cluster, key=KEY)) == "eyJ-token-1"
        assert issuer.requests == 1
        cluster.close()
    finally:
        server.stop()


def test_what_a_redis_store_needs_is_said() -> None:
    with pytest.raises(entrada.ConfigurationError, match="url or a client"):
        RedisStore(key=KEY)
    assert isinstance(RedisStore("redis://127.0.0.1:1/0", key=KEY), TokenStore)
    assert "hush" not in repr(RedisStore("redis://:hush@127.0.0.1:1/0", key=KEY))


def test_a_client_that_decodes_is_refused_without_an_exception(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    client = redis.Redis(port=server.port, decode_responses=True)
    issuer = Issuer()
    _ask(entrada, issuer, _store(server))

    assert _ask(entrada, issuer, RedisStore(client=client, key=KEY)) == "eyJ-token-2"
    assert len(caplog.records) == 1
