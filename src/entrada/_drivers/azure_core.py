"""azure-core's pipeline as a transport, for callers who give its keywords or transports.

Used only then: our own wire is six times as fast and needs no import of azure-core. Retrying is
azure-core's here. Bodies are never logged, since they hold secrets and tokens: of
``logging_enable`` remains the log of methods, URLs, statuses and allowed headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.exceptions import AzureError, ServiceRequestError
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest

from entrada._engine.effects import Request, Response, Transport, TransportFailure


def pipeline_transport(
    transport: Any, keywords: Mapping[str, Any], *, asynchronous: bool
) -> Transport:
    """Build a transport from azure-core's ``transport`` (or ``None``) and pipeline keywords."""
    kind = AsyncPipelineTransport if asynchronous else PipelineTransport
    return kind(transport, keywords)


def _keywords(
    transport: Any, keywords: Mapping[str, Any], retry: type[Any], redirect: type[Any]
) -> dict[str, Any]:
    chosen = dict(keywords)
    # A token request is a POST that changes nothing: safe to send again.
    chosen.setdefault("retry_on_methods", ["GET", "POST"])
    if not chosen.get("policies"):
        chosen["policies"] = [
            policies.RequestIdPolicy(**chosen),
            policies.HeadersPolicy(**chosen),
            policies.UserAgentPolicy(base_user_agent="entrada", **chosen),
            policies.ProxyPolicy(**chosen),
            *_list(chosen.pop("per_call_policies", None)),
            redirect(permit_redirects=False),
            retry(**chosen),
            *_list(chosen.pop("per_retry_policies", None)),
            policies.CustomHookPolicy(**chosen),
            policies.DistributedTracingPolicy(**chosen),
            chosen.pop("http_logging_policy", None) or policies.HttpLoggingPolicy(**chosen),
        ]
    if transport is not None:
        chosen["transport"] = transport
    return chosen


def _list(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def _outgoing(request: Request) -> HttpRequest:
    headers = {"Accept": "application/json", **request.headers}
    return HttpRequest(request.method, request.url, headers=headers, content=request.body or None)


def _incoming(answer: Any) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status_code, headers, answer.content)


def _failure(error: AzureError) -> TransportFailure:
    reason = "connect" if isinstance(error, ServiceRequestError) else "protocol"
    return TransportFailure(reason, f"azure-core's pipeline: {type(error).__name__}")


class PipelineTransport:
    """Sends requests through a synchronous azure-core pipeline."""

    retries = True

    def __init__(self, transport: Any, keywords: Mapping[str, Any]) -> None:
        chosen = _keywords(transport, keywords, policies.RetryPolicy, policies.RedirectPolicy)
        self._client: PipelineClient[Any, Any] = PipelineClient("", **chosen)

    def __call__(self, request: Request) -> Response:
        """Send a request; raise :class:`TransportFailure` when there is no answer."""
        try:
            return _incoming(self._client.send_request(_outgoing(request)))
        except AzureError as error:
            raise _failure(error) from error

    def close(self) -> None:
        """Close the pipeline's transport."""
        self._client.close()


class AsyncPipelineTransport:
    """Sends requests through an asynchronous azure-core pipeline."""

    retries = True

    def __init__(self, transport: Any, keywords: Mapping[str, Any]) -> None:
        chosen = _keywords(
            transport, keywords, policies.AsyncRetryPolicy, policies.AsyncRedirectPolicy
        )
        self._client: AsyncPipelineClient[Any, Any] = AsyncPipelineClient("", **chosen)

    async def __call__(self, request: Request) -> Response:
        """Send a request; raise :class:`TransportFailure` when there is no answer."""
        try:
            answer = await self._client.send_request(_outgoing(request))
            await answer.read()
            return _incoming(answer)
        except AzureError as error:
            raise _failure(error) from error

    async def close(self) -> None:
        """Close the pipeline's transport."""
        await self._client.close()
