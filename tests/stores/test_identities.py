"""Tokens at rest of machines, tools and chains: each holds where it was got, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from faces import FACES, SCOPE, ask

import entrada
from entrada.stores import MemoryStore
from entrada.testing import Completed, Request, Response, Run, World, json_response

_BOOT = "/proc/sys/kernel/random/boot_id"
_HOST = {"IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi", "IDENTITY_HEADER": "one"}


class Host:
    """Answers as App Service does, and counts."""

    requests = 0

    def __call__(self, _request: Request) -> Response:
        self.requests += 1
        return json_response({"access_token": f"t{self.requests}", "expires_on": "1800003600"})


def _machine(boot: str, name: str = "vm", **env: str) -> World:
    files = {_BOOT: boot.encode(), "/proc/sys/kernel/hostname": name.encode()}
    return World.fake(env={**_HOST, **env}, files=files if boot else {})


@pytest.mark.parametrize("module", FACES)
def test_a_managed_identitys_token_stays_on_its_machine(module: ModuleType) -> None:
    """Machines may share a home folder, containers a kernel; another header is another app."""
    host, store = Host(), MemoryStore()

    def get(world: World, **identity: str) -> str:
        kind = module.ManagedIdentityCredential
        return ask(kind(world=world, transport=host, store=store, **identity))

    assert [get(_machine("a")), get(_machine("a"))] == ["t1", "t1"]
    assert get(_machine("b")) == "t2"
    assert get(_machine("a", IDENTITY_HEADER="two")) == "t3"
    assert get(_machine("a"), client_id="user-assigned") == "t4"
    assert get(_machine("a", "another-container")) == "t5"
    assert get(_machine("a")) == "t1"


def test_a_machine_that_cannot_be_told_from_others_rests_nothing() -> None:
    host, store = Host(), MemoryStore()
    for _ in range(2):
        ask(entrada.ManagedIdentityCredential(world=_machine(""), transport=host, store=store))

    assert host.requests == 2
    assert store._entries == {}


@pytest.mark.parametrize("module", FACES)
def test_a_tools_token_holds_until_somebody_else_signs_in(module: ModuleType) -> None:
    files = {"/home/someone/.azure/azureProfile.json": b"ana"}
    started: list[tuple[str, ...]] = []

    def az(program: Run) -> Completed:
        started.append(program.argv)
        return Completed(0, f'{{"accessToken": "t{len(started)}", "expires_on": 1800003600}}')

    store = MemoryStore()

    def get(**options: Any) -> str:
        world = World.fake(files=files, programs={"az": az})
        return ask(module.AzureCliCredential(world=world, store=store, **options))

    assert [get(), get()] == ["t1", "t1"]
    assert get(subscription="another") == "t2"
    assert get(tenant_id="contoso") == "t3"
    files["/home/someone/.azure/azureProfile.json"] = b"ben"
    assert get() == "t4"


@pytest.mark.parametrize("module", FACES)
def test_the_default_chains_links_rest_their_tokens(module: ModuleType, tmp_path: Path) -> None:
    started: list[Run] = []

    def az(program: Run) -> Completed:
        started.append(program)
        return Completed(0, '{"accessToken": "t", "expires_on": 1800003600}')

    world = World.fake(
        files={"/sys/class/dmi/id/chassis_asset_tag": b"No Asset Tag"}, programs={"az": az}
    )
    for _ in range(3):
        options = entrada.TokenCachePersistenceOptions()
        home = world._replace(home=str(tmp_path))
        chain = module.DefaultAzureCredential(world=home, cache_persistence_options=options)
        assert ask(chain) == "t"
    assert len(started) == 1


def test_a_token_of_somebody_else_is_refused_though_it_rests() -> None:
    """What a chain expects is checked of tokens from a store as of new ones."""
    world, store = World.fake(), MemoryStore()
    env = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"}
    world = world._replace(env=env)

    def answer(_request: Request) -> Response:
        return json_response({"access_token": "e30.e30.", "expires_in": 3600})

    free = entrada.DefaultAzureCredential(world=world, transport=answer, store=store)
    assert ask(free) == "e30.e30."
    strict = entrada.DefaultAzureCredential(
        world=world,
        transport=answer,
        store=store,
        expect=entrada.Identity(object_id="00000000-0000-0000-0000-000000000001"),
    )
    with pytest.raises(entrada.AuthenticationError):
        strict.get_token(SCOPE)


@pytest.mark.parametrize("module", FACES)
def test_the_environments_credential_hands_its_store_on(module: ModuleType) -> None:
    env = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"}
    host, store = Host(), MemoryStore()
    for _ in range(2):
        world = World.fake(env=env)
        ask(module.EnvironmentCredential(world=world, transport=host, store=store))

    assert host.requests == 1
