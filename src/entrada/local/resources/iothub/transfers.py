"""Import and export jobs: the registry as a blob with one device or module a line.

Knows no HTTP of its own. The hub reads and writes blobs of this cloud as its managed identity,
through the Blob service and its checks of access; there are no SAS tokens here.
https://learn.microsoft.com/azure/iot-hub/iot-hub-bulk-identity-mgmt
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from entrada._engine.effects import Request, Response
from entrada.local import directory, tokens
from entrada.local.resources.iothub import bulk, registry
from entrada.local.resources.iothub.context import Hub
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.state import Document

_STORAGE: Final = "https://storage.azure.com"
_VERSION: Final = "2024-11-04"
_ERRORS_BLOB: Final = "importErrors.log"
_EXPORTED: Final = ("status", "statusReason", "capabilities", "deviceScope", "parentScopes")


def export(hub: Hub, job: Mapping[str, Any]) -> None:
    """Write every device and module to the job's output blob."""
    lines = [json.dumps(item, separators=(",", ":")) for item in _items(hub, job)]
    content = "".join(f"{line}\r\n" for line in lines).encode()
    _put(hub, job, "outputBlobContainerUri", job["outputBlobName"], content)


def take_in(hub: Hub, job: Mapping[str, Any]) -> None:
    """Make the changes that the job's input blob lists; write those that failed beside it."""
    text = _get(hub, job, "inputBlobContainerUri", job["inputBlobName"])
    failed = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            error = _import_line(hub, line)
            failed += [{"line": number, **error}] if error else []
    content = "".join(f"{json.dumps(error)}\r\n" for error in failed).encode()
    _put(hub, job, "outputBlobContainerUri", _ERRORS_BLOB, content)


def _import_line(hub: Hub, line: str) -> Document | None:
    try:
        item = json.loads(line)
    except ValueError:
        item = None
    if not isinstance(item, dict):
        return {"errorCode": "DeserializationError", "errorStatus": "The line is no JSON object."}
    return bulk.outcome(hub, item, default="createOrUpdate")


def _items(hub: Hub, job: Mapping[str, Any]) -> Iterator[Document]:
    for device in registry.devices(hub):
        yield _item(hub, device, job)
        for module in registry.modules(hub, device["identity"]["deviceId"]):
            yield _item(hub, module, job)


def _item(hub: Hub, document: Document, job: Mapping[str, Any]) -> Document:
    identity = registry.shown(hub, document)
    authentication = identity["authentication"]
    if job["excludeKeysInExport"]:
        authentication = {**authentication, "symmetricKey": None}
    twin = document["twin"]
    desired, reported = (twin[section]["values"] for section in ("desired", "reported"))
    named = {"moduleId": identity["moduleId"]} if "moduleId" in identity else {}
    return {
        "id": identity["deviceId"],
        **named,
        "eTag": identity["etag"],
        **{name: identity[name] for name in _EXPORTED if name in identity},
        "authentication": authentication,
        "tags": twin["tags"],
        "properties": {"desired": desired, "reported": reported},
    }


def _get(hub: Hub, job: Mapping[str, Any], member: str, blob: str) -> str:
    response = _send(hub, job, "GET", member, blob)
    return response.body.decode("utf-8-sig", "replace")


def _put(hub: Hub, job: Mapping[str, Any], member: str, blob: str, content: bytes) -> None:
    _send(hub, job, "PUT", member, blob, content=content)


def _send(
    hub: Hub, job: Mapping[str, Any], method: str, member: str, blob: str, *, content: bytes = b""
) -> Response:
    url = f"{_container(hub, job, member)}/{quote(blob)}"
    headers = {
        "authorization": f"Bearer {_token(hub, job)}",
        "x-ms-version": _VERSION,
        "x-ms-blob-type": "BlockBlob",
    }
    response = hub.cloud.handle(Request(method, url, headers, content))
    if response.status >= 300:
        code = response.headers.get("x-ms-error-code", str(response.status))
        raise HubError(
            "BlobContainerValidationError",
            f"{method} {url} was answered with {response.status} ({code}).",
            detail=_reason(response),
        )
    return response


def _reason(response: Response) -> str:
    text = response.body.decode("utf-8", "replace")
    message = text.partition("<Message>")[2].partition("</Message>")[0]
    return message.partition("\nRequestId:")[0]


def _container(hub: Hub, job: Mapping[str, Any], member: str) -> str:
    uri = job.get(member)
    if not isinstance(uri, str) or not uri:
        raise HubError("ArgumentNull", f"{member} is missing.")
    place = urlsplit(uri)
    if place.query:
        raise invalid(
            f"{member} has a SAS token. The local cloud has none: send the container's plain URI, "
            "storageAuthenticationType identityBased, and give the hub's managed identity a role."
        )
    origin = f"{place.scheme}://{place.netloc}"
    if hub.cloud.endpoints.service(origin) != "blob":
        raise invalid(f"{member} is not in this cloud, whose blobs are at {_blob_origin(hub)}.")
    return f"{origin}{place.path.rstrip('/')}"


def _blob_origin(hub: Hub) -> str:
    return hub.cloud.endpoints.blob


def _token(hub: Hub, job: Mapping[str, Any]) -> str:
    principal = directory.principal(hub.cloud, _identity(hub, job))
    if principal is None:
        raise HubError("BlobContainerValidationError", "The hub's managed identity is gone.")
    return tokens.issue(
        hub.cloud,
        service_principal=principal,
        resource=_STORAGE,
        credential_kind="managed_identity",
        tenant_id=principal["tenantId"],
        lifetime=tokens.MANAGED_IDENTITY_LIFETIME,
    )


def _identity(hub: Hub, job: Mapping[str, Any]) -> str:
    """Return the object id of the hub's identity that a job names, or of its own."""
    standing = hub.resource.get("identity") or {}
    chosen = (job.get("identity") or {}).get("userAssignedIdentity")
    if chosen is None:
        found = standing.get("principalId")
        if not found:
            raise invalid(
                "The hub has no system-assigned identity: az iot hub identity assign --system."
            )
        return str(found)
    assigned = {
        name.lower(): body for name, body in (standing.get("userAssignedIdentities") or {}).items()
    }
    if str(chosen).lower() not in assigned:
        raise invalid(f"The hub has no user-assigned identity {chosen!r}.")
    return str(assigned[str(chosen).lower()]["principalId"])
