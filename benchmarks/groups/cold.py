"""How many requests it takes to fill an empty memory, which the server counts."""

from benchmarks.clouds import cloud_place
from benchmarks.measure import ALL, JS, OURS, PEER, Group, Measure, within

_ONE = within(1, "1")
GROUP = Group(
    "cold",
    "cold",
    "Cold",
    "Requests that reached the local cloud. The authority is known to all: none has to ask others "
    "about it.",
    (
        Measure(
            "one_cold", "HTTP requests for a cold token", "requests", _ONE, ALL, 1, headline=True
        ),
        Measure(
            "threads_cold",
            "64 threads on a cold credential",
            "requests",
            _ONE,
            rounds=1,
            headline=True,
        ),
        Measure(
            "tasks_cold",
            "500 tasks on a cold credential",
            "requests",
            _ONE,
            (PEER, JS, OURS),
            1,
            headline=True,
        ),
    ),
    cloud_place,
)
