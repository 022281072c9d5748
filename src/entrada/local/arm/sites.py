"""HTTP of web and function apps where it is not that of every resource: publishing profiles.

Nothing can be published to the local cloud. ``az webapp show`` asks where to all the same, and
needs one profile in the answer.
"""

from __future__ import annotations

from typing import Final

from entrada._engine.effects import Response
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.resources import get_resource, parse_id
from entrada.local.arm.subscriptions import known_subscription
from entrada.local.http import Route

_NO_PROFILE: Final = b'<publishData><publishProfile publishMethod="None"/></publishData>'


def publishing_profiles(request: ArmRequest) -> Response:
    """Answer one publishing profile that leads nowhere."""
    known_subscription(request)
    site = parse_id(request.inbound.path.rstrip("/").rpartition("/")[0])
    request.require(f"{site.type}/publishxml/action", str(site))
    get_resource(request.cloud, str(site))
    return Response(200, {"content-type": "application/xml"}, _NO_PROFILE)


ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}"
        "/publishxml",
        operation(publishing_profiles),
    ),
)
