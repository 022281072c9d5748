"""May the caller do this: Azure RBAC's data actions on an IoT hub, decided at the hub.

Knows no operation. The names are those of the built-in roles' definitions; see
https://learn.microsoft.com/azure/iot-hub/authenticate-authorize-azure-ad
"""

from __future__ import annotations

from entrada.local import rbac
from entrada.local.resources.iothub.context import TYPE, Context
from entrada.local.resources.iothub.errors import HubError

DEVICES_READ = "devices/read"
DEVICES_WRITE = "devices/write"
DEVICES_DELETE = "devices/delete"
TWINS_READ = "twins/read"
TWINS_WRITE = "twins/write"
JOBS_READ = "jobs/read"
JOBS_WRITE = "jobs/write"
JOBS_DELETE = "jobs/delete"
CONFIGURATIONS_READ = "configurations/read"
CONFIGURATIONS_WRITE = "configurations/write"
CONFIGURATIONS_DELETE = "configurations/delete"
CONFIGURATIONS_APPLY = "configurations/applyToEdgeDevice/action"
CONFIGURATIONS_TEST = "configurations/testQueries/action"
METHODS_INVOKE = "directMethods/invoke/action"
QUEUE_PURGE = "cloudToDeviceMessages/queue/purge/action"
STATISTICS_READ = "statistics/read"


def authorize(context: Context, *actions: str) -> None:
    """Return if every data action is granted; raise :class:`HubError` for the first that is not."""
    for action in actions:
        verdict = rbac.decide(
            context.cloud,
            context.principal_id,
            f"{TYPE}/{action}",
            context.hub.scope,
            data=True,
        )
        if not verdict.allowed:
            raise _refused(verdict)


def _refused(verdict: rbac.Verdict) -> HubError:
    lines = [
        f"Data action: {verdict.action}",
        f"Scope: {verdict.scope}",
        f"Principal: {verdict.principal_id}",
        verdict.reason,
    ]
    if verdict.remedy:
        lines.append(f"To allow it: {verdict.remedy}")
    return HubError("IotHubUnauthorizedAccess", detail="\n".join(lines))
