"""azure-core's pipeline as a transport, for callers who give its keywords or transports.

Used only then: our own wire is six times as fast and needs no import of azure-core. azure-core
retries only where a ``retry_*`` keyword or a retry policy asks it to; else the credential's own
patience holds, which knows its host. Bodies are never logged, since they hold secrets and tokens:
of ``logging_enable`` remains the log of methods, URLs, statuses and allowed headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import urlsplit

from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest

from entrada._engine.effects import TIMEOUT, Request, Response, Transport, TransportFailure

_POLICIES = ("policies", "per_call_policies", "per_retry_policies")
# A token request is a POST that changes nothing: safe to send again.
_RETRIED = ["GET", "POST"]


def pipeline_transport(
    transport: Any, keywords: Mapping[str, Any], *, asynchronous: bool
) -> Transport:
    """Build a transport from azure-core's ``transport`` (or ``None``) and pipeline keywords.

    An async credential gets an async pipeline only for an async transport or policy: such a
    pipeline belongs to one event loop, a blocking one in worker threads to none. Raises
    ``TypeError`` where a sync credential was given something async.
    """
    given = [policy for name in _POLICIES for policy in _list(keywords.get(name))]
    if not iscoroutinefunction(getattr(transport, "send", None)) and not any(
        isinstance(policy, policies.AsyncHTTPPolicy) for policy in given
    ):
        return PipelineTransport(transport, keywords)
    if not asynchronous:
        raise TypeError("an async transport or policy was given to a sync credential")
    return AsyncPipelineTransport(transport, keywords)


def _list(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


class _Pipeline:
    """What both pipelines share: made with the first request, and anew after ``close()``."""

    fixed_trust = True
    """Whom a pipeline trusts over TLS belongs to its session, not to a request."""

    def __init__(self, transport: Any, keywords: Mapping[str, Any]) -> None:
        self._transport = transport
        self._keywords = keywords
        self._clients: dict[str, Any] = {}
        kinds = (policies.RetryPolicy, policies.AsyncRetryPolicy)
        chosen = _list(keywords.get("policies"))
        self.retries = (
            any(isinstance(policy, kinds) for policy in chosen)
            if chosen
            else any(name.startswith("retry_") for name in keywords)
        )

    def _made(self, client: type[Any], retry: type[Any], redirect: type[Any]) -> Any:
        made = self._clients.get("client")
        if made is None:
            # Threads that meet here go on with the same one: setdefault is atomic.
            new = client("", **self._settings(retry, redirect))
            made = self._clients.setdefault("client", new)
        return made

    def _settings(self, retry: type[Any], redirect: type[Any]) -> dict[str, Any]:
        chosen = dict(self._keywords)
        if not chosen.get("policies"):
            chosen["policies"] = [
                policies.RequestIdPolicy(**chosen),
                policies.HeadersPolicy(**chosen),
                policies.UserAgentPolicy(base_user_agent="entrada", **chosen),
                policies.ProxyPolicy(**chosen),
                *_list(chosen.pop("per_call_policies", None)),
                redirect(permit_redirects=False),
                retry(**chosen) if self.retries else retry.no_retries(),
                *_list(chosen.pop("per_retry_policies", None)),
                policies.CustomHookPolicy(**chosen),
                policies.DistributedTracingPolicy(**chosen),
                chosen.pop("http_logging_policy", None) or policies.HttpLoggingPolicy(**chosen),
            ]
        if self._transport is not None:
            chosen["transport"] = self._transport
        return chosen

    def _options(self, request: Request) -> dict[str, Any]:
        """Return what azure-core has to know of a single request."""
        options: dict[str, Any] = {
            "connection_timeout": self._limit("connection_timeout", "timeout", request.timeout),
            "read_timeout": self._limit("read_timeout", "read_timeout", request.timeout),
        }
        if self.retries:
            options["retry_on_methods"] = self._keywords.get("retry_on_methods", _RETRIED)
            if request.timeout < TIMEOUT:
                # A probe: whoever sends it does not want to hear of it later.
                options["retry_total"] = 0
        return options

    def _limit(self, keyword: str, setting: str, seconds: float) -> Any:
        if keyword in self._keywords:
            return self._keywords[keyword]
        own = getattr(getattr(self._transport, "connection_config", None), setting, None)
        return min(own, seconds) if isinstance(own, int | float) else seconds


def _outgoing(request: Request) -> HttpRequest:
    headers = {"Accept": "application/json", **request.headers}
    return HttpRequest(request.method, request.url, headers=headers, content=request.body or None)


def _incoming(answer: Any) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status_code, headers, answer.content)


def _failure(error: AzureError, request: Request) -> TransportFailure:
    reason = "connect" if isinstance(error, ServiceRequestError) else "protocol"
    if isinstance(error, ServiceRequestTimeoutError | ServiceResponseTimeoutError):
        reason = "timeout"
    # Its text may quote a proxy's URL with the password in it.
    where = urlsplit(request.url).netloc.rpartition("@")[2]
    kind = f"{type(error).__name__}, {type(error.inner_exception).__name__}"
    return TransportFailure(reason, f"azure-core's pipeline got no answer from {where} ({kind})")


class PipelineTransport(_Pipeline):
    """Sends requests through a synchronous azure-core pipeline."""

    def __call__(self, request: Request) -> Response:
        """Send a request; raise :class:`TransportFailure` when there is no answer."""
        try:
            client = self._client()
            return _incoming(client.send_request(_outgoing(request), **self._options(request)))
        except AzureError as error:
            raise _failure(error, request) from error

    def close(self) -> None:
        """Close the pipeline and its transport."""
        client = self._clients.pop("client", None)
        if client is not None:
            client.close()

    def _client(self) -> PipelineClient[Any, Any]:
        made: PipelineClient[Any, Any] = self._made(
            PipelineClient, policies.RetryPolicy, policies.RedirectPolicy
        )
        return made


class AsyncPipelineTransport(_Pipeline):
    """Sends requests through an asynchronous azure-core pipeline."""

    async def __call__(self, request: Request) -> Response:
        """Send a request; raise :class:`TransportFailure` when there is no answer."""
        try:
            client = self._client()
            answer = await client.send_request(_outgoing(request), **self._options(request))
            await answer.read()
            return _incoming(answer)
        except AzureError as error:
            raise _failure(error, request) from error

    async def close(self) -> None:
        """Close the pipeline and its transport."""
        client = self._clients.pop("client", None)
        if client is not None:
            await client.close()

    def _client(self) -> AsyncPipelineClient[Any, Any]:
        made: AsyncPipelineClient[Any, Any] = self._made(
            AsyncPipelineClient, policies.AsyncRetryPolicy, policies.AsyncRedirectPolicy
        )
        return made
