"""The Azure, or local cloud, that the environment leads to: signed in, with its subscription."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from entrada._credentials.default import DefaultAzureCredential
from entrada._drivers.wire import Wire
from entrada._engine.world import World
from entrada._wire.clouds import CLOUDS, cloud_of
from entrada.cli import exits
from entrada.cli.arm import SUBSCRIPTIONS, Arm
from entrada.cli.management.rest import Rest
from entrada.cli.output import Failure


@dataclass
class Session:
    """Both services of one cloud; ``named`` is the subscription that the caller chose, if any."""

    arm: Arm
    graph: Rest
    named: str | None = None

    @cached_property
    def subscription_id(self) -> str:
        """The chosen subscription, or the only one that there is; raises :class:`Failure`."""
        if self.named:
            return self.named
        found: list[dict[str, Any]] = list(self.arm.list("/subscriptions", SUBSCRIPTIONS))
        if len(found) == 1:
            return str(found[0]["subscriptionId"])
        if not found:
            raise Failure(
                "no subscription is visible to who is signed in.",
                "give it a role in one, or sign in as somebody else",
                exits.NOT_FOUND,
            )
        told = ", ".join(f"{each['subscriptionId']} ({each['displayName']})" for each in found)
        raise Failure(
            f"there are {len(found)} subscriptions: {told}.",
            "choose one by --subscription or AZURE_SUBSCRIPTION_ID",
            exits.USAGE,
        )


@contextmanager
def open_session(subscription: str | None = None) -> Iterator[Session]:
    """Sign in as DefaultAzureCredential does and yield the cloud of the environment's authority."""
    env = World.real().env
    arm, graph = _services(env)
    named = subscription or env.get("AZURE_SUBSCRIPTION_ID") or None
    with closing(Wire(env)) as wire, DefaultAzureCredential() as credential:
        yield Session(Arm(*_at(arm, credential, wire)), Rest(*_at(graph, credential, wire)), named)


def _at(service: tuple[str, str], credential: Any, wire: Wire) -> tuple[str, Any, Wire, str]:
    endpoint, scope = service
    return endpoint, credential, wire, scope


def _services(env: Mapping[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return ARM's and Graph's endpoint and scope; one cloud's token never goes to another's."""
    public = CLOUDS[0]
    authority = env.get("AZURE_AUTHORITY_HOST") or public.authority_host
    cloud = cloud_of(authority)
    if cloud is not None:
        return _service(cloud.arm), _service(cloud.graph)
    arm, graph = (env.get(f"ENTRADA_LOCAL_{name}") for name in ("ARM", "GRAPH"))
    if not arm or not graph:
        missing = "ENTRADA_LOCAL_GRAPH" if arm else "ENTRADA_LOCAL_ARM"
        raise Failure(
            f"AZURE_AUTHORITY_HOST names {authority}, and {missing} is not set.",
            'eval "$(entrada local env)" sets both',
            exits.USAGE,
        )
    return (arm, f"{public.arm}/.default"), (graph, f"{public.graph}/.default")


def _service(origin: str) -> tuple[str, str]:
    return origin, f"{origin}/.default"
