"""HTTP of import and export jobs (``/jobs``), which are done when they are answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from entrada._engine.effects import Response
from entrada.local.http import empty_reply, json_reply
from entrada.local.resources.iothub import transfers
from entrada.local.resources.iothub.authorization import DEVICES_READ, DEVICES_WRITE, authorize
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.state import Document

KIND: Final = "iotTransfer"
_BLOB: Final = "devices.txt"
_TYPES: Final = {"export": DEVICES_READ, "import": DEVICES_WRITE}
_COPIED: Final = ("inputBlobContainerUri", "outputBlobContainerUri", "identity")


def create(context: Context) -> Response:
    """Export or import at once; ``status`` is completed, or failed with the reason."""
    body = context.body()
    kind = body.get("type")
    if kind not in _TYPES:
        raise invalid(f"type is {kind!r}, known are {', '.join(_TYPES)}.")
    authorize(context, _TYPES[kind])
    _refuse_what_is_not_built(body)
    moment = context.hub.moment
    job: Document = {
        "jobId": str(uuid.uuid4()),
        "startTimeUtc": moment,
        "endTimeUtc": moment,
        "type": kind,
        "inputBlobName": body.get("inputBlobName") or _BLOB,
        "outputBlobName": body.get("outputBlobName") or _BLOB,
        "excludeKeysInExport": bool(body.get("excludeKeysInExport")),
        "storageAuthenticationType": "identityBased",
        **{name: body[name] for name in _COPIED if body.get(name)},
    }
    done = {**job, **_outcome(context, job)}
    context.hub.state.put(KIND, context.hub.key(job["jobId"]), done)
    return json_reply(200, done)


def get(context: Context) -> Response:
    """Show a job."""
    return json_reply(200, _need(context))


def list_all(context: Context) -> Response:
    """List all jobs."""
    found = context.hub.state.under(KIND, context.hub.key(""))
    return json_reply(200, [job for _, job in found])


def cancel(context: Context) -> Response:
    """Cancel a job: it has ended already, so nothing changes."""
    _need(context)
    return empty_reply(204)


def _outcome(context: Context, job: Mapping[str, Any]) -> Document:
    work = transfers.export if job["type"] == "export" else transfers.take_in
    try:
        work(context.hub, job)
    except HubError as error:
        if error.code != "BlobContainerValidationError":
            raise
        return {"status": "failed", "progress": 0, "failureReason": error.message}
    return {"status": "completed", "progress": 100}


def _need(context: Context) -> Document:
    name = context.param("id")
    found = context.hub.state.get(KIND, context.hub.key(name))
    if found is None:
        raise HubError("JobNotFound", f"There is no import or export job {name!r}.")
    return found


def _refuse_what_is_not_built(body: Mapping[str, Any]) -> None:
    if body.get("includeConfigurations"):
        raise HubError("FeatureNotSupported", "Configurations are neither exported nor imported.")
    kind = body.get("storageAuthenticationType") or "keyBased"
    if kind != "identityBased":
        raise invalid(
            f"storageAuthenticationType is {kind!r}. The local cloud's storage takes Entra tokens "
            "only: send identityBased, and give the hub's managed identity a role there."
        )
