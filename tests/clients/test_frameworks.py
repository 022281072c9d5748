"""Clients in web frameworks: given to what handles a request, closed with the app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import django
import pytest
import svcs
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings
from django.urls import path as django_path
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from flask import Flask
from post import PostClient
from post.aio import PostClient as AsyncPostClient
from services import Letters, Parcels
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import entrada.clients.django as clients_django
import entrada.clients.fastapi as clients_fastapi
import entrada.clients.flask as clients_flask
import entrada.clients.starlette as clients_starlette
import entrada.clients.svcs as clients_svcs
from entrada.clients import Clients, ClientsConfigurationError
from entrada.testing import World

WORLD = World.fake({"AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"})
URL = "https://post.example"

Post = Annotated[AsyncPostClient, clients_fastapi.client(AsyncPostClient)]
Parcel = Annotated[Parcels, clients_fastapi.client(Parcels, "b")]


@pytest.fixture
def clients() -> Clients:
    """Return a registry of both colours."""
    registry = Clients(world=WORLD).use_credential("azure_cli")
    return registry.add(PostClient, URL).add(Parcels, f"{URL}/b", name="b")


def test_fastapi_depends_on_clients_and_closes_them(clients: Clients) -> None:
    """One instance for all requests and WebSockets; a test overrides it."""
    app = FastAPI(lifespan=clients_fastapi.lifespan(clients))

    @app.get("/")
    async def index(post: Post, parcels: Parcel) -> list[str]:
        return [post.endpoint, parcels.endpoint]

    @app.websocket("/ws")
    async def talk(socket: WebSocket, post: Post) -> None:
        await socket.accept()
        await socket.send_text(post.endpoint)
        await socket.close()

    with TestClient(app) as browser:
        assert browser.get("/").json() == browser.get("/").json() == [URL, f"{URL}/b"]
        with browser.websocket_connect("/ws") as socket:
            assert socket.receive_text() == URL
        made = clients.get(AsyncPostClient), clients.get(Parcels)
        with clients.override(Parcels, Parcels("fake")):
            assert browser.get("/").json() == [URL, "fake"]
        assert not made[0].closed
    assert [each.closed for each in made] == [True, True]


def test_a_lifespan_of_ones_own_stays(clients: Clients) -> None:
    """It runs inside, and its state is passed on."""
    seen: list[str] = []

    @asynccontextmanager
    async def own(_app: Any) -> AsyncIterator[dict[str, str]]:
        seen.append("begun")
        yield {"colour": "blue"}
        seen.append("ended")

    async def index(request: Request) -> PlainTextResponse:
        post = await clients_starlette.client(request, PostClient)
        return PlainTextResponse(f"{request.state.colour} {post.endpoint}")

    app = Starlette(routes=[Route("/", index)], lifespan=clients_starlette.lifespan(clients, own))
    with TestClient(app) as browser:
        assert browser.get("/").text == browser.get("/").text == f"blue {URL}"
    assert seen == ["begun", "ended"]


def test_an_app_without_clients_is_told() -> None:
    """With what to do about it."""
    app = FastAPI()

    @app.get("/")
    async def index(post: Post) -> str:
        return post.endpoint

    with TestClient(app) as browser, pytest.raises(ClientsConfigurationError, match="lifespan="):
        browser.get("/")
    with Flask("bare").app_context(), pytest.raises(ClientsConfigurationError, match="init_app"):
        clients_flask.client(Parcels)


def test_flask_has_clients_of_its_app(clients: Clients) -> None:
    """In a request's context."""
    app = Flask("shop")
    clients_flask.init_app(app, clients)

    @app.get("/")
    def index() -> str:
        return clients_flask.client(Parcels).endpoint

    assert app.test_client().get("/").text == f"{URL}/b"
    assert clients_flask.clients_of(app) is clients


@pytest.fixture
def django_app() -> Iterator[None]:
    """Serve this module's URLs; other tests of the process configure Django as they need it."""
    before = settings._wrapped
    if not settings.configured:
        settings.configure()
        django.setup()
    with override_settings(ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield
    settings._wrapped = before


def _index(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(clients_django.client(Parcels).endpoint)


urlpatterns = [django_path("", _index)]


def test_django_has_clients_of_its_settings(django_app: None) -> None:
    """A mapping, a file or a registry; another setting closes them."""
    from django.test import Client

    content = {"clients": {"a": {"kind": "services.Parcels", "endpoint": URL}}}
    with override_settings(ENTRADA_CLIENTS=content):
        assert Client().get("/").content.decode() == URL
        made = clients_django.client(Parcels)
    assert made.closed
    with pytest.raises(ClientsConfigurationError, match=r"settings\.ENTRADA_CLIENTS is missing"):
        clients_django.clients()
    registry = Clients(world=WORLD)
    with override_settings(ENTRADA_CLIENTS=registry):
        assert clients_django.clients() is registry


def test_svcs_has_every_client_and_its_health(clients: Clients) -> None:
    """By class; a registry that closes closes them."""

    def broken(_client: Parcels) -> None:
        raise OSError("away")

    clients.add(Letters, URL, ping=broken)
    registry = svcs.Registry()
    clients_svcs.register(registry, clients)
    with svcs.Container(registry) as container:
        assert container.get(Parcels) is clients.get(Parcels)
        post, shop = container.get(PostClient), container.get(clients_svcs.Registered).clients
        assert shop is clients
        health = {ping.name.rpartition(".")[2]: ping for ping in container.get_pings()}
        with pytest.raises(OSError, match="away"):
            health["Letters"].ping()
        health["PostClient"].ping()
    assert not post.closed
    registry.close()
    assert post.closed


def test_svcs_has_async_clients(clients: Clients) -> None:
    """Those that have an async class."""

    async def use() -> None:
        registry = svcs.Registry()
        clients_svcs.register(registry, clients, aio=True)
        async with svcs.Container(registry) as container:
            post = await container.aget(AsyncPostClient)
            (ping,) = [each for each in container.get_pings() if "PostClient" in each.name]
            await ping.aping()
            with pytest.raises(svcs.exceptions.ServiceNotFoundError):
                container.get(Parcels)
        await registry.aclose()
        assert post.closed

    asyncio.run(use())
