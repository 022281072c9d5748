"""HTTP of resource groups."""

from __future__ import annotations

from typing import Final

from entrada._engine.effects import Response
from entrada.local.arm import filters, groups
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import location_required
from entrada.local.arm.ids import group_id, key
from entrada.local.arm.subscriptions import known_subscription
from entrada.local.http import Route, empty_reply, json_reply

_ACTION: Final = "Microsoft.Resources/subscriptions/resourceGroups"


def _group_scope(request: ArmRequest, verb: str) -> tuple[str, str]:
    subscription, name = known_subscription(request), request.param("group")
    request.require(f"{_ACTION}/{verb}", group_id(subscription, name))
    return subscription, name


def put_group(request: ArmRequest) -> Response:
    """Create or update a resource group: 201 or 200."""
    subscription, name = _group_scope(request, "write")
    body = request.body()
    if "location" not in body:
        raise location_required()
    known = request.cloud.state.get("resource", key(group_id(subscription, name)))
    group = groups.put_resource_group(
        request.cloud, name, body["location"], tags=body.get("tags"), subscription=subscription
    )
    return json_reply(200 if known else 201, group)


def patch_group(request: ArmRequest) -> Response:
    """Change the tags of a resource group."""
    subscription, name = _group_scope(request, "write")
    group = groups.get_resource_group(request.cloud, subscription, name)
    tags = request.body().get("tags", group.get("tags"))
    location = group["location"]
    return json_reply(
        200,
        groups.put_resource_group(
            request.cloud, name, location, tags=tags, subscription=subscription
        ),
    )


def get_group(request: ArmRequest) -> Response:
    """Show a resource group."""
    return json_reply(200, groups.get_resource_group(request.cloud, *_group_scope(request, "read")))


def head_group(request: ArmRequest) -> Response:
    """Say whether a resource group exists: 204 or 404."""
    subscription, name = _group_scope(request, "read")
    found = request.cloud.state.get("resource", key(group_id(subscription, name)))
    return empty_reply(204 if found else 404)


def delete_group(request: ArmRequest) -> Response:
    """Delete a resource group and all below it."""
    groups.delete_resource_group(request.cloud, *_group_scope(request, "delete"))
    return empty_reply(200)


def list_groups(request: ArmRequest) -> Response:
    """List the resource groups that the caller may read."""
    subscription = known_subscription(request)
    wanted = filters.terms(request.inbound.query.get("$filter", ""), filters.OF_GROUPS)
    found = (
        document
        for _, document in request.cloud.state.under("resource", f"/subscriptions/{subscription}/")
        if document["type"] == groups.GROUP_TYPE and filters.covers(wanted, document)
    )
    scope = f"/subscriptions/{subscription}"
    return json_reply(200, {"value": request.readable(f"{_ACTION}/read", scope, found)})


_GROUP: Final = "/subscriptions/{subscription}/resourceGroups/{group}"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/subscriptions/{subscription}/resourceGroups", operation(list_groups)),
    Route("PUT", _GROUP, operation(put_group)),
    Route("PATCH", _GROUP, operation(patch_group)),
    Route("GET", _GROUP, operation(get_group)),
    Route("HEAD", _GROUP, operation(head_group)),
    Route("DELETE", _GROUP, operation(delete_group)),
)
