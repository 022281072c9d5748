"""Resources in groups: creating, changing, finding and deleting them.

Functions over State without HTTP; nothing here asks whether somebody may. What single types look
like is the table in ``types``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrada.local.arm import identity
from entrada.local.arm.errors import ArmError, bad_request, resource_not_found
from entrada.local.arm.groups import delete_tree, get_resource_group, plain_location
from entrada.local.arm.ids import ResourceId, key
from entrada.local.arm.types import ResourceType, resource_type

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

_KEPT_BY_PUT = ("identity", "kind")


def get_resource(cloud: Cloud, id_text: str) -> Document:
    """Return a resource."""
    wanted = parse_id(id_text)
    found = cloud.state.get("resource", key(str(wanted))) or _default(cloud, wanted)
    if found is None:
        get_resource_group(cloud, wanted.subscription, wanted.group)
        raise resource_not_found(wanted.type, "/".join(wanted.names), wanted.group)
    return found


def put_resource(cloud: Cloud, id_text: str, body: Mapping[str, Any]) -> Document:
    """Create or replace a resource; what only the service writes stays as it was."""
    wanted = parse_id(id_text)
    with cloud.state.transaction():
        before = cloud.state.get("resource", key(str(wanted)))
        content = {name: before[name] for name in _KEPT_BY_PUT if before and name in before}
        content.update({name: body[name] for name in body if name != "identity"})
        content["properties"] = dict(body.get("properties") or {})
        return _write(cloud, wanted, content, body.get("identity"), before)


def patch_resource(cloud: Cloud, id_text: str, patch: Mapping[str, Any]) -> Document:
    """Change members of a resource: a JSON merge patch (RFC 7396)."""
    with cloud.state.transaction():
        before = get_resource(cloud, id_text)
        content = _merged(before, {name: patch[name] for name in patch if name != "identity"})
        asked = patch.get("identity")
        if "identity" in patch and asked is None:
            asked = {"type": "None"} if "identity" in before else None
        elif asked is not None:
            asked = identity.merge(asked, before.get("identity"))
        after = _write(cloud, parse_id(id_text), content, asked, before)
        if "identity" in patch and patch["identity"] is None:
            after.pop("identity", None)
            cloud.state.put("resource", key(after["id"]), after)
        return after


def delete_resource(cloud: Cloud, id_text: str) -> None:
    """Delete a resource, its children, its identity and the role assignments on it."""
    with cloud.state.transaction():
        delete_tree(cloud, get_resource(cloud, id_text)["id"])


def _default(cloud: Cloud, wanted: ResourceId) -> Document | None:
    row = resource_type(wanted.type)
    parent = cloud.state.get("resource", key(str(wanted.top)))
    properties = row.default(parent, wanted.name) if row and parent else None
    if row is None or parent is None or properties is None:
        return None
    address = _address(wanted, get_resource_group(cloud, wanted.subscription, wanted.group), row)
    return {**address, "properties": properties}


def _write(
    cloud: Cloud,
    wanted: ResourceId,
    content: Document,
    asked_identity: Mapping[str, Any] | None,
    before: Document | None,
) -> Document:
    group = get_resource_group(cloud, wanted.subscription, wanted.group)
    row = resource_type(wanted.type)
    if before is None:
        _check_new(cloud, wanted, row)
    resource: Document = {**(row.defaults if row else {}), **content}
    resource.update(_address(wanted, group, row, before))
    if wanted.top == wanted:
        location = resource.get("location") or (before or group)["location"]
        resource["location"] = _located(plain_location(location), before)
    earlier = (before or {}).get("properties", {})
    resource["properties"] = {
        **(row.properties if row else {}),
        **(resource.get("properties") or {}),
    }
    resource["properties"] |= row.read_only(cloud, resource, earlier) if row else {}
    if row is None or row.provisioned:
        resource["properties"]["provisioningState"] = "Succeeded"
    if asked_identity is not None:
        previous = (before or {}).get("identity")
        resource["identity"] = identity.apply(cloud, resource, asked_identity, previous)
    return cloud.state.put("resource", key(resource["id"]), resource)


def _address(
    wanted: ResourceId,
    group: Document,
    row: ResourceType | None,
    before: Document | None = None,
) -> Document:
    if before is not None:
        return {name: before[name] for name in ("id", "name", "type")}
    type_name = row.name if row else wanted.type
    namespace, *types = type_name.split("/")
    canonical = ResourceId(
        wanted.subscription, group["name"], namespace, tuple(types), wanted.names
    )
    return {"id": str(canonical), "name": wanted.name, "type": type_name}


def _check_new(cloud: Cloud, wanted: ResourceId, row: ResourceType | None) -> None:
    if wanted.top != wanted and cloud.state.get("resource", key(str(wanted.top))) is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            f"Failed to perform 'write' on resource(s) of type '{wanted.type}', because the "
            f"parent resource '{wanted.top}' could not be found.",
        )
    top = resource_type(wanted.top.type)
    if row is None and top is not None and not top.keeps_children:
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The local cloud's ARM has no resources of type '{wanted.type}': what is in a "
            f"{top.name} is made by the client of its own service.",
        )
    refusal = name_refusal(cloud, row, wanted.name) if row else None
    if refusal is not None:
        raise refusal


def name_refusal(cloud: Cloud, row: ResourceType, name: str) -> ArmError | None:
    """Return why a new resource of a type may not have a name, or ``None`` where it may."""
    if row.valid_name is not None and not row.valid_name.fullmatch(name):
        code, text = row.invalid_name
        return bad_request(text.format(name), code)
    if row.taken is not None and _is_taken(cloud, row, name):
        code, text = row.taken
        return ArmError(409, code, text.format(name))
    return None


def _is_taken(cloud: Cloud, row: ResourceType, name: str) -> bool:
    return any(
        resource["name"].lower() == name.lower()
        for resource in cloud.state.find("resource", type=row.name)
    )


def _located(location: str, before: Document | None) -> str:
    if before is not None and location != before["location"]:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{before['name']}' already exists in location '{before['location']}'. "
            f"A resource with the same name cannot be created in location '{location}'. "
            "Please select a new resource name.",
        )
    return location


def _merged(target: object, patch: Mapping[str, Any]) -> Document:
    result: Document = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            result[name] = _merged(result.get(name), value)
        else:
            result[name] = value
    return result


def parse_id(id_text: str) -> ResourceId:
    """Read the id of a resource in a group."""
    try:
        return ResourceId.parse(id_text)
    except ValueError as error:
        raise bad_request(f"{error}.", "InvalidResourceId") from None
