"""IoT Hub at the local cloud: from a request to the service's answer, errors included.

The hub is found, the caller authenticated, due jobs run, the caller authorized and the operation
run; after a change, configurations are applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from entrada._engine.effects import Response
from entrada.local.cloud import Cloud
from entrada.local.http import Handler, Inbound
from entrada.local.resources.iothub import configurations, jobs
from entrada.local.resources.iothub.authentication import authenticate
from entrada.local.resources.iothub.authorization import authorize
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.errors import HubError, error_reply

_ORDINARY = (
    "ConfigurationAlreadyExists",
    "ConfigurationNotFound",
    "DeviceAlreadyExists",
    "DeviceNotFound",
    "JobAlreadyExists",
    "JobNotFound",
    "ModuleAlreadyExistsOnDevice",
    "ModuleNotFound",
    "PreconditionFailed",
)
"""Answers by which applications tell what is there; nobody asks why they were refused."""
_ABSENT = {
    "/messages": "It has no messages: nothing here speaks AMQP or MQTT.",
    "/files": "It has no file uploads.",
    "/commands": "It has no messages, so a device's queue can only be emptied (DELETE).",
}
"""Parts of paths that Azure has, and why they lead nowhere here."""
_VERSION = re.compile(r"\d{4}-\d\d-\d\d(-\w+)?", re.ASCII)


def operation(
    run: Callable[[Context], Response],
    *actions: str,
    changes: bool = True,
    versioned: bool = True,
) -> Handler:
    """Make a route's handler of a function over an authenticated and authorized request.

    ``actions`` are the data actions that it needs. What ``changes`` the hub is one transaction,
    after which configurations are applied; what does not may call a device, which takes its time.
    Only IoT Hub's own paths are ``versioned``.
    """

    def answer(cloud: Cloud, inbound: Inbound) -> Response:
        try:
            context = _authenticated(cloud, inbound)
            if versioned:
                _check_version(inbound)
            if jobs.run_due(context.hub):
                configurations.apply(context.hub)
            if not changes or inbound.method == "GET":
                return _perform(context)
            with cloud.state.transaction():
                response = _perform(context)
                configurations.apply(context.hub)
                return response
        except HubError as error:
            return _refused(cloud, inbound, error)

    def _perform(context: Context) -> Response:
        authorize(context, *actions)
        return run(context)

    return answer


def nothing(context: Context) -> Response:
    """Refuse a request for what the service, or the local cloud's one, does not have."""
    method, path = context.inbound.method, context.inbound.path
    why = next((why for part, why in _ABSENT.items() if part in path.lower()), "")
    raise HubError(
        "GenericNotFound", f"The local cloud's IoT Hub has no {method} {path}.", detail=why
    )


def _authenticated(cloud: Cloud, inbound: Inbound) -> Context:
    context = Context.of(cloud, inbound)
    return replace(context, principal_id=authenticate(context))


def _refused(cloud: Cloud, inbound: Inbound, error: HubError) -> Response:
    if error.code not in _ORDINARY:
        why = " ".join(error.message.split("\n"))
        cloud.refused("iothub", inbound, error.status, f"{error.code}: {why}")
    return error_reply(error, cloud.clock())


def _check_version(inbound: Inbound) -> None:
    version = inbound.query.get("api-version", "")
    if _VERSION.fullmatch(version) is None:
        raise HubError(
            "InvalidProtocolVersion",
            f"The api-version query parameter is {version!r}: send one such as 2021-04-12.",
        )
