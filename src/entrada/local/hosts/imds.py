"""The Instance Metadata Service's token endpoint, below a path that is one resource's own.

On Azure the source address says who asks; here the key in the path does, which clients take
from ``AZURE_POD_IDENTITY_AUTHORITY_HOST``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entrada.local.hosts.environment import host_of
from entrada.local.hosts.identities import (
    NoSuchIdentity,
    SeveralIdentities,
    UnknownResource,
    answer,
)
from entrada.local.http import Refusal, json_reply

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

API_VERSIONS = frozenset({
    "2018-02-01", "2018-04-02", "2018-10-01", "2019-02-01", "2019-03-11", "2019-04-30",
    "2019-06-01", "2019-06-04", "2019-08-01", "2019-08-15", "2019-11-01", "2020-06-01",
    "2020-07-15", "2020-09-01", "2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01",
    "2021-03-01", "2021-05-01", "2021-10-01", "2021-11-01", "2021-11-15", "2021-12-13",
    "2023-07-01", "2023-11-15",
})  # fmt: skip
"""Versions of the service that have the token endpoint."""

INVALID = "invalid_request"


def token(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a token of one of the asking resource's identities."""
    host_id = host_of(cloud, inbound.params["key"], "imds")
    inbound = without_key(inbound)
    _check_headers(cloud, inbound)
    if host_id is None:
        raise _refuse(cloud, inbound, "unknown_source", "Unknown Source", status=401)
    resource = _resource(cloud, inbound)
    try:
        return json_reply(200, answer(cloud, host_id, inbound.query, resource))
    except NoSuchIdentity:
        raise _refuse(cloud, inbound, INVALID, "Identity not found") from None
    except UnknownResource as error:
        raise _refuse(cloud, inbound, "invalid_resource", str(error)) from None
    except SeveralIdentities as error:
        raise _refuse(cloud, inbound, INVALID, str(error)) from None


def unknown_path(cloud: Cloud, inbound: Inbound) -> Response:
    """Refuse every other path of the metadata service, without repeating the key."""
    reason = f"This metadata service has no /{inbound.params['rest']}"
    raise _refuse(cloud, without_key(inbound), "not_found", reason, status=404)


def without_key(inbound: Inbound) -> Inbound:
    """Return a request whose path may be shown: the key in it is a secret."""
    return replace(inbound, path=inbound.path.replace(inbound.params["key"], "{key}"))


def _check_headers(cloud: Cloud, inbound: Inbound) -> None:
    """Refuse what a server that was tricked into asking, or a proxy, would send."""
    if inbound.headers.get("metadata", "").lower() != "true":
        raise _refuse(cloud, inbound, "bad_request_102", "Required metadata header not specified")
    if "x-forwarded-for" in inbound.headers:
        raise _refuse(cloud, inbound, INVALID, "The X-Forwarded-For header is not allowed")


def _resource(cloud: Cloud, inbound: Inbound) -> str:
    version = inbound.query.get("api-version")
    if not version:
        raise _refuse(cloud, inbound, INVALID, "Required query variable 'api-version' is missing")
    if version not in API_VERSIONS:
        raise _refuse(cloud, inbound, INVALID, f"The api-version {version} is not supported")
    resource = inbound.query.get("resource", "")
    if not resource:
        raise _refuse(cloud, inbound, INVALID, "Required query variable 'resource' is missing")
    return resource


def _refuse(
    cloud: Cloud, inbound: Inbound, error: str, description: str, *, status: int = 400
) -> Refusal:
    cloud.refused("hosts", inbound, status, description)
    body = {"error": error, "error_description": description}
    return Refusal(json_reply(status, body))
