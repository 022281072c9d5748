"""The places that have a cloud: the local one, one that is slow, one that asks no questions."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.measure import Place
from benchmarks.probes.people import answer_to
from entrada._engine.effects import Request, Response
from entrada.local.cloud import Cloud
from entrada.testing import LocalCloud

SLOW_SECONDS = 0.2
_DUE_AFTER = 2


def _is_for_token(request: Request) -> bool:
    return urlsplit(request.url).path.endswith("/token")  # JavaScript's clients send a query


class SlowCloud(Cloud):
    """Takes 200 ms for a token and wants it refreshed after 2 s."""

    __slots__ = ()

    def handle(self, request: Request) -> Response:
        """Answer late, with ``refresh_in``."""
        response = super().handle(request)
        if not _is_for_token(request):
            return response
        time.sleep(SLOW_SECONDS)
        body = json.dumps({**json.loads(response.body), "refresh_in": _DUE_AFTER}).encode()
        return response._replace(body=body)


class QuickCloud(Cloud):
    """Checks and signs nothing, so that what a token costs is what the client does."""

    __slots__ = ()

    def handle(self, request: Request) -> Response:
        """Answer whatever assertion is sent."""
        if not _is_for_token(request):
            return super().handle(request)
        headers = {"content-type": "application/json; charset=utf-8"}
        return Response(200, headers, answer_to(request.body))


@contextlib.contextmanager
def cloud_place(kind: type[Cloud] = Cloud) -> Iterator[Place]:
    """Return a place with a service principal and a virtual machine; it counts requests."""
    with LocalCloud() as local:
        local.cloud.__class__ = kind
        environment = {
            **local.environment(),
            **local.service_principal("bench").environment(),
            **local.virtual_machine("vm1").environment,
        }
        requests = local.cloud.requests
        yield Place(environment, count=lambda: len(requests), reset=requests.clear)


@contextlib.contextmanager
def no_cloud() -> Iterator[Place]:
    """Return a place where an application has an identity and nobody answers."""
    yield Place(
        {
            "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com",
            "AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111",
            "AZURE_CLIENT_ID": "22222222-2222-2222-2222-222222222222",
            "AZURE_CLIENT_SECRET": "a-secret-for-nobody",
        }
    )
