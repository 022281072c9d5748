"""The Blob service at the local cloud: from a request to Azure's answer, errors included.

The account is found, the caller authenticated, the operation selected, the caller authorized,
and the operation run; the last two in one transaction of the state, unless Azurite keeps the blobs.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from entrada._engine.effects import Response
from entrada.local.cloud import Cloud
from entrada.local.http import Inbound
from entrada.local.resources.blob.authentication import authenticate
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import http_date
from entrada.local.resources.blob.errors import StorageError, error_reply
from entrada.local.resources.blob.forwarding import select_forwarded
from entrada.local.resources.blob.operations import select

_ECHOED = ("x-ms-version", "x-ms-client-request-id")
_ORDINARY = (304, 404, 409, 412, 416)
"""Statuses by which applications tell what is there; nobody asks why they were refused."""
_ECHOABLE = re.compile(r"[\x21-\x7e]{1,1024}")


def answer(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a request at ``/{account}``, ``/{account}/{container}`` or below it."""
    request_id = str(uuid.uuid4())
    try:
        response = _perform(cloud, inbound)
    except StorageError as error:
        if error.status not in _ORDINARY:
            cloud.refused("blob", inbound, error.status, f"{error.code}: {_why(error)}")
        bodiless = inbound.method == "HEAD"
        response = error_reply(error, request_id, cloud.clock(), bodiless=bodiless)
    headers = {
        "date": http_date(cloud.clock()),
        "x-ms-request-id": request_id,
        **{name: inbound.headers[name] for name in _ECHOED if _may_echo(inbound, name)},
    }
    return response._replace(headers={**headers, **response.headers})


def _perform(cloud: Cloud, inbound: Inbound) -> Response:
    if not inbound.params.get("account"):
        raise StorageError("InvalidUri", "A URL is /{account}, /{account}/{container} or below it.")
    context = Context.of(cloud, inbound)
    context = replace(context, principal_id=authenticate(context))
    if cloud.azurite is not None:
        operation = select_forwarded(context)
        operation.authorize(context)
        return operation.run(context)
    operation = select(context)
    with cloud.state.transaction():
        operation.authorize(context)
        return operation.run(context)


def _why(error: StorageError) -> str:
    detail = error.elements.get("AuthenticationErrorDetail") or error.message
    return " ".join(detail.split("\n"))


def _may_echo(inbound: Inbound, name: str) -> bool:
    return _ECHOABLE.fullmatch(inbound.headers.get(name, "")) is not None
