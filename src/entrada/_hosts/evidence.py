"""What a machine shows of itself without a packet: whether it can be one of Azure's at all.

Azure gives all its virtual machines the same asset tag, which cloud-init goes by too. A wrong
"no" would hide an identity and a wrong "perhaps" costs one probe, so doubt means "perhaps".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from entrada._engine.world import World

AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"
_DMI = "/sys/class/dmi/id/"
_TAG = _DMI + "chassis_asset_tag"


@dataclass(frozen=True, slots=True)
class _Rule:
    """``excludes``: where the rule applies IMDS cannot be there, else it has to be asked."""

    applies: Callable[[World], bool]
    excludes: bool
    reason: str


def imds_ruled_out(world: World) -> str:
    """Return why the metadata service cannot be here, or nothing where it has to be asked."""
    rule = next(rule for rule in _RULES if rule.applies(world))
    return rule.reason if rule.excludes else ""


def _line(world: World, path: str) -> str | None:
    try:
        return world.read(path).decode("ascii", "replace").strip()
    except OSError:
        return None


def _exists(*paths: str) -> Callable[[World], bool]:
    return lambda world: any(world.stamp(path) is not None for path in paths)


def _is_hyper_v(world: World) -> bool:
    return _line(world, _DMI + "sys_vendor") == "Microsoft Corporation"


# The first rule that applies decides.
_RULES: tuple[_Rule, ...] = (
    _Rule(
        lambda world: bool(world.env.get("KUBERNETES_SERVICE_HOST")),
        False,
        "a cluster anywhere may answer in IMDS's place for its pods",
    ),
    _Rule(lambda world: world.platform == "darwin", True, "Azure has no machines with macOS"),
    _Rule(
        lambda world: world.platform != "linux",
        False,
        "on other systems reading the asset tag costs more than a probe",
    ),
    _Rule(
        _exists("/.dockerenv", "/run/.containerenv"),
        False,
        "a container shows the tag of a machine whose network it need not share",
    ),
    _Rule(_exists("/var/lib/waagent"), False, "Azure's agent has been at work here"),
    _Rule(
        lambda world: _line(world, _TAG) in (None, AZURE_TAG),
        False,
        "the tag is Azure's, or there is none to read, as in WSL",
    ),
    _Rule(_is_hyper_v, False, "a machine inside one of Azure's has a tag of its own"),
    _Rule(lambda _world: True, True, "this machine's asset tag is not Azure's"),
)
