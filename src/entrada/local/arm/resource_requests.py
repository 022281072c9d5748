"""HTTP of resources of any type.

The action that role-based access control is asked for follows from type and method. Knows nothing
of single types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from entrada._engine.effects import Response
from entrada.local.arm import filters, groups, identity, resources
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import ArmError, location_required
from entrada.local.arm.ids import ResourceId, key
from entrada.local.arm.subscriptions import known_subscription
from entrada.local.arm.types import resource_type
from entrada.local.http import Route, empty_reply, json_reply
from entrada.local.state import Document

_ASSIGN: Final = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"


def put(request: ArmRequest) -> Response:
    """Create or replace a resource."""
    wanted, body, known = _writing(request)
    row = resource_type(wanted.type)
    tracked = row is not None and wanted.top == wanted
    if known is None and tracked and "location" not in body:
        raise location_required()
    resource = resources.put_resource(request.cloud, str(wanted), body)
    created = row.status if row else 201
    return json_reply(200 if known else created, resource)


def patch(request: ArmRequest) -> Response:
    """Change members of a resource."""
    wanted, body, _ = _writing(request)
    return json_reply(200, resources.patch_resource(request.cloud, str(wanted), body))


def get(request: ArmRequest) -> Response:
    """Show a resource, or list those of a type in a group or below a resource."""
    path = request.inbound.path.rstrip("/")
    if _is_collection(request):
        return _list_type(request, path)
    wanted = _resource(request, "read")
    return json_reply(200, resources.get_resource(request.cloud, str(wanted)))


def head(request: ArmRequest) -> Response:
    """Say whether a resource exists: 204 or 404."""
    wanted = _resource(request, "read")
    found = request.cloud.state.get("resource", key(str(wanted)))
    return empty_reply(204 if found else 404)


def delete(request: ArmRequest) -> Response:
    """Delete a resource: 200, or 204 where there was none."""
    wanted = _resource(request, "delete")
    groups.get_resource_group(request.cloud, wanted.subscription, wanted.group)
    if request.cloud.state.get("resource", key(str(wanted))) is None:
        return empty_reply(204)
    resources.delete_resource(request.cloud, str(wanted))
    return empty_reply(200)


def post(request: ArmRequest) -> Response:
    """Perform an action on a resource."""
    known_subscription(request)
    path, _, action = request.inbound.path.rstrip("/").rpartition("/")
    wanted = resources.parse_id(path)
    request.require(f"{wanted.type}/{action}/action", str(wanted))
    resource = resources.get_resource(request.cloud, str(wanted))
    row = resource_type(wanted.type)
    answer = row.actions.get(action.lower()) if row else None
    if answer is None:
        raise ArmError(
            404,
            "ResourceActionNotFound",
            f"The local cloud has no action '{action}' for resources of type '{resource['type']}'.",
        )
    return json_reply(200, answer(request.cloud, resource))


def list_type_in_subscription(request: ArmRequest) -> Response:
    """List the resources of a type in a subscription that the caller may read."""
    subscription = known_subscription(request)
    type_name = f"{request.param('namespace')}/{request.param('type')}"
    return _listed(request, type_name, f"/subscriptions/{subscription}")


def list_resources(request: ArmRequest) -> Response:
    """List the resources in a subscription or group that the caller may read."""
    scope = f"/subscriptions/{known_subscription(request)}"
    if "group" in request.inbound.params:
        group = request.param("group")
        scope = groups.get_resource_group(request.cloud, scope.rpartition("/")[2], group)["id"]
    wanted = filters.terms(request.inbound.query.get("$filter", ""), filters.OF_RESOURCES)
    found = [
        document
        for document in _below(request, scope)
        if "location" in document
        and document["type"] != groups.GROUP_TYPE
        and filters.covers(wanted, document)
    ]
    visible = [each for each in found if request.may(f"{each['type']}/read", each["id"])]
    if not visible:
        request.require("Microsoft.Resources/subscriptions/resources/read", scope)
    return json_reply(200, {"value": [_summary(each) for each in visible]})


def _summary(resource: Document) -> Document:
    """Leave out what the service of a resource knows of it, which only its own lists show."""
    return {name: resource[name] for name in resource if name != "properties"}


def _list_type(request: ArmRequest, path: str) -> Response:
    known_subscription(request)
    if len(path.split("/")) == 8:
        subscription, group = request.param("subscription"), request.param("group")
        scope = groups.get_resource_group(request.cloud, subscription, group)["id"]
        return _listed(request, "/".join(path.split("/")[6:]), scope)
    parent, _, child_type = path.rpartition("/")
    wanted = resources.parse_id(parent)
    return _listed(request, f"{wanted.type}/{child_type}", str(wanted))


def _listed(request: ArmRequest, type_name: str, scope: str) -> Response:
    found = (
        document
        for document in _below(request, scope)
        if document["type"].lower() == type_name.lower()
    )
    return json_reply(200, {"value": request.readable(f"{type_name}/read", scope, found)})


def _below(request: ArmRequest, scope: str) -> Iterable[Document]:
    return (body for _, body in request.cloud.state.under("resource", key(scope) + "/"))


def _writing(request: ArmRequest) -> tuple[ResourceId, Mapping[str, Any], Document | None]:
    """Check that the caller may write; return what, the content, and what stands there."""
    wanted = _resource(request, "write")
    body = request.body()
    known = request.cloud.state.get("resource", key(str(wanted)))
    for name in identity.added(body.get("identity") or {}, (known or {}).get("identity")):
        request.require_linked(f"{wanted.type}/write", str(wanted), _ASSIGN, name)
    return wanted, body, known


def _resource(request: ArmRequest, verb: str) -> ResourceId:
    known_subscription(request)
    wanted = resources.parse_id(request.inbound.path)
    request.require(f"{wanted.type}/{verb}", str(wanted))
    return wanted


def _is_collection(request: ArmRequest) -> bool:
    return len(request.param("resource").rstrip("/").split("/")) % 2 == 0


_GROUP: Final = "/subscriptions/{subscription}/resourceGroups/{group}"
_RESOURCE: Final = f"{_GROUP}/providers/{{resource*}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/subscriptions/{subscription}/resources", operation(list_resources)),
    Route("GET", f"{_GROUP}/resources", operation(list_resources)),
    Route(
        "GET",
        "/subscriptions/{subscription}/providers/{namespace}/{type}",
        operation(list_type_in_subscription),
    ),
    Route("PUT", _RESOURCE, operation(put)),
    Route("PATCH", _RESOURCE, operation(patch)),
    Route("GET", _RESOURCE, operation(get)),
    Route("HEAD", _RESOURCE, operation(head)),
    Route("DELETE", _RESOURCE, operation(delete)),
    Route("POST", _RESOURCE, operation(post)),
)
