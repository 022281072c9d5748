"""What a token costs that is in memory: the call that programs make all the time."""

from benchmarks.clouds import cloud_place
from benchmarks.measure import ALL, JS, OURS, PEER, Group, Measure, times

_TASKS = (PEER, JS, OURS)
GROUP = Group(
    "warm",
    "warm",
    "Warm",
    "Best of five times 20,000 calls in each process. MSAL has no asyncio, `@azure/identity` has "
    "nothing else.",
    (
        Measure(
            "warm_secret",
            "warm `get_token`, client secret",
            "µs",
            times(20),
            rounds=5,
            headline=True,
        ),
        Measure(
            "warm_secret_async",
            "warm `get_token`, client secret, asyncio",
            "µs",
            times(8),
            _TASKS,
            rounds=5,
            headline=True,
        ),
        Measure(
            "warm_managed_identity",
            "warm `get_token`, managed identity",
            "µs",
            times(10),
            ALL,
            rounds=5,
            headline=True,
        ),
        Measure("throughput", "warm calls, 1 thread", "/s", times(20)),
        Measure("throughput_threads", "warm calls, 8 threads", "/s", times(20)),
        Measure("throughput_async", "warm calls, asyncio", "/s", times(8), _TASKS),
    ),
    cloud_place,
)
