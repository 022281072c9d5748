"""Entra's refusals: a table of AADSTS codes, and the answer in Entra's shape for each.

Texts follow what the service says; a refusal repeats what the client sent, never a secret.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from entrada.local.entra.reasons import PEOPLE, Reason
from entrada.local.http import Refusal, json_reply

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LAST_SECOND = 253402300799
"""The end of year 9999: the last moment that a timestamp can name."""


_FEDERATION_HINT = (
    "Check your federated identity credential Subject, Audience and Issuer against the presented"
    " assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
)
_NOT_INSTALLED = (
    "This can happen if the application has not been installed by the administrator of the tenant"
    " or consented to by any user in the tenant. You might have sent your authentication request"
    " to the wrong tenant."
)

REASONS: dict[int, Reason] = {
    **PEOPLE,
    50027: Reason(400, "invalid_request", "JWT token is invalid or malformed."),
    50048: Reason(
        401, "invalid_client", "Subject must match the issuer claim in the client assertion."
    ),
    50049: Reason(400, "invalid_instance", "Unknown or invalid instance."),
    50166: Reason(
        400,
        "invalid_request",
        "Request to External OIDC endpoint failed. The keys of issuer '{issuer}' are not known.",
    ),
    70003: Reason(
        400,
        "unsupported_grant_type",
        "The app requested an unsupported grant type '{grant_type}'.",
    ),
    70011: Reason(
        400,
        "invalid_scope",
        "The provided request must include a 'scope' input parameter. The provided value for the"
        " input parameter 'scope' is not valid. The scope {scope} is not valid.",
    ),
    70021: Reason(
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion. Assertion Issuer:"
        " '{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: '{audience}'. "
        + _FEDERATION_HINT,
    ),
    90002: Reason(
        400,
        "invalid_request",
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are"
        " signing into the correct cloud. Check with your subscription administrator, this may"
        " happen if there are no active subscriptions for the tenant.",
    ),
    500011: Reason(
        400,
        "invalid_resource",
        "The resource principal named {resource} was not found in the tenant named {tenant}. "
        + _NOT_INSTALLED,
    ),
    700016: Reason(
        400,
        "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'. "
        + _NOT_INSTALLED,
    ),
    700021: Reason(
        401,
        "invalid_client",
        "Client assertion application identifier doesn't match 'client_id' parameter.",
    ),
    700023: Reason(
        401, "invalid_client", "Client assertion audience claim does not match Realm issuer."
    ),
    700024: Reason(
        401,
        "invalid_client",
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid"
        " from {start}, expiry time of assertion {end}. Review the documentation at"
        " https://learn.microsoft.com/entra/identity-platform/certificate-credentials",
    ),
    700027: Reason(
        401,
        "invalid_client",
        "Client assertion failed signature validation. [Reason - {reason}, Thumbprint of key used"
        " by client: '{thumbprint}', Configured keys: {configured}]",
    ),
    700211: Reason(
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion issuer '{issuer}'. "
        + _FEDERATION_HINT,
    ),
    700212: Reason(
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion audience"
        " '{audience}'. " + _FEDERATION_HINT,
    ),
    700213: Reason(
        401,
        "invalid_client",
        "No matching federated identity record found for presented assertion subject '{subject}'. "
        + _FEDERATION_HINT,
    ),
    900023: Reason(
        400,
        "invalid_request",
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external"
        " domain.",
    ),
    900144: Reason(
        400,
        "invalid_request",
        "The request body must contain the following parameter: '{parameter}'.",
    ),
    901002: Reason(400, "invalid_request", "The 'resource' request parameter is not supported."),
    1002012: Reason(
        400,
        "invalid_scope",
        "The provided value for scope {scope} is not valid. Client credential flows must have a"
        " scope value with /.default suffixed to the resource identifier (application ID URI).",
    ),
    5002730: Reason(
        400, "invalid_request", "Invalid JWT token. Unsupported key for the signing algorithm."
    ),
    7000112: Reason(400, "unauthorized_client", "Application '{client}'({name}) is disabled."),
    7000215: Reason(
        401,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client"
        " secret value, not the client secret ID, for a secret added to app '{client}'.",
    ),
    7000218: Reason(
        401,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or"
        " 'client_secret'.",
    ),
    7000222: Reason(
        401,
        "invalid_client",
        "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to"
        " create new keys for your app: https://aka.ms/NewClientSecret, or consider using"
        " certificate credentials for added security: https://aka.ms/certCreds.",
    ),
    7000229: Reason(
        401,
        "unauthorized_client",
        "The client application {client} is missing service principal in the tenant {tenant}. See"
        " instructions here: https://go.microsoft.com/fwlink/?linkid=2225119",
    ),
    9001023: Reason(
        400,
        "invalid_request",
        "The grant type is not supported over the /common or /consumers endpoints. Please use the"
        " /organizations or tenant-specific endpoint.",
    ),
}


def refuse(
    cloud: Cloud,
    inbound: Inbound,
    code: int,
    *,
    error: str | None = None,
    suberror: str | None = None,
    **values: str,
) -> Refusal:
    """Return the refusal with that code, noted in the cloud's decisions.

    ``error`` and ``suberror`` replace the table's where an endpoint names them differently.
    """
    reason = REASONS[code]
    text = describe(code, **values)
    cloud.refused("login", inbound, reason.status, text)
    timestamp = timestamp_text(cloud.clock())
    trace_id, correlation_id = str(uuid.uuid4()), _correlation_id(inbound)
    body = {
        "error": error or reason.error,
        "error_description": (
            f"{text} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        ),
        "error_codes": [code],
        "timestamp": timestamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
        "error_uri": f"{cloud.endpoints.login}/error?code={code}",
    }
    if suberror or reason.suberror:
        body["suberror"] = suberror or reason.suberror
    headers = {"cache_control": "no-store, no-cache", "pragma": "no-cache"}
    reply = json_reply(reason.status, body, x_ms_request_id=trace_id, **headers)
    return Refusal(reply)


def describe(code: int, **values: str) -> str:
    """Return the text of a code, as it stands in an error's description."""
    return f"AADSTS{code}: {REASONS[code].text.format_map(values)}"


def timestamp_text(epoch: float) -> str:
    """Write epoch seconds as an error's ``timestamp`` does."""
    return _moment(epoch).strftime("%Y-%m-%d %H:%M:%SZ")


def instant_text(epoch: float) -> str:
    """Write epoch seconds as the text of 700024 does, to a ten-millionth of a second."""
    return _moment(epoch).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(min(max(epoch, 0), _LAST_SECOND), UTC)


def _correlation_id(inbound: Inbound) -> str:
    """Return the client's own id of its request where it sent a GUID, else a fresh one."""
    name = "client-request-id"
    for sent in (inbound.headers.get(name), inbound.form().get(name), inbound.query.get(name)):
        if sent is not None and _GUID.fullmatch(sent):
            return sent
    return str(uuid.uuid4())
