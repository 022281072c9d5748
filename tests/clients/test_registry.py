"""Clients are found by class and name, made once, overridden in tests, and closed in order."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from post import PostClient
from post.aio import PostClient as AsyncPostClient
from services import Letters, Parcels, Stamps

import entrada
import entrada.aio
from entrada.clients import Clients, ClientsConfigurationError, Context
from entrada.testing import Script, World, token_response

WORLD = World.fake({"AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"})
URL = "https://parcels.example"
LATER = 2e9


def clients() -> Clients:
    """Return a registry that looks at nothing of this machine."""
    return Clients(world=WORLD)


def static(token: str = "t") -> entrada.StaticTokenCredential:
    """Return a credential that needs nobody."""
    return entrada.StaticTokenCredential(token, LATER, world=WORLD)


def test_a_client_is_made_when_it_is_asked_for_and_once() -> None:
    """Also by threads that ask at the same time."""
    registry, before = clients().add(Parcels, URL), Parcels.made
    barrier = threading.Barrier(16)

    def ask() -> Parcels:
        barrier.wait()
        return registry.get(Parcels)

    with ThreadPoolExecutor(16) as threads:
        found = [each.result() for each in [threads.submit(ask) for _ in range(16)]]
    assert Parcels.made == before + 1
    assert all(each is found[0] for each in found)
    assert found[0].endpoint == URL


def test_names_tell_clients_of_one_class_apart() -> None:
    """Without a name it is the one that was registered without."""
    registry = clients().add(Parcels, URL).add(Parcels, f"{URL}/b", name="b")
    assert registry.get(Parcels).endpoint == URL
    assert registry.get(Parcels, "b").endpoint == f"{URL}/b"
    assert registry.get(Parcels, "B") is registry.get(Parcels, "b")


def test_the_only_client_of_a_class_needs_no_name() -> None:
    """Until there is another: then the call has to say which, and the error has the names."""
    registry = clients().add(Parcels, URL, name="a").add(Letters, URL)
    assert registry.get(Parcels) is registry.get(Parcels, "a")
    registry.add(Parcels, URL, name="b")
    with pytest.raises(ClientsConfigurationError, match=r"2 clients are .*: a, b"):
        registry.get(Parcels)


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        (Letters, None, "no client is a services.Letters. There are shop (services.Parcels)"),
        (Parcels, "shp", "no client is named 'shp'. Did you mean 'shop'?"),
        (Letters, "shop", "the client shop is a services.Parcels, not a services.Letters"),
    ],
)
def test_what_is_not_there_is_told(kind: type, name: str | None, said: str) -> None:
    """With what there is."""
    with pytest.raises(ClientsConfigurationError) as raised:
        clients().add(Parcels, URL, name="shop").get(kind, name)
    assert said in str(raised.value)


def test_a_name_is_given_once() -> None:
    """Of one class; another class may have it too."""
    registry = clients().add(Parcels, URL).add(Letters, URL)
    with pytest.raises(ClientsConfigurationError, match="registered as 'default' already"):
        registry.add(Parcels, URL)


def test_both_colours_come_of_one_registration() -> None:
    """Each has a credential of its own colour, of the same settings."""
    registry = clients().add(PostClient, URL, credential="azure_cli")
    sync, coroutine = registry.get(PostClient), registry.get(AsyncPostClient)
    assert type(sync.credential) is entrada.AzureCliCredential
    assert type(coroutine.credential) is entrada.aio.AzureCliCredential
    assert (sync.endpoint, coroutine.endpoint) == (URL, URL)


def test_code_fills_in_what_a_configuration_leaves_out() -> None:
    """The class of a client, and keys that lie over those of its section."""
    content = {"clients": {"shop": {"endpoint": URL, "options": {"pages": 3}}}}
    registry = Clients.from_config(content, world=WORLD)
    assert registry.get(Parcels, "shop").options == {"pages": 3}
    with pytest.raises(ClientsConfigurationError, match=r"is a services\.Parcels, not"):
        registry.get(Letters, "shop")
    registry = Clients.from_config(content, world=WORLD).add(Parcels, f"{URL}/2", name="shop")
    assert registry.get(Parcels).endpoint == f"{URL}/2"
    assert registry.get(Parcels).options == {"pages": 3}


def test_kinds_go_by_dotted_names_of_either_colour() -> None:
    """The async class's name means the same client."""
    for kind in ("post.PostClient", "post.aio.PostClient"):
        content = {"clients": {"post": {"kind": kind, "endpoint": URL}}}
        registry = Clients.from_config(content, world=WORLD)
        assert registry.get(PostClient).endpoint == registry.get(AsyncPostClient).endpoint == URL


