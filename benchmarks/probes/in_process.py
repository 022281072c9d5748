"""Transports that answer in this process, one for each library: what is measured is the client."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.probes.people import answer, discovery


class Endpoint:
    """A token endpoint without a socket; ``forms`` are those it was sent, where they are kept."""

    def __init__(self, *, keeping: bool = False) -> None:
        self._keeping = keeping
        self.asked = 0
        self.forms: list[Mapping[str, str]] = []

    def reply(self, url: str, form: Mapping[str, str] | None) -> bytes:
        """Answer a request to an authority."""
        if form is None:
            return discovery(url.partition("/v2.0/")[0])
        self.asked += 1
        if self._keeping:
            self.forms.append(form)
        return answer(form)

    def options(self, module: str) -> dict[str, Any]:
        """Return the keyword that makes a library's credential use this endpoint."""
        if module == "entrada":
            return {"transport": self._entrada()}
        return {"http_client": self._msal()} if module == "msal" else {"transport": self._azure()}

    def _entrada(self) -> Any:
        from entrada.testing import Response

        def transport(request: Any) -> Any:
            form = dict(parse_qsl(request.body.decode())) if request.body else None
            return Response(200, {}, self.reply(request.url, form))

        return transport

    def _msal(self) -> Any:
        def exchange(url: str, data: Any = None, **_: Any) -> Any:
            text = self.reply(url, data).decode()
            return SimpleNamespace(
                status_code=200, text=text, headers={}, raise_for_status=lambda: None
            )

        return SimpleNamespace(get=exchange, post=exchange, close=lambda: None)

    def _azure(self) -> Any:
        from azure.core.pipeline.transport import HttpTransport

        endpoint = self

        class Transport(HttpTransport[Any, Any]):
            def open(self) -> None: ...

            def close(self) -> None: ...

            def __exit__(self, *_: object) -> None: ...

            def send(self, request: Any, **_: Any) -> Any:
                body = endpoint.reply(request.url, _fields(request))
                return SimpleNamespace(
                    status_code=200,
                    headers={"content-type": "application/json"},
                    content_type="application/json",
                    request=request,
                    text=lambda *_, **__: body.decode(),
                    body=lambda: body,
                )

        return Transport()


def _fields(request: Any) -> Mapping[str, str] | None:
    data = getattr(request, "data", None) or getattr(request, "_data", None)
    if data is None or isinstance(data, Mapping):
        return data
    return dict(parse_qsl(data if isinstance(data, str) else bytes(data).decode()))
