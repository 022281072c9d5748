"""The identity that Azure gives to the resource a process runs on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import CommonOptions, check_options
from entrada._credentials.recipe import Recipe
from entrada._engine.effects import Flow
from entrada._hosts import HOSTS
from entrada._hosts.evidence import machine_of
from entrada._hosts.host import Host, Identity, Wanted
from entrada._wire.scopes import single_resource
from entrada.errors import ConfigurationError, CredentialUnavailableError
from entrada.types import Ask, Token

if TYPE_CHECKING:
    from entrada._stores.place import Place

_KINDS = ("client_id", "object_id", "resource_id")
_ABSENCE_SECONDS = 60.0


class ManagedIdentity(Recipe):
    """The recipe of ManagedIdentityCredential.

    In a chain it probes first, and remembers for a minute that nobody answered: a laptop shall
    not pay for the missing host at every call, a machine that was starting shall find it.
    """

    name = "ManagedIdentityCredential"
    probing = False
    federation = True
    """Whether a federated token in the environment will do; not where a chain excludes that."""

    def __init__(
        self,
        *,
        client_id: str | None = None,
        identity_config: Mapping[str, str] | None = None,
        **options: Unpack[CommonOptions],
    ) -> None:
        check_options(self.name, options, CommonOptions)
        super().__init__(options)
        self._identity = _identity(client_id, identity_config)
        self._absent: tuple[float, CredentialUnavailableError] | None = None

    def describe(self) -> dict[str, object]:
        """Return which identity is wanted."""
        return {self._identity.kind: self._identity.value} if self._identity.kind else {}

    def reference(self) -> Mapping[str, Any]:
        """Return the keywords, by which it pickles."""
        return {**self._options, "identity_config": self.describe() or None}

    def linked(self) -> ManagedIdentity:
        """Return this recipe with probing, its tokens shared with this one."""
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin.probing = True
        return twin

    def flow(self, ask: Ask) -> Flow[Token]:
        """Ask the host that this process runs on."""
        resource = single_resource(ask.scopes, self.name)
        world = self.world
        if self._absent is not None and world.elapsed() < self._absent[0]:
            raise self._absent[1].__class__(
                f"{self._absent[1].message} (found out less than a minute ago)",
                code=self._absent[1].code,
                hint=self._absent[1].hint,
            )
        wanted = Wanted(
            resource,
            self._identity,
            world,
            self.probing,
            self.retry,
            lambda: self._federated(ask),
            self._refused(ask),
        )
        host = next(host for host in HOSTS if host.is_here(world) and self._may_be(host))
        try:
            token = yield from host.ask(wanted)
        except CredentialUnavailableError as error:
            if self.probing and error.code != "identity_not_found":
                self._absent = (world.elapsed() + _ABSENCE_SECONDS, error)
            raise
        # Whoever answered once is there: later renewals wait with patience instead of probing.
        self._absent, self.probing = None, False
        return token

    def place(self, ask: Ask) -> Place | None:
        """Bind a token at rest to identity, machine and what the environment says of its host."""
        machine = machine_of(self.world)
        if machine is None:
            return None
        from entrada._stores.place import Owner, Place

        owner = Owner(self.name, fingerprint=repr((machine, tuple(self._identity))))
        return Place(owner, "", ask.scopes, ask.cae)

    def _may_be(self, host: Host) -> bool:
        return self.federation or host.name != "workload_identity"

    def _refused(self, ask: Ask) -> str:
        """Return the hash of the token that a claims challenge is about, if it is one of ours."""
        entry = self._entries.get(self.key(ask)) if ask.claims is not None else None
        if entry is None:
            return ""
        from hashlib import sha256

        return sha256(entry.token.token.encode()).hexdigest()

    def _federated(self, ask: Ask) -> Flow[Token]:
        kind, value = self._identity
        if kind not in ("", "client_id"):
            raise ConfigurationError(
                f"A pod's federated token is exchanged for an identity by client_id, not {kind}.",
                code="bad_identity_config",
                hint="Give client_id=, or set AZURE_CLIENT_ID.",
            )
        from entrada._credentials.workload_identity import WorkloadIdentity

        workload = WorkloadIdentity(
            client_id=value or None, world=self.world, transport=self.transport()
        )
        return (yield from workload.flow(ask))


def _identity(client_id: str | None, config: Mapping[str, str] | None) -> Identity:
    chosen = {} if client_id is None else {"client_id": client_id}
    for name, value in (config or {}).items():
        if name not in _KINDS:
            raise ConfigurationError(
                f"identity_config has no key {name!r}.",
                code="bad_identity_config",
                hint=f"It takes one of {', '.join(_KINDS)}.",
            )
        chosen[name] = value
    if client_id is not None and config:
        chosen = {**chosen, "both": ""}
    if len(chosen) > 1:
        raise ConfigurationError(
            "A managed identity is named by one of client_id, object_id and resource_id only.",
            code="bad_identity_config",
            hint="Keep one of client_id= and identity_config={...}, with one key.",
        )
    if not chosen:
        return Identity()
    kind, value = next(iter(chosen.items()))
    if not isinstance(value, str) or not value:
        raise ConfigurationError(
            f"The managed identity's {kind} is empty or no string.",
            code="bad_identity_config",
            hint=f"Give its {kind}, or leave it out for the system-assigned identity.",
        )
    return Identity(kind, value)


class ManagedIdentityCredential(SyncFace, ManagedIdentity):
    """Signs in with the managed identity of the Azure resource that this process runs on.

    Without arguments it is the system-assigned identity; ``client_id`` or ``identity_config``
    (one of ``client_id``, ``object_id``, ``resource_id``) names a user-assigned one. The host is
    found by its environment variables: Service Fabric, App Service and its like, Azure Arc, Azure
    Machine Learning, Cloud Shell, a pod's federated token; else it is Azure Arc's agent where that
    is installed, else the instance metadata service.
    """


class AsyncManagedIdentityCredential(AsyncFace, ManagedIdentity):
    """Signs in with the managed identity of this Azure resource, for asyncio."""
