"""HTTP of configurations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from entrada._engine.effects import Response
from entrada.local.http import empty_reply, json_reply
from entrada.local.resources.iothub import configurations, contents, etags, identities, registry
from entrada.local.resources.iothub import query as language
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.devices import who
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.state import Document

_ID = re.compile(r"[a-z0-9\-:+%_#*?!(),=@$']{1,128}")
_MOST_LISTED = 100
_UNCHANGEABLE = "A configuration's content cannot be changed: delete it and create another."


def put(context: Context) -> Response:
    """Create a configuration, or with ``If-Match`` change all but its content."""
    name, body = context.param("id"), context.body()
    identities.check_same(body, "id", name)
    tag = etags.wanted(context.header("if-match"))
    standing = context.hub.state.get(configurations.KIND, context.hub.key(name))
    if standing is None and tag:
        raise _not_found(name)
    if standing is not None and not tag:
        raise HubError("ConfigurationAlreadyExists", f"The configuration {name!r} is there.")
    if standing is None and _ID.fullmatch(name) is None:
        raise invalid(f"{name!r} is no configuration id: lower-case letters, digits, symbols.")
    etags.check(tag, standing["etag"] if standing else "")
    document = _document(context, name, body, standing)
    context.hub.state.put(configurations.KIND, context.hub.key(name), document)
    configurations.apply(context.hub)
    shown = configurations.shown(context.hub, document)
    return json_reply(200 if standing else 201, shown, etag=f'"{shown["etag"]}"')


def get(context: Context) -> Response:
    """Show a configuration with its metrics."""
    shown = configurations.shown(context.hub, _need(context))
    return json_reply(200, shown, etag=f'"{shown["etag"]}"')


def delete(context: Context) -> Response:
    """Delete a configuration; what it wrote to twins stays there."""
    etags.check(etags.wanted(context.header("if-match")), _need(context)["etag"])
    context.hub.state.delete(configurations.KIND, context.hub.key(context.param("id")))
    configurations.forget(context.hub, context.param("id"))
    return empty_reply(204)


def list_all(context: Context) -> Response:
    """List configurations, at most ``top``."""
    top = context.number("top", _MOST_LISTED, _MOST_LISTED)
    found = configurations.all_of(context.hub)[:top]
    return json_reply(200, [configurations.shown(context.hub, each) for each in found])


def test_queries(context: Context) -> Response:
    """Say what is wrong with a target condition and with queries for metrics."""
    body = context.body()
    errors = {
        name: error
        for name, text in _metrics(body.get("customMetricQueries")).items()
        if (error := _query_error(text))
    }
    try:
        configurations.target(str(body.get("targetCondition") or ""))
        wrong = None
    except HubError as error:
        wrong = error.message
    return json_reply(200, {"targetConditionError": wrong, "customMetricQueryErrors": errors})


def apply_content(context: Context) -> Response:
    """Write a content to one device, creating the modules that it is for."""
    hub, name = context.hub, who(context)
    device = registry.need(hub, name)
    content = contents.read(context.body())
    if "deviceContent" in content:
        settings = contents.settings_of(content["deviceContent"], "deviceContent")
        configurations.set_content(hub, name, settings)
    modules = content.get("modulesContent", {})
    if modules and not device["identity"]["capabilities"]["iotEdge"]:
        raise invalid(f"The device {name[0]!r} is no IoT Edge device: capabilities.iotEdge.")
    for module, inner in modules.items():
        target = (*name, module)
        if registry.find(hub, target) is None:
            registry.create(hub, target, {"managedBy": "iotEdge"})
        configurations.set_content(hub, target, contents.settings_of(inner, module))
    return empty_reply(204)


def _need(context: Context) -> Document:
    name = context.param("id")
    found = context.hub.state.get(configurations.KIND, context.hub.key(name))
    if found is None:
        raise _not_found(name)
    return found


def _not_found(name: str) -> HubError:
    return HubError("ConfigurationNotFound", f"There is no configuration {name!r}.")


def _document(
    context: Context, name: str, body: Mapping[str, Any], standing: Document | None
) -> Document:
    if standing is None:
        content = contents.read(body.get("content"))
    else:
        content = standing["content"]
        if body.get("content") and contents.read(body["content"]) != content:
            raise HubError("CannotModifyImmutableConfigurationContent", _UNCHANGEABLE)
    metrics = body.get("metrics") or {}
    queries = _metrics(metrics.get("queries") if isinstance(metrics, Mapping) else metrics)
    for metric, text in queries.items():
        if wrong := _query_error(text):
            raise HubError("InvalidConfigurationCustomMetricsQuery", f"{metric}: {wrong}")
    now = context.hub.moment
    return {
        "id": name,
        "schemaVersion": str(body.get("schemaVersion") or "1.0"),
        "labels": _labels(body.get("labels")),
        "content": content,
        "targetCondition": _condition(body.get("targetCondition"), content),
        "createdTimeUtc": standing["createdTimeUtc"] if standing else now,
        "lastUpdatedTimeUtc": now,
        "priority": _priority(body.get("priority")),
        "metrics": queries,
        "etag": etags.new_etag(),
    }


def _condition(text: object, content: Document) -> str:
    condition = text or ""
    if not isinstance(condition, str):
        raise invalid("targetCondition is no text.")
    query = configurations.target(condition)
    source = "devices.modules" if "moduleContent" in content else "devices"
    if query is not None and query.source != source:
        raise HubError(
            "InvalidConfigurationTargetCondition",
            f"The condition is about {query.source}, the content for {source}.",
        )
    return condition


def _priority(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise invalid("priority is no whole number from 0 on.")
    return value


def _labels(value: object) -> Document:
    labels = value or {}
    if not isinstance(labels, dict) or not all(isinstance(each, str) for each in labels.values()):
        raise invalid("labels is no JSON object of texts.")
    return labels


def _metrics(value: object) -> dict[str, str]:
    queries = value or {}
    if not isinstance(queries, dict) or not all(isinstance(each, str) for each in queries.values()):
        raise invalid("The queries of metrics are no JSON object of texts.")
    return queries


def _query_error(text: str) -> str:
    try:
        language.parse(text)
    except language.QueryError as error:
        return f"{error}."
    return ""
