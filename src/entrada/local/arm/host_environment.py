"""An operation that only the local cloud has: the variables a resource's own process finds.

On Azure they are nobody's to read; here a program on the developer's machine plays the resource.
Whoever may write to the resource may ask.
"""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local import hosts
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import resource_not_found
from entrada.local.arm.ids import key
from entrada.local.arm.resources import parse_id
from entrada.local.http import Route, json_reply

ACTION = "Entrada.Local/hostEnvironment/action"


def host_environment(request: ArmRequest) -> Response:
    """Answer the variables by which a resource reaches its managed identities."""
    wanted = parse_id("/" + request.param("scope"))
    request.require(ACTION, str(wanted))
    if request.cloud.state.get("resource", key(str(wanted))) is None:
        raise resource_not_found(wanted.type, wanted.name, wanted.group)
    return json_reply(200, hosts.host_environment(request.cloud, str(wanted)))


ROUTES: tuple[Route, ...] = (
    Route("POST", "/{scope*}/providers/Entrada.Local/hostEnvironment", operation(host_environment)),
)
