"""What a machine shows of itself without a packet: whether it can be one of Azure's at all.

Azure gives all its virtual machines the same asset tag, which cloud-init goes by too. A wrong
"no" would hide an identity and a wrong "perhaps" costs one probe, so doubt means "perhaps".
"""

from __future__ import annotations

from collections.abc import Callable

from entrada._engine.effects import Flow, call
from entrada._engine.world import World
from entrada._hosts.host import WHO
from entrada.errors import CredentialUnavailableError

VARIABLE = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
"""Names what answers in the place of the instance metadata service (IMDS), as an origin."""

AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"
_DMI = "/sys/class/dmi/id/"
_TAG = _DMI + "chassis_asset_tag"

_BOOT = "/proc/sys/kernel/random/boot_id"
_HOSTNAME = "/proc/sys/kernel/hostname"
_SAYS = ("AZURE_", "IDENTITY_", "IMDS_", "MSI_")

_ARC = {
    "linux": "/opt/azcmagent/bin/himds",
    "win32": "{ProgramFiles}\\AzureConnectedMachineAgent\\himds.exe",
}


def anywhere(_world: World) -> bool:
    """Say that something can be wherever nothing else is."""
    return True


def arc_is_installed(world: World) -> bool:
    """Say whether Azure Arc's agent is here."""
    program = _ARC.get(world.platform)
    return program is not None and world.stamp(in_folders(program, world)) is not None


def in_folders(template: str, world: World) -> str:
    """Return a path with the names of Windows' folders filled in."""
    return template.format(
        ProgramFiles=world.env.get("ProgramFiles", "C:\\Program Files"),
        ProgramData=world.env.get("ProgramData", "C:\\ProgramData"),
    )


def look_around(world: World) -> Flow[None]:
    """Save a laptop the packets: raise CredentialUnavailableError where evidence rules IMDS out."""
    if world.env.get(VARIABLE):
        return
    reason = yield from call(lambda: imds_ruled_out(world), "evidence of Azure")
    if reason:
        raise CredentialUnavailableError(
            f"{WHO}: there is no managed identity here: {reason}.",
            code="no_imds",
            hint=f"Where something does answer in IMDS's place, name it in {VARIABLE}.",
        )


def imds_ruled_out(world: World) -> str:
    """Return why the metadata service cannot be here, or nothing where it has to be asked."""
    excludes, reason = next(row[1:] for row in _RULES if row[0](world))
    return reason if excludes else ""


def machine_of(world: World) -> str | None:
    """Return what tells this machine and its host from all others, ``None`` where nothing does.

    Two machines may share a home folder, two containers a kernel, and have two identities each. A
    host's variables hold secrets, so the result is for hashing only.
    """
    boot = _line(world, _BOOT)
    name = f"{boot} {_line(world, _HOSTNAME)}" if boot else world.env.get("COMPUTERNAME")
    said = {key: value for key, value in world.env.items() if key.startswith(_SAYS)}
    return repr((name, sorted(said.items()))) if name else None


def _line(world: World, path: str) -> str | None:
    try:
        return world.read(path).decode("ascii", "replace").strip()
    except OSError:
        return None


def _exists(*paths: str) -> Callable[[World], bool]:
    return lambda world: any(world.stamp(path) is not None for path in paths)


def _is_in_cluster(world: World) -> bool:
    return bool(world.env.get("KUBERNETES_SERVICE_HOST"))


def _is_mac(world: World) -> bool:
    return world.platform == "darwin"


def _is_not_linux(world: World) -> bool:
    return world.platform != "linux"


def _may_have_azures_tag(world: World) -> bool:
    return _line(world, _TAG) in (None, AZURE_TAG)


def _is_hyper_v(world: World) -> bool:
    return _line(world, _DMI + "sys_vendor") == "Microsoft Corporation"


# (where it applies, whether IMDS cannot be there, why); the first rule that applies decides
_RULES: tuple[tuple[Callable[[World], bool], bool, str], ...] = (
    (
        _is_in_cluster,
        False,
        "a cluster anywhere may answer in IMDS's place for its pods",
    ),
    (_is_mac, True, "Azure has no machines with macOS"),
    (
        _is_not_linux,
        False,
        "on other systems reading the asset tag costs more than a probe",
    ),
    (
        _exists("/.dockerenv", "/run/.containerenv"),
        False,
        "a container shows the tag of a machine whose network it need not share",
    ),
    (_exists("/var/lib/waagent"), False, "Azure's agent has been at work here"),
    (
        _may_have_azures_tag,
        False,
        "the tag is Azure's, or there is none to read, as in WSL",
    ),
    (_is_hyper_v, False, "a machine inside one of Azure's has a tag of its own"),
    (anywhere, True, "this machine's asset tag is not Azure's"),
)
