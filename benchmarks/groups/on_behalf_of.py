"""People whom an API has not seen before: one exchange each."""

from functools import partial

from benchmarks.clouds import QuickCloud, cloud_place
from benchmarks.measure import ALL, JS, OURS, PEER, Group, Measure, times

GROUP = Group(
    "on_behalf_of",
    "on_behalf_of",
    "On behalf of new users",
    "Over TLS, against a server that checks and signs nothing, so that the client is measured; it "
    "runs on the same cores. A credential of azure-identity and `@azure/identity` serves one user, "
    "so that each new one costs a client with connections of its own; one of entrada and MSAL "
    "serves all.",
    (
        Measure(
            "first_user",
            "on-behalf-of: first call for a new user",
            "ms",
            times(3),
            ALL,
            rounds=5,
            headline=True,
        ),
        Measure("exchanges", "exchanges for new users, 8 threads", "/s", times(3)),
        Measure(
            "exchanges_async", "exchanges for new users, 64 tasks", "/s", times(3), (PEER, JS, OURS)
        ),
    ),
    partial(cloud_place, QuickCloud),
)
