"""What DefaultAzureCredential would do here, told without a request or a program.

Each row of the chain has a function that looks for its evidence: names of variables and files, so
that nothing secret can be in what it says. What is found may still be refused when it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from entrada._chain.links import Settings
from entrada._chain.plan import Verdict
from entrada._credentials import environment, evidence, surroundings
from entrada._hosts import HOSTS
from entrada._hosts.evidence import imds_ruled_out
from entrada._tools.az import AZ
from entrada._tools.azd import AZD
from entrada._tools.pwsh import PWSH
from entrada._tools.tool import Tool

State: TypeAlias = Literal["excluded", "missing", "possible"]


class PlannedLink(NamedTuple):
    """A link: ``excluded`` from the chain, ``missing`` what it needs, or ``possible``.

    ``evidence`` are names of variables and files that were found.
    """

    name: str
    state: State
    reason: str
    evidence: tuple[str, ...] = ()


class Plan(NamedTuple):
    """The links in order. ``str()`` is a table for people."""

    owner: str
    links: tuple[PlannedLink, ...]

    @property
    def first(self) -> PlannedLink | None:
        """The link that is asked first of those that have what they need."""
        return next((link for link in self.links if link.state == "possible"), None)

    def to_dict(self) -> dict[str, object]:
        """Return the plan as JSON-safe data."""
        first = self.first
        return {
            "owner": self.owner,
            "first": first.name if first else None,
            "links": [{**link._asdict(), "evidence": list(link.evidence)} for link in self.links],
        }

    def __str__(self) -> str:
        """Return one line a link, its evidence below it."""
        first = self.first
        head = f"{first.name} is asked first" if first else "there is nothing to sign in with"
        width = max(len(link.name) for link in self.links)
        lines = [f"{self.owner}: {head}."]
        for link in self.links:
            lines.append(f"  {link.name:<{width}}  {link.state:<8}  {link.reason}".rstrip())
            if link.evidence:
                lines.append(f"  {'':<{width}}            found: {', '.join(link.evidence)}")
        return "\n".join(lines)


_Finding: TypeAlias = tuple[State, str, Sequence[str]]


def explain(owner: str, verdicts: Sequence[Verdict], settings: Settings) -> Plan:
    """Return the plan of a chain, from what was decided of its rows."""
    chosen = {verdict.row.key for verdict in verdicts if verdict.included}
    settings = settings._replace(federation="workload_identity" in chosen)
    links = []
    for verdict in verdicts:
        if verdict.included:
            state, reason, found = _FINDERS[verdict.row.key](settings)
            links.append(PlannedLink(verdict.row.name, state, reason, tuple(found)))
        else:
            links.append(PlannedLink(verdict.row.name, "excluded", verdict.reason))
    return Plan(owner, tuple(links))


def _environment(settings: Settings) -> _Finding:
    env = settings.world.env
    suffices, found = environment.evidence(env)
    if suffices:
        return "possible", "variables describe a service principal", found
    return "missing", environment.why_not(env).partition(": ")[2].rstrip("."), found


# Each variable of workload identity, and the keywords that come before it.
_WORKLOAD = {
    "AZURE_TENANT_ID": ("workload_identity_tenant_id",),
    "AZURE_CLIENT_ID": ("workload_identity_client_id", "managed_identity_client_id"),
    "AZURE_FEDERATED_TOKEN_FILE": (),
}


def _workload_identity(settings: Settings) -> _Finding:
    env, options = settings.world.env, settings.options
    found, lacking = [], []
    for variable, keywords in _WORKLOAD.items():
        given = [name for name in keywords if options.get(name)]
        given += [variable] if env.get(variable) else []
        found += given[:1]
        lacking += [] if given else [variable]
    if lacking:
        return "missing", f"{' and '.join(lacking)} not set", found
    path = env["AZURE_FEDERATED_TOKEN_FILE"]
    if settings.world.stamp(path) is None:
        return "missing", f"there is no file {path}", found
    return "possible", "a federated token is at hand", [*found, path]


# Variables by which a managed identity host is known.
_HOST_VARIABLES = (
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
)


def _managed_identity(settings: Settings) -> _Finding:
    world = settings.world
    hosts = (host for host in HOSTS if host.is_here(world))
    name = next(
        host.name for host in hosts if settings.federation or host.name != "workload_identity"
    )
    found = [variable for variable in _HOST_VARIABLES if world.env.get(variable)]
    if settings.managed_identity_client_id:
        given = "managed_identity_client_id" in settings.options
        found.append("managed_identity_client_id" if given else "AZURE_CLIENT_ID")
    if name == "incomplete":
        return "missing", "the variables are those of no host", found
    if name == "imds" and "AZURE_POD_IDENTITY_AUTHORITY_HOST" not in found:
        ruled_out = imds_ruled_out(world)
        if ruled_out:
            return "missing", ruled_out, found
        return "possible", "only a request can tell whether the metadata service is here", found
    return "possible", f"this looks like {name}", found


def _shared_token_cache(settings: Settings) -> _Finding:
    path = evidence.shared_cache(settings.world, cae=False)
    if settings.world.platform != "linux":
        return "missing", "the cache of this platform is encrypted for its owner", ()
    if settings.world.stamp(path) is None:
        return "missing", f"there is no cache at {path}", ()
    return "possible", "there is a cache, unless it is encrypted", (path,)


def _visual_studio_code(settings: Settings) -> _Finding:
    path = evidence.vscode_record(settings.world)
    if path is None:
        return "missing", "nobody is signed in to Azure in Visual Studio Code", ()
    return "possible", "somebody is signed in, if azure-identity-broker is installed", (path,)


def _tool(tool: Tool) -> Callable[[Settings], _Finding]:
    def find(settings: Settings) -> _Finding:
        world = settings.world
        path = tool.program.path(world)
        if path is None:
            return "missing", f"{tool.title} is not installed", ()
        files = [name for name in tool.profile(world) if world.stamp(name) is not None]
        if not files:
            return "possible", "it is installed, perhaps nobody ever signed in", (path,)
        return "possible", "it is installed and has been used to sign in", (path, *files)

    return find


def _interactive_browser(settings: Settings) -> _Finding:
    way, reason = surroundings.choose_way(settings.world, has_terminal=True)
    return "possible", f"a person is asked by {way}: {reason}", ()


def _broker(settings: Settings) -> _Finding:
    if not evidence.is_windows(settings.world):
        return "missing", "only Windows and WSL have a broker to ask", ()
    return "possible", "Windows is asked, if azure-identity-broker is installed", ()


_FINDERS: Mapping[str, Callable[[Settings], _Finding]] = {
    "environment": _environment,
    "workload_identity": _workload_identity,
    "managed_identity": _managed_identity,
    "shared_token_cache": _shared_token_cache,
    "visual_studio_code": _visual_studio_code,
    "cli": _tool(AZ),
    "powershell": _tool(PWSH),
    "developer_cli": _tool(AZD),
    "interactive_browser": _interactive_browser,
    "broker": _broker,
}
