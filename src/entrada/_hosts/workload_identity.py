"""A pod's federated token where a managed identity is asked for, as AKS sets its variables.

The exchange itself is WorkloadIdentityCredential's. It stands among the hosts because the node that
the pod runs on has an identity of its own, which is not the pod's.
"""

from __future__ import annotations

from entrada._engine.effects import Flow
from entrada._hosts.host import Wanted
from entrada.types import Token


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    return (yield from wanted.federated())
