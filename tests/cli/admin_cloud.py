"""A running local cloud as a shell sees it that is signed in as the cloud's operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from entrada.local.seed import seed_operator
from entrada.testing import LocalCloud

GROUP = "msdocs-sdk-auth-example"


@contextmanager
def admin_cloud() -> Iterator[LocalCloud]:
    """Run a cloud with one resource group."""
    with LocalCloud() as cloud:
        cloud.resource_group(GROUP)
        yield cloud


def as_operator(cloud: LocalCloud) -> dict[str, str]:
    """Return the variables that ``entrada local env`` sets."""
    ends = cloud.endpoints
    return {
        **cloud.environment(),
        **seed_operator(cloud).environment(),
        "ENTRADA_LOCAL_ARM": ends.arm,
        "ENTRADA_LOCAL_GRAPH": ends.graph,
    }
