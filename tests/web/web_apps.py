"""The same little app in each framework, behind the same site, asked in the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import django
import httpx
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from fastapi import Depends, FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from entrada.web import Session, SignIn, current_session, require_role, require_scope, require_user
from entrada.web import flask as web_flask
from entrada.web.asgi import SESSION, SignInMiddleware
from entrada.web.wsgi import SignInMiddleware as WsgiMiddleware

ORIGIN = "https://app.example"
ARM = "https://management.azure.com/.default"

Send = Callable[..., httpx.Response]

user_guard, admin_guard, arm_guard = require_user, require_role("Admin"), require_scope(ARM)


def greeting() -> str:
    session = current_session()
    return f"hello {session.user.username}" if session else "hello nobody"


def token_for(session: Session) -> str:
    return session.credential.get_token(ARM).token


def fastapi_app(site: SignIn) -> Any:
    app = FastAPI()
    app.add_middleware(SignInMiddleware, site=site)

    @app.get("/")
    def home() -> str:
        return greeting()

    @app.post("/change")
    async def change() -> str:
        return "changed"

    @app.get("/mine")
    def mine(session: Session = Depends(user_guard)) -> str:  # noqa: B008
        return session.user.username

    @app.get("/admin")
    def admin(session: Session = Depends(admin_guard)) -> str:  # noqa: B008
        return session.user.username

    @app.get("/token")
    async def token(session: Session = Depends(user_guard)) -> str:  # noqa: B008
        return str((await session.async_credential.get_token(ARM)).token)

    return app


def starlette_app(site: SignIn) -> Any:
    async def home(request: Request) -> PlainTextResponse:
        assert request.scope[SESSION] is current_session()
        return PlainTextResponse(greeting())

    async def change(request: Request) -> PlainTextResponse:
        return PlainTextResponse("changed")

    async def mine(request: Request) -> PlainTextResponse:
        return PlainTextResponse(user_guard().user.username)

    async def admin(request: Request) -> PlainTextResponse:
        return PlainTextResponse(admin_guard().user.username)

    async def token(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await asyncio.to_thread(token_for, user_guard()))

    routes = [
        Route("/", home),
        Route("/change", change, methods=["POST"]),
        Route("/mine", mine),
        Route("/admin", admin),
        Route("/token", token),
    ]
    return SignInMiddleware(Starlette(routes=routes), site)


def flask_app(site: SignIn) -> Any:
    app = Flask("test")
    web_flask.protect(app, site)
    app.add_url_rule("/", "home", greeting)
    app.add_url_rule("/change", "change", lambda: "changed", methods=["POST"])
    app.add_url_rule("/mine", "mine", lambda: user_guard().user.username)
    app.add_url_rule("/admin", "admin", lambda: admin_guard().user.username)
    app.add_url_rule("/token", "token", lambda: token_for(user_guard()))
    return app.wsgi_app


def wsgi_app(site: SignIn) -> Any:
    views: dict[str, Callable[[], str]] = {
        "/": greeting,
        "/change": lambda: "changed",
        "/mine": lambda: user_guard().user.username,
        "/admin": lambda: admin_guard().user.username,
        "/token": lambda: token_for(user_guard()),
    }

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        text = views[environ["PATH_INFO"]]()
        start_response("200 OK", [("content-type", "text/plain")])
        return [text.encode()]

    return WsgiMiddleware(app, site)


def _view(text: Callable[[], str]) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: HttpResponse(text())


urlpatterns = [
    path("", _view(greeting)),
    path("change", _view(lambda: "changed")),
    path("mine", _view(lambda: user_guard().user.username)),
    path("admin", _view(lambda: admin_guard().user.username)),
    path("token", _view(lambda: token_for(user_guard()))),
]


def django_app(site: SignIn) -> Any:
    if not settings.configured:
        settings.configure(
            ROOT_URLCONF="web_apps",
            ALLOWED_HOSTS=["app.example"],
            MIDDLEWARE=["entrada.web.django.SignInMiddleware"],
        )
        django.setup()
    settings.ENTRADA_SIGN_IN = site
    return WSGIHandler()


APPS: dict[str, Callable[[SignIn], Any]] = {
    "django": django_app,
    "fastapi": fastapi_app,
    "flask": flask_app,
    "starlette": starlette_app,
    "wsgi": wsgi_app,
}


def asked(name: str, app: Any) -> Send:
    """Return what sends a request to an app."""

    def threads(method: str, target: str, **more: Any) -> httpx.Response:
        with httpx.Client(transport=httpx.WSGITransport(app), base_url=ORIGIN) as client:
            return client.request(method, target, **more)

    async def loop(method: str, target: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
            return await client.request(method, target, **more)

    def tasks(method: str, target: str, **more: Any) -> httpx.Response:
        return asyncio.run(loop(method, target, **more))

    return tasks if name in ("fastapi", "starlette") else threads
