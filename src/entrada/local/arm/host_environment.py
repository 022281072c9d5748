"""An operation that only the local cloud has: the variables a resource's own process finds.

On Azure they are nobody's to read; here a program on the developer's machine plays the resource.
Whoever may write to the resource may ask. A web or function app finds its application settings
too, as App Service gives them to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from entrada._engine.effects import Response
from entrada.local import hosts
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import resource_not_found
from entrada.local.arm.ids import key
from entrada.local.arm.resources import get_resource, parse_id
from entrada.local.http import Route, json_reply

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

ACTION = "Entrada.Local/hostEnvironment/action"
_SITES = "microsoft.web/sites"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def host_environment(request: ArmRequest) -> Response:
    """Answer the variables by which a resource reaches its managed identities."""
    wanted = parse_id("/" + request.param("scope"))
    request.require(ACTION, str(wanted))
    if request.cloud.state.get("resource", key(str(wanted))) is None:
        raise resource_not_found(wanted.type, wanted.name, wanted.group)
    settings = _settings(request.cloud, str(wanted)) if wanted.type.lower() == _SITES else {}
    return json_reply(200, {**settings, **hosts.host_environment(request.cloud, str(wanted))})


def _settings(cloud: Cloud, site: str) -> dict[str, str]:
    """Return the settings of an app whose names can be variables'."""
    properties = get_resource(cloud, f"{site}/config/appsettings")["properties"]
    return {
        name: value
        for name, value in properties.items()
        if isinstance(value, str) and _VARIABLE.fullmatch(name)
    }


ROUTES: tuple[Route, ...] = (
    Route("POST", "/{scope*}/providers/Entrada.Local/hostEnvironment", operation(host_environment)),
)