def test_equal_credential_settings_share_one_instance() -> None:
    """However they are spelt; others do not."""
    content = {
        "clients": {
            "a": {"kind": "services.Parcels", "endpoint": URL, "credential": "AzureCliCredential"},
            "b": {
                "kind": "services.Parcels",
                "endpoint": URL,
                "credential": {"CredentialSource": "azure-cli"},
            },
            "c": {
                "kind": "services.Parcels",
                "endpoint": URL,
                "credential": {"credential_source": "azure_cli", "tenant_id": "t"},
            },
        }
    }
    registry = Clients.from_config(content, world=WORLD)
    a, b, c = (registry.get(Parcels, name).credential for name in "abc")
    assert a is b
    assert a is not c


def test_a_shared_credential_is_referred_to() -> None:
    """By its name, or by .NET's path from the root."""
    content = {
        "credentials": {"ci": {"credential_source": "azure_cli"}},
        "clients": {
            "a": {"kind": "services.Parcels", "endpoint": URL, "credential": "$ci"},
            "b": {"kind": "services.Parcels", "endpoint": URL, "credential": "$Credentials:ci"},
        },
    }
    registry = Clients.from_config(content, world=WORLD)
    assert registry.get(Parcels, "a").credential is registry.get(Parcels, "b").credential


def test_a_clients_own_credential_comes_first_then_use_credential_then_the_defaults() -> None:
    """And the default chain where nobody says anything."""
    content = {
        "defaults": {"credential": "azure_developer_cli"},
        "clients": {
            "own": {"kind": "services.Parcels", "endpoint": URL, "credential": "azure_cli"},
            "other": {"kind": "services.Parcels", "endpoint": URL},
        },
    }

    def names(registry: Clients) -> tuple[str, str]:
        own, other = (registry.get(Parcels, name).credential for name in ("own", "other"))
        return type(own).__name__, type(other).__name__

    registry = Clients.from_config(content, world=WORLD)
    assert names(registry) == ("AzureCliCredential", "AzureDeveloperCliCredential")
    registry = Clients.from_config(content, world=WORLD).use_credential("azure_power_shell")
    registry.use_credential(static())
    assert names(registry) == ("AzureCliCredential", "StaticTokenCredential")
    assert type(clients().add(Parcels, URL).get(Parcels).credential) is (
        entrada.DefaultAzureCredential
    )


def test_a_factory_makes_a_credential_of_the_wanted_colour() -> None:
    """Once for each."""
    asked: list[bool] = []

    def make(context: Context) -> Any:
        asked.append(context.asynchronous)
        module: Any = entrada.aio if context.asynchronous else entrada
        return module.StaticTokenCredential("t", LATER, world=WORLD)

    registry = clients().add(PostClient, URL).add(Parcels, URL).use_credential(make)
    registry.get(AsyncPostClient)
    assert registry.get(PostClient).credential is registry.get(Parcels).credential
    assert asked == [True, False]


def test_a_credential_of_the_other_colour_is_refused() -> None:
    """With what to do; given both, each gets its own."""
    registry = clients().add(PostClient, URL).use_credential(static())
    with pytest.raises(ClientsConfigurationError, match="a sync credential") as raised:
        registry.get(AsyncPostClient)
    assert "aio=" in str(raised.value)
    aio = entrada.aio.StaticTokenCredential("t", LATER, world=WORLD)
    registry = clients().add(PostClient, URL).use_credential(static(), aio=aio)
    assert registry.get(AsyncPostClient).credential is aio
    with pytest.raises(ClientsConfigurationError, match="an async credential"):
        clients().add(PostClient, URL, credential=aio).get(PostClient)


def test_what_is_no_credential_is_refused() -> None:
    """At once."""
    with pytest.raises(ClientsConfigurationError, match="has to have get_token, not int"):
        clients().use_credential(3)
    with pytest.raises(ClientsConfigurationError, match='no credential source "azure_clj"'):
        clients().add(Parcels, URL, credential="azure_clj")


