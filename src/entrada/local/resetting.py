"""Forgetting everything but what clients already hold: trust, keys, the tenant, seeded sign-ins.

A shell that signed in as the operator goes on working, and so does whoever trusts the certificate
authority or checks signatures by the published keys.
"""

from __future__ import annotations

from entrada.local import directory
from entrada.local.cloud import Cloud
from entrada.local.provision import Provision
from entrada.local.seed import KIND as PRINCIPALS
from entrada.local.seed import seed_again
from entrada.local.seeding import KIND as SEED
from entrada.local.seeding import Seeded, apply_seed, kept_seed


def reset(cloud: Cloud) -> Seeded:
    """Bring a cloud back to its start, its seed file applied as it was read then.

    Tenant, subscription, certificate authority and keys stay; seeded principals come back with
    the same ids and secrets. Everything is one transaction.
    """
    state = cloud.state
    places = (
        ("tenant", directory.default_tenant(cloud)),
        ("subscription", directory.default_subscription(cloud)),
    )
    with state.transaction():
        kept = [(kind, name, state.get(kind, name)) for kind, name in places]
        state.reset(keep=("setting", PRINCIPALS, SEED))
        for kind, name, body in kept:
            state.put(kind, name, body or {})
        provision = Provision(cloud)
        seed_again(provision)
        wanted = kept_seed(state)
        seeded = apply_seed(provision, wanted) if wanted else Seeded()
    cloud.simulated.clear()
    cloud.decisions.clear()
    cloud.requests.clear()
    return seeded
