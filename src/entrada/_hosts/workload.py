"""A pod's federated token where a managed identity is asked for, as AKS sets its variables.

The exchange itself is WorkloadIdentityCredential's; this is the evidence, and its place among the
hosts: the node that the pod runs on has an identity of its own, which is not the pod's.
"""

from __future__ import annotations

from entrada._engine.effects import Flow
from entrada._hosts.host import Host, Wanted, has
from entrada.types import Token


def _flow(wanted: Wanted) -> Flow[Token]:
    return (yield from wanted.federated())


WORKLOAD = Host(
    "workload_identity",
    has("AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
    _flow,
)