def test_a_factory_makes_a_client() -> None:
    """It has the credential that the client would have."""

    def make(context: Context) -> Stamps:
        assert type(context.credential) is entrada.AzureCliCredential
        return Stamps(f"{URL}/{context.name}")

    registry = clients().add_factory(Stamps, make, name="red").use_credential("azure_cli")
    assert registry.get(Stamps).endpoint == f"{URL}/red"
    assert registry.get(Stamps) is registry.get(Stamps, "red")


def test_a_factory_may_ask_for_other_clients_but_not_for_its_own() -> None:
    """A circle is told; the next attempt is as good as the first."""

    def parcels(context: Context) -> Parcels:
        return Parcels(context.clients.get(Stamps).endpoint)

    def stamps(context: Context) -> Stamps:
        return Stamps(context.clients.get(Parcels).endpoint)

    registry = clients().add_factory(Parcels, parcels).add_factory(Stamps, stamps)
    for _ in range(2):
        with pytest.raises(ClientsConfigurationError, match="needs itself"):
            registry.get(Parcels)
    registry = clients().add_factory(Parcels, parcels).add(Stamps, endpoint=URL)
    assert registry.get(Parcels).endpoint == URL


def test_options_of_code_lie_over_those_of_the_section_over_the_defaults() -> None:
    """And what a class does not take is left out of the defaults."""
    content = {
        "defaults": {"options": {"retry": {"max_retries": 1, "delay": 1}, "user_agent": "d"}},
        "clients": {
            "a": {
                "kind": "services.Parcels",
                "endpoint": URL,
                "options": {"retry": {"delay": "00:00:02"}, "pages": 2},
            },
            "stamps": {"kind": "services.Stamps", "endpoint": URL},
        },
    }
    registry = Clients.from_config(content, world=WORLD)
    registry.configure_defaults(retry={"max_retries": 7})
    registry.add(Parcels, name="a", options={"pages": 9, "transport": None})
    assert registry.get(Parcels).options == {
        "retry_total": 7,
        "retry_backoff_factor": 2.0,
        "user_agent": "d",
        "pages": 9,
        "transport": None,
    }
    assert registry.get(Stamps).endpoint == URL


def test_an_override_stands_in_for_a_client_while_it_lasts() -> None:
    """By name, or for all of a class; they nest."""
    registry = clients().add(Parcels, URL, name="a").add(Parcels, URL, name="b")
    real, fake, other = registry.get(Parcels, "a"), Parcels("fake"), Parcels("other")
    with registry.override(Parcels, fake):
        assert registry.get(Parcels) is registry.get(Parcels, "b") is fake
        with registry.override(Parcels, other, "a"):
            assert registry.get(Parcels, "a") is other
            assert registry.get(Parcels, "b") is fake
        assert registry.get(Parcels, "a") is fake
    assert registry.get(Parcels, "a") is real


def test_an_override_needs_no_registration() -> None:
    """A test may stand in for what the test's configuration lacks."""
    fake = Parcels("fake")
    with clients().override(Parcels, fake) as given:
        assert given is fake


def test_clients_are_closed_in_reverse_order_then_the_credentials_made_here() -> None:
    """One that fails does not keep the others open; what code handed over stays open."""
    closed: list[str] = []

    class Closing(Parcels):
        def close(self) -> None:
            closed.append(self.endpoint)
            if self.endpoint.endswith("2"):
                raise OSError("line is down")

    class Own(entrada.StaticTokenCredential):
        def close(self) -> None:
            closed.append("own")

    registry = clients().use_credential(Own("t", LATER, world=WORLD))
    for number in "123":
        registry.add(Closing, f"{URL}/{number}", name=number).get(Closing, number)
    with pytest.raises(ExceptionGroup) as raised, registry:
        pass
    assert closed == [f"{URL}/{number}" for number in "321"]
    assert [str(each) for each in raised.value.exceptions] == ["line is down"]
    registry.get(Closing, "1").close()
    registry.close()
    assert closed[3:] == [f"{URL}/1", f"{URL}/1"]


def test_credentials_that_were_made_here_are_closed() -> None:
    """And made anew after that."""
    made: list[Any] = []

    class Made(entrada.StaticTokenCredential):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    def make(_context: Context) -> Made:
        new = Made("t", LATER, world=WORLD)
        made.append(new)
        return new

    registry = clients().add(Parcels, URL).use_credential(make)
    with registry:
        first = registry.get(Parcels)
    assert (made[0].closed, first.closed) == (1, True)
    assert registry.get(Parcels) is not first
    assert len(made) == 2


