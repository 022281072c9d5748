"""IoT Hub's errors: the service's codes with their statuses and sentences, and the JSON reply.

Knows no state and no operation. The SDKs read ``ErrorCode:{code};{sentence}`` out of ``Message``
and cut it at the next semicolon, so no text has one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from entrada._engine.effects import Response
from entrada.local.http import json_reply

ERRORS: Mapping[str, tuple[int, str]] = {
    "ArgumentInvalid": (400, "The request is invalid."),
    "ArgumentNull": (400, "A required value is missing."),
    "BulkRegistryOperationFailure": (400, "The bulk operation failed."),
    "BlobContainerValidationError": (400, "The blob container cannot be used."),
    "CannotModifyImmutableConfigurationContent": (
        400,
        "A configuration's content cannot be changed.",
    ),
    "CannotRegisterModuleToModule": (400, "A module cannot have modules."),
    "InvalidConfigurationContent": (400, "The configuration's content is invalid."),
    "InvalidConfigurationCustomMetricsQuery": (400, "A metric's query is invalid."),
    "InvalidConfigurationTargetCondition": (400, "The target condition is invalid."),
    "InvalidDigitalTwinPatch": (400, "The digital twin's patch is invalid."),
    "InvalidProtocolVersion": (400, "The api-version query parameter is missing or invalid."),
    "IotHubUnauthorizedAccess": (401, "Unauthorized"),
    "ConfigurationNotFound": (404, "The configuration is not there."),
    "DeviceNotFound": (404, "The device is not registered."),
    "DeviceNotOnline": (404, "Timed out waiting for device to connect."),
    "GenericNotFound": (404, "The local cloud's IoT Hub does not have this."),
    "IotHubNotFound": (404, "The IoT hub is not there."),
    "JobNotFound": (404, "The job is not there."),
    "ModuleNotFound": (404, "The module is not registered on the device."),
    "GenericMethodNotAllowed": (405, "The method is not allowed here."),
    "OperationNotAllowedInCurrentState": (405, "The operation is not allowed in this state."),
    "ConfigurationAlreadyExists": (409, "The configuration exists already."),
    "DeviceAlreadyExists": (409, "The device is registered already."),
    "JobAlreadyExists": (409, "The job exists already."),
    "ModuleAlreadyExistsOnDevice": (409, "The module is registered on the device already."),
    "PreconditionFailed": (412, "Precondition failed: the entity tag does not match."),
    "TooManyModulesOnDevice": (413, "A device has at most 50 modules."),
    "FeatureNotSupported": (501, "The local cloud does not build this."),
    "GatewayTimeout": (504, "Timed out waiting for the response from device."),
}


class HubError(Exception):
    """A refusal of IoT Hub, by one of the codes in ``ERRORS``.

    ``sentence`` replaces the code's usual one; ``detail`` follows it on lines of its own.
    """

    def __init__(
        self,
        code: str,
        sentence: str = "",
        *,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, usual = ERRORS[code]
        text = sentence or usual
        self.message = (f"{text}\n{detail}" if detail else text).replace(";", ",")
        super().__init__(f"{code}: {self.message}")
        self.code = code
        self.headers = dict(headers or {})


def invalid(sentence: str) -> HubError:
    """Build the error for something in a request that cannot be used."""
    return HubError("ArgumentInvalid", sentence)


def error_reply(error: HubError, now: float) -> Response:
    """Answer with an error; ``now`` is in epoch seconds."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%m/%d/%Y %H:%M:%S")
    body: dict[str, Any] = {
        "Message": f"ErrorCode:{error.code};{error.message}",
        "ExceptionMessage": f"Tracking ID:{uuid.uuid4().hex}-TimeStamp:{moment}",
    }
    reply = json_reply(error.status, body)
    return Response(
        reply.status,
        {**reply.headers, "iothub-errorcode": error.code, **error.headers},
        reply.body,
    )
