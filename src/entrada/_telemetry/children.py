"""Spans of what a flow asks for: HTTP requests by the semantic conventions, and programs.

Of a URL the query is left out, as it may hold a secret, and of a program its arguments.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.util.types import AttributeValue

from entrada._engine.effects import Completed, Request, Response, Run, TransportFailure


def begin(tracer: Tracer, effect: Request | Run, sent: dict[tuple[str, str], int]) -> Span:
    """Start the span of a request or program; ``sent`` counts the requests made before."""
    if isinstance(effect, Run):
        program = effect.argv[0].replace("\\", "/").rpartition("/")[2]
        return tracer.start_span(program, attributes={"process.executable.name": program})
    attributes = _address(effect.url)
    attributes["http.request.method"] = effect.method
    request = (effect.method, str(attributes.get("url.full")))
    before = sent.get(request, 0)
    sent[request] = before + 1
    if before:
        attributes["http.request.resend_count"] = before
    return tracer.start_span(effect.method, kind=SpanKind.CLIENT, attributes=attributes)


def end(span: Span, result: object) -> None:
    """End the span with what came back."""
    fault = ""
    if isinstance(result, Response):
        span.set_attribute("http.response.status_code", result.status)
        fault = str(result.status) if result.status >= 400 else ""
    elif isinstance(result, Completed):
        span.set_attribute("process.exit.code", result.code)
        fault = f"exit code {result.code}" if result.code else ""
    elif isinstance(result, TransportFailure):
        fault = result.reason
    elif isinstance(result, BaseException):
        fault = type(result).__qualname__
    if fault:
        span.set_attribute("error.type", fault)
        span.set_status(Status(StatusCode.ERROR))
    span.end()


def _address(url: str) -> dict[str, AttributeValue]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a host that somebody misspelt, which the transport will complain of
        return {}
    port = port or (443 if parts.scheme == "https" else 80)
    where = parts.netloc.rpartition("@")[2]
    return {
        "url.full": f"{parts.scheme}://{where}{parts.path}",
        "server.address": host,
        "server.port": port,
    }