def test_async_clients_are_closed_by_awaiting() -> None:
    """``close`` says so, and closes nothing."""
    registry = clients().add(PostClient, URL, credential="azure_cli")

    async def use() -> tuple[PostClient, AsyncPostClient]:
        async with registry:
            found = registry.get(PostClient), registry.get(AsyncPostClient)
            with pytest.raises(RuntimeError, match="aclose"):
                registry.close()
            assert not found[0].closed
        return found

    assert [each.closed for each in asyncio.run(use())] == [True, True]


def test_health_is_a_token_or_the_clients_own_ping() -> None:
    """What goes wrong is in the result; nothing is raised."""

    def broken(client: Parcels) -> None:
        raise OSError(f"{client.endpoint} is away")

    registry = clients().use_credential(static())
    registry.add("blob", "https://a.blob.core.windows.net").add(Parcels, URL, ping=broken)
    registry.add("secrets", "https://a.vault.azure.net", name="no", credential="azure_cli")
    blob, parcels, no = registry.check()
    assert (blob.name, blob.ok, blob.kind) == (
        "default",
        True,
        "azure.storage.blob.BlobServiceClient",
    )
    assert (parcels.ok, str(parcels.error)) == (False, f"{URL} is away")
    assert isinstance(no.error, entrada.CredentialUnavailableError)
    registry.close()


def test_health_of_async_clients() -> None:
    """Each by its async class where it has one."""
    seen: list[Any] = []

    async def ping(client: Any) -> None:
        seen.append(client)

    registry = clients().add(PostClient, URL, ping=ping).add(Parcels, URL, ping=ping)
    registry.add("secrets", "https://a.vault.azure.net")
    registry.use_credential(
        static(), aio=entrada.aio.StaticTokenCredential("t", LATER, world=WORLD)
    )

    async def check() -> list[bool]:
        async with registry:
            return [each.ok for each in await registry.acheck()]

    assert asyncio.run(check()) == [True, True, True]
    assert [type(each) for each in seen] == [AsyncPostClient, Parcels]


def test_a_description_says_where_everything_stands_and_no_secret() -> None:
    """By client: kind, endpoint, credential, and the place of each key."""
    secret = "hunter2"
    content = {
        "clients": {
            "a": {
                "kind": "services.Parcels",
                "endpoint": f"{URL}?sig={secret}",
                "credential": {
                    "credential_source": "client_secret",
                    "tenant_id": "t",
                    "client_id": "c",
                    "client_secret": secret,
                },
                "options": {"retry": {"delay": 1}},
            },
            "b": {"kind": "services.Parcels", "connection_string": f"key={secret}"},
        }
    }
    registry = Clients.from_config(content, world=WORLD)
    a, b = registry.describe()
    assert a.endpoint == URL
    assert a.credential == "client_secret (client_id=c, client_secret=***, tenant_id=t)"
    assert a.sources == {
        "endpoint": "the mapping, clients.a.endpoint",
        "options.retry.delay": "the mapping, clients.a.options.retry.delay",
        "credential": "the mapping, clients.a.credential",
    }
    assert (b.endpoint, b.credential) == ("", "in the connection string")
    assert secret not in repr((a, b, registry, registry._registrations, registry._signers))


def test_what_a_class_refuses_is_told_without_its_secrets(caplog: Any) -> None:
    """With the key's place; a connection string is not repeated."""
    with pytest.raises(ClientsConfigurationError, match="refuses its keys: ValueError: no such"):
        clients().add(Parcels, f"{URL}/refused").get(Parcels)
    with pytest.raises(ClientsConfigurationError) as raised:
        clients().add(Parcels, connection_string="hunter2").get(Parcels)
    assert "refuses its keys: ValueError." in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_connection_string_needs_no_credential() -> None:
    """A section that is a text is one."""
    registry = Clients.from_config({"clients": {"a": "key=host"}}, world=WORLD)
    made = registry.get(Parcels, "a")
    assert (made.endpoint, made.credential) == ("https://host", None)


def test_our_credential_signs_in_with_the_script() -> None:
    """A client of a registry has a credential that works."""
    credential = entrada.ClientSecretCredential(
        "t", "c", "s", transport=Script(token_response("it")), world=WORLD
    )
    made = clients().add(Parcels, URL).use_credential(credential).get(Parcels)
    assert made.credential.get_token("https://storage.azure.com/.default").token == "it"
