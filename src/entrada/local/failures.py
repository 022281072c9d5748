"""What a service answers when its handler failed in a way that nobody foresaw.

That is a mistake of the local cloud's. The answer is a 500 in the service's own shape, which
clients retry or report; its id is the one of the log record (logger ``entrada.local``). The
record has the stack, never the exception's text, which may quote what a client sent.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from entrada._engine.effects import Response
from entrada.local.http import json_reply

if TYPE_CHECKING:
    from entrada.local.cloud import ServiceName

Shape: TypeAlias = Callable[[str, str], Response]
"""From the request's id and the time (ISO 8601) to the answer."""

_LOGGER = logging.getLogger("entrada.local")
_MESSAGE = "The local cloud failed to answer; its log says where, under this request's id."


def failed(
    service: ServiceName, method: str, request_id: str, now: float, error: Exception
) -> Response:
    """Log an unforeseen exception and return the answer; ``now`` is in epoch seconds."""
    stack = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    kind = type(error).__name__
    _LOGGER.error("%s %s failed with %s (%s)\n%s", service, method, kind, request_id, stack)
    time = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _SHAPES.get(service, _nested)(request_id, time)


def _nested(request_id: str, time: str) -> Response:
    """Answer as Azure Resource Manager and Key Vault do."""
    message = f"{_MESSAGE} Tracking id: '{request_id}', timestamp: '{time}'."
    return json_reply(500, {"error": {"code": "InternalServerError", "message": message}})


def _graph(request_id: str, time: str) -> Response:
    inner = {"date": time, "request-id": request_id, "client-request-id": request_id}
    error = {"code": "InternalServerError", "message": _MESSAGE, "innerError": inner}
    return json_reply(500, {"error": error})


def _login(request_id: str, time: str) -> Response:
    text = f"AADSTS50000: {_MESSAGE} Trace ID: {request_id} Correlation ID: {request_id}"
    body: dict[str, Any] = {
        "error": "server_error",
        "error_description": f"{text} Timestamp: {time}",
        "error_codes": [50000],
        "timestamp": time,
        "trace_id": request_id,
        "correlation_id": request_id,
    }
    return json_reply(500, body, cache_control="no-store, no-cache", pragma="no-cache")


def _blob(request_id: str, time: str) -> Response:
    message = escape(f"{_MESSAGE}\nRequestId:{request_id}\nTime:{time}", quote=False)
    text = f"<Error><Code>InternalError</Code><Message>{message}</Message></Error>"
    headers = {"content-type": "application/xml", "x-ms-error-code": "InternalError"}
    return Response(500, headers, f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode())


def _iothub(request_id: str, time: str) -> Response:
    body = {
        "Message": f"ErrorCode:ServerError;{_MESSAGE}",
        "ExceptionMessage": f"Tracking ID:{request_id}-TimeStamp:{time}",
    }
    headers = {"content-type": "application/json", "iothub-errorcode": "ServerError"}
    return Response(500, headers, json.dumps(body).encode())


def _host(request_id: str, time: str) -> Response:
    """Answer as the Instance Metadata Service does."""
    text = f"{_MESSAGE} Request id: {request_id}, timestamp: {time}"
    return json_reply(500, {"error": "unknown", "error_description": text})


_SHAPES: Mapping[ServiceName, Shape] = {
    "login": _login,
    "graph": _graph,
    "blob": _blob,
    "iothub": _iothub,
    "hosts": _host,
    "fabric": _host,
}
