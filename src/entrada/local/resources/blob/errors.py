"""The Blob service's errors: Azure's codes with their statuses and sentences, and the XML reply.

Knows no state and no operation. Follows Azure Storage's status and error codes (REST reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from entrada._engine.effects import Response
from entrada.local.resources.blob import markup

_UNSUPPORTED = "specified in the request is not supported."

ERRORS: Mapping[str, tuple[int, str]] = {
    "AuthenticationFailed": (
        403,
        "Server failed to authenticate the request. Make sure the value of the Authorization "
        "header is formed correctly including the signature.",
    ),
    "AuthorizationPermissionMismatch": (
        403,
        "This request is not authorized to perform this operation using this permission.",
    ),
    "BlobAlreadyExists": (409, "The specified blob already exists."),
    "BlobNotFound": (404, "The specified blob does not exist."),
    "BlockListTooLong": (400, "The block list may not contain more than 50,000 blocks."),
    "ConditionNotMet": (
        412,
        "The condition specified using HTTP conditional header(s) is not met.",
    ),
    "ContainerAlreadyExists": (409, "The specified container already exists."),
    "ContainerNotFound": (404, "The specified container does not exist."),
    "EmptyMetadataKey": (400, "The key for one of the metadata key-value pairs is empty."),
    "InvalidAuthenticationInfo": (
        401,
        "Server failed to authenticate the request. Please refer to the information in the "
        "www-authenticate header.",
    ),
    "InvalidBlobOrBlock": (400, "The specified blob or block content is invalid."),
    "InvalidBlockList": (400, "The specified block list is invalid."),
    "InvalidHeaderValue": (
        400,
        "The value for one of the HTTP headers is not in the correct format.",
    ),
    "InvalidMd5": (400, "The MD5 value specified in the request is invalid."),
    "InvalidMetadata": (400, "The metadata specified is invalid. It has characters not permitted."),
    "InvalidQueryParameterValue": (
        400,
        "Value for one of the query parameters specified in the request URI is invalid.",
    ),
    "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
    "InvalidResourceName": (400, "The specified resource name contains invalid characters."),
    "InvalidUri": (400, "The requested URI does not represent any resource on the server."),
    "InvalidXmlDocument": (400, "XML specified is not syntactically valid."),
    "KeyBasedAuthenticationNotPermitted": (
        403,
        "Key based authentication is not permitted on this storage account.",
    ),
    "LeaseNotPresentWithBlobOperation": (412, "There is currently no lease on the blob."),
    "LeaseNotPresentWithContainerOperation": (412, "There is currently no lease on the container."),
    "Md5Mismatch": (
        400,
        "The MD5 value specified in the request did not match with the MD5 value calculated by "
        "the server.",
    ),
    "MetadataTooLarge": (
        400,
        "The size of the specified metadata exceeds the maximum size permitted.",
    ),
    "MissingRequiredHeader": (
        400,
        "An HTTP header that's mandatory for this request is not specified.",
    ),
    "NoAuthenticationInformation": (
        401,
        "Server failed to authenticate the request. Please refer to the information in the "
        "www-authenticate header.",
    ),
    "OutOfRangeQueryParameterValue": (
        400,
        "One of the query parameters specified in the request URI is outside the permissible "
        "range.",
    ),
    "PublicAccessNotPermitted": (409, "Public access is not permitted on this storage account."),
    "RequestBodyTooLarge": (
        413,
        "The request body is too large and exceeds the maximum permissible limit.",
    ),
    "ResourceNotFound": (404, "The specified resource does not exist."),
    "ServerBusy": (503, "The server is currently unable to receive requests."),
    "UnsupportedHeader": (400, f"One of the HTTP headers {_UNSUPPORTED}"),
    "UnsupportedHttpVerb": (405, "The resource doesn't support specified Http Verb."),
    "UnsupportedQueryParameter": (400, f"One of the query parameters {_UNSUPPORTED}"),
}


class StorageError(Exception):
    """A refusal of the Blob service, by one of the codes in ``ERRORS``.

    ``detail`` follows Azure's sentence in the message; ``elements`` become further XML elements;
    ``status`` overrides the code's usual one.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        status: int | None = None,
        elements: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        usual, sentence = ERRORS[code]
        super().__init__(f"{code}: {detail or sentence}")
        self.code = code
        self.status = usual if status is None else status
        self.message = f"{sentence}\n{detail}" if detail else sentence
        self.elements = dict(elements or {})
        self.headers = dict(headers or {})


def invalid_header(name: str, value: str, detail: str = "") -> StorageError:
    """Build the error for a header whose value cannot be used."""
    return StorageError(
        "InvalidHeaderValue", detail, elements={"HeaderName": name, "HeaderValue": value}
    )


def invalid_query(name: str, value: str, reason: str) -> StorageError:
    """Build the error for a query parameter whose value cannot be used."""
    elements = {
        "QueryParameterName": name,
        "QueryParameterValue": value,
        "Reason": reason,
    }
    return StorageError("InvalidQueryParameterValue", elements=elements)


def not_built(code: str, what: str) -> StorageError:
    """Build the error for a part of the Blob service that the local cloud does not have."""
    return StorageError(code, f"The local cloud does not build {what}.", status=501)


def error_reply(error: StorageError, request_id: str, now: float, *, bodiless: bool) -> Response:
    """Answer with an error as XML; ``now`` is in epoch seconds, ``bodiless`` for HEAD and 304."""
    headers = {"x-ms-error-code": error.code, **error.headers}
    if bodiless or error.status == 304:
        return Response(error.status, headers)
    time = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    body = markup.document(
        markup.element(
            "Error",
            markup.element("Code", error.code),
            markup.element("Message", f"{error.message}\nRequestId:{request_id}\nTime:{time}"),
            *(markup.element(name, text) for name, text in error.elements.items()),
        )
    )
    return Response(error.status, {"content-type": "application/xml", **headers}, body)
