"""What the caller waits for who finds a token due."""

from functools import partial

from benchmarks.clouds import SlowCloud, cloud_place
from benchmarks.measure import ALL, Group, Measure, within

GROUP = Group(
    "renewal",
    "renewal",
    "Renewal",
    "The server says `refresh_in: 2` and takes 200 ms for a token; the call is made after 3.1 s.",
    (
        Measure(
            "stale",
            "call past `refresh_on`, 200 ms server",
            "ms",
            within(1, "< 1 ms"),
            ALL,
            headline=True,
            reason="The renewal is handed to a thread of its own; where other programs keep the "
            "cores busy, starting it waits for one.",
        ),
    ),
    partial(cloud_place, SlowCloud),
)
