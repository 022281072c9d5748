"""Tokens in HTTP clients that are not Azure's, against servers that ask for new ones."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import aiohttp
import httpx
import httpx2
import pytest
import requests
import trustme

import entrada
import entrada.aio
from e2e.people import PEOPLE
from e2e.serving import served
from e2e.verify import SCOPE, verified
from e2e.ways import fresh
from entrada.integrations import aiohttp as for_aiohttp
from entrada.integrations import httpx as for_httpx
from entrada.integrations import httpx2 as for_httpx2
from entrada.integrations import requests as for_requests
from entrada.testing import LocalCloud

pytestmark = PEOPLE

CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
_ENCODED = base64.b64encode(CLAIMS.encode()).decode()
_CHALLENGE = f'Bearer realm="", error="insufficient_claims", claims="{_ENCODED}"'


class Seen(NamedTuple):
    path: str
    token: str
    body: bytes


@dataclass
class Service:
    """An ASGI application: ``/new`` refuses the first token, ``/never`` all, ``/go`` redirects."""

    away: str = ""
    seen: list[Seen] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        path = scope["path"]
        first = all(seen.path != path for seen in self.seen)
        self.seen.append(Seen(path, token, body))
        said: list[tuple[bytes, bytes]] = [(b"content-length", b"0")]
        status = 200 if token else 403
        if path == "/go":
            status = 307
            said.append((b"location", self.away.encode()))
        elif path == "/never" or (path == "/new" and first):
            status = 401
            said.append((b"www-authenticate", _CHALLENGE.encode()))
        elif path == "/plain":
            status = 401
            said.append((b"www-authenticate", b'Bearer error="invalid_token"'))
        await send({"type": "http.response.start", "status": status, "headers": said})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Services:
    """Two services of different origins, and the CA that both are trusted by."""

    here: str
    there: str
    service: Service
    elsewhere: Service
    ca: str


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    authority = trustme.CA()
    ca, pem = tmp_path / "ca.pem", tmp_path / "server.pem"
    authority.cert_pem.write_to_path(str(ca))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    one, other = Service(), Service()
    with served(one, str(pem)) as here, served(other, str(pem)) as there:
        one.away = f"{there}/new"
        yield Services(here, there, one, other, str(ca))


Fetch: TypeAlias = Callable[[Services, Any, str, Any], int]


def _requests(services: Services, credential: Any, url: str, body: Any) -> int:
    auth = for_requests.BearerAuth(credential, SCOPE)
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(url, data=body, auth=auth, verify=services.ca, timeout=10)
        assert answer.request.url
        return answer.status_code


def _threads(library: Any, auth: Any, services: Services, url: str, body: Any) -> int:
    trust = ssl.create_default_context(cafile=services.ca)
    with library.Client(verify=trust, trust_env=False, follow_redirects=True) as client:
        return int(client.post(url, content=body, auth=auth).status_code)


def _tasks(library: Any, auth: Any, services: Services, url: str, body: Any) -> int:
    trust = ssl.create_default_context(cafile=services.ca)

    async def fetch() -> int:
        async with library.AsyncClient(
            verify=trust, trust_env=False, follow_redirects=True
        ) as client:
            return int((await client.post(url, content=_later(body), auth=auth)).status_code)

    return asyncio.run(fetch())


def _later(body: Any) -> Any:
    if isinstance(body, bytes | None):
        return body

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in body:
            yield chunk

    return chunks()


def _aiohttp(services: Services, credential: Any, url: str, body: Any) -> int:
    trust = ssl.create_default_context(cafile=services.ca)
    middleware = for_aiohttp.bearer(credential, services.here, scope=SCOPE)

    async def fetch() -> int:
        async with (
            aiohttp.ClientSession(middlewares=[middleware]) as session,
            session.post(url, data=_later(body), ssl=trust) as answer,
        ):
            return answer.status

    return asyncio.run(fetch())


CLIENTS: dict[str, tuple[Fetch, Any]] = {
    "requests": (_requests, entrada),
    "httpx": (
        lambda services, credential, url, body: _threads(
            httpx, for_httpx.BearerAuth(credential, SCOPE), services, url, body
        ),
        entrada,
    ),
    "httpx2": (
        lambda services, credential, url, body: _threads(
            httpx2, for_httpx2.BearerAuth(credential, SCOPE), services, url, body
        ),
        entrada,
    ),
    "httpx async": (
        lambda services, credential, url, body: _tasks(
            httpx, for_httpx.BearerAuth(credential, SCOPE), services, url, body
        ),
        entrada.aio,
    ),
    "httpx2 async": (
        lambda services, credential, url, body: _tasks(
            httpx2, for_httpx2.BearerAuth(credential, SCOPE), services, url, body
        ),
        entrada.aio,
    ),
    "aiohttp": (_aiohttp, entrada.aio),
    "aiohttp with a credential of threads": (_aiohttp, entrada),
}


@pytest.fixture(params=CLIENTS)
def fetch(
    request: pytest.FixtureRequest, cloud: LocalCloud, services: Services
) -> Callable[..., int]:
    """Return a function that posts to a URL with a client and a credential of its colour."""
    client, module = CLIENTS[request.param]
    app = cloud.service_principal(fresh("caller"))
    credential = module.ClientSecretCredential(app.tenant_id, app.client_id, app.client_secret)

    def post(url: str, body: Any = b"body") -> int:
        return client(services, credential, url, body)

    return post


def test_a_token_is_sent(fetch: Callable[..., int], services: Services, cloud: LocalCloud) -> None:
    """A real one, for the scope."""
    assert fetch(f"{services.here}/any") == 200
    (seen,) = services.service.seen
    assert verified(cloud, seen.token)["idtyp"] == "app"


def test_a_claims_challenge_gets_one_new_token_and_one_more_try(
    fetch: Callable[..., int], services: Services
) -> None:
    """With the same body."""
    assert fetch(f"{services.here}/new") == 200
    first, second = services.service.seen
    assert first.token != second.token
    assert first.body == second.body == b"body"


def test_a_service_that_is_never_content_is_asked_twice(
    fetch: Callable[..., int], services: Services
) -> None:
    assert fetch(f"{services.here}/never") == 401
    assert len(services.service.seen) == 2


def test_another_401_is_the_callers(fetch: Callable[..., int], services: Services) -> None:
    assert fetch(f"{services.here}/plain") == 401
    assert len(services.service.seen) == 1


def test_the_body_of_a_generator_is_not_sent_again(
    fetch: Callable[..., int], services: Services
) -> None:
    assert fetch(f"{services.here}/new", (chunk for chunk in (b"bo", b"dy"))) == 401
    (seen,) = services.service.seen
    assert seen.body == b"body"


def test_after_a_redirect_another_origin_gets_no_token(
    fetch: Callable[..., int], services: Services
) -> None:
    """Nor does its challenge bring it one."""
    assert fetch(f"{services.here}/go") == 401
    assert services.service.seen[0].token
    assert [seen.token for seen in services.elsewhere.seen] == [""]
    assert len(services.service.seen) == 1


@pytest.mark.parametrize("client", [name for name in CLIENTS if "aiohttp" not in name])
def test_a_token_is_not_sent_over_plain_http(client: str, services: Services) -> None:
    run, module = CLIENTS[client]
    credential = module.StaticTokenCredential("token", expires_on=2e9)
    with pytest.raises(entrada.ConfigurationError, match="plain HTTP"):
        run(services, credential, "http://127.0.0.1:9/", b"")


def test_aiohttp_sends_a_token_nowhere_but_to_the_named_origins(services: Services) -> None:
    credential = entrada.StaticTokenCredential("token", expires_on=2e9)
    assert _aiohttp(services, credential, f"{services.there}/any", b"") == 403
    with pytest.raises(entrada.ConfigurationError, match="plain HTTP"):
        for_aiohttp.bearer(credential, "http://127.0.0.1")
    with pytest.raises(entrada.ConfigurationError, match="where the token may go"):
        for_aiohttp.bearer(credential)


def test_requests_sends_a_file_again_from_where_it_began(
    services: Services, cloud: LocalCloud
) -> None:
    app = cloud.service_principal(fresh("caller"))
    credential = entrada.ClientSecretCredential(app.tenant_id, app.client_id, app.client_secret)
    file = io.BytesIO(b"head-body")
    file.seek(5)
    assert _requests(services, credential, f"{services.here}/new", file) == 200
    assert [seen.body for seen in services.service.seen] == [b"body", b"body"]


def test_an_async_credential_does_not_fit_a_client_of_threads(services: Services) -> None:
    credential = entrada.aio.StaticTokenCredential("token", expires_on=2e9)
    with pytest.raises(TypeError, match="asynchronous"):
        _requests(services, credential, f"{services.here}/any", b"")


def test_claims_reach_the_authority(cloud: LocalCloud, services: Services) -> None:
    """As they stood in the challenge, with what else the client is capable of."""
    asked: list[dict[str, Any]] = []

    class Recording:
        def get_token(self, *_scopes: str, **options: Any) -> Any:
            asked.append(options)
            return entrada.StaticTokenCredential(f"token{len(asked)}", expires_on=2e9).get_token(
                SCOPE
            )

    assert _requests(services, Recording(), f"{services.here}/new", b"") == 200
    assert asked == [{"enable_cae": True}, {"enable_cae": True, "claims": CLAIMS}]
    assert json.loads(CLAIMS)
