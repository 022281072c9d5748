"""The keywords that credentials share, and what a wrong one gets.

``PipelineOptions`` are azure-core's; giving any of them sends a credential's requests through
azure-core's pipeline instead of our own transport.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from entrada._credentials.persistence import TokenCachePersistenceOptions
    from entrada._engine.world import World
    from entrada._stores.store import TokenStore

_FOR_DEFAULT = "it is a keyword of DefaultAzureCredential"
_NOT_HERE = {
    "tenant_id": "name the tenant for one link, or per request: get_token(..., tenant_id=...)",
    "allow_broker": "the broker is a link of DefaultAzureCredential",
    "broker_client_id": _FOR_DEFAULT,
    "broker_tenant_id": _FOR_DEFAULT,
    "enable_support_logging": "no log here ever holds what it would let into the log",
    "enable_azure_proxy": "it is a keyword of WorkloadIdentityCredential",
    "interactive_browser_client_id": _FOR_DEFAULT,
    "interactive_browser_tenant_id": _FOR_DEFAULT,
    "shared_cache_tenant_id": _FOR_DEFAULT,
    "shared_cache_username": _FOR_DEFAULT,
    "visual_studio_code_tenant_id": _FOR_DEFAULT,
}


class PipelineOptions(TypedDict, total=False):
    """Keywords of azure-core's pipeline and its policies."""

    policies: Any
    per_call_policies: Any
    per_retry_policies: Any
    proxies: Mapping[str, str]
    proxies_use_env_settings: bool
    use_env_settings: bool
    connection_timeout: float
    read_timeout: float
    connection_verify: bool | str
    connection_cert: Any
    connection_data_block_size: int
    headers: Mapping[str, str]
    user_agent: str
    user_agent_overwrite: bool
    user_agent_use_env: bool
    request_id: str | None
    auto_request_id: bool
    logging_enable: bool
    http_logging_policy: Any
    raw_request_hook: Any
    raw_response_hook: Any
    network_span_namer: Any
    tracing_attributes: Any
    retry_total: int
    retry_connect: int
    retry_read: int
    retry_status: int
    retry_backoff_factor: float
    retry_backoff_max: float
    retry_mode: Any
    retry_on_methods: Iterable[str]


class CommonOptions(PipelineOptions, total=False):
    """Keywords of every credential.

    ``transport``: an azure-core transport, or any function from request to response.
    ``world``: the surroundings (environment, clock, files), for tests. ``store``: where tokens
    rest between processes, one of ``entrada.stores``; ``cache_persistence_options`` asks for this
    user's own file, as in azure-identity.
    """

    transport: Any
    world: World | None
    store: TokenStore | None
    cache_persistence_options: TokenCachePersistenceOptions | None


class AuthorityOptions(CommonOptions, total=False):
    """Keywords of every credential that talks to Microsoft Entra itself.

    ``disable_instance_discovery`` is accepted for compatibility: no credential here ever asks
    anybody about the authority it was given.
    """

    authority: str | None
    additionally_allowed_tenants: Iterable[str]
    disable_instance_discovery: bool | None


def check_options(owner: str, given: Iterable[str], accepted: type) -> None:
    """Raise ``TypeError`` for a keyword that is not among a TypedDict's, naming the nearest."""
    known = accepted.__annotations__
    for name in given:
        if name in known:
            continue
        if name in _NOT_HERE:
            raise TypeError(f"{owner}: the keyword {name!r} is not supported: {_NOT_HERE[name]}.")
        from difflib import get_close_matches

        near = get_close_matches(name, known, 1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise TypeError(f"{owner}: unknown keyword {name!r}.{guess}")


def pipeline_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that are for azure-core."""
    return {name: given[name] for name in given if name in PipelineOptions.__annotations__}
