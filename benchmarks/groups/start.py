"""What a program pays before its first token."""

from benchmarks.clouds import cloud_place
from benchmarks.measure import ALL, Group, Measure, times

GROUP = Group(
    "start",
    "start",
    "Start",
    "In a new process, against the local cloud over TLS. `@azure/identity` is loaded with "
    "`require`.",
    (
        Measure(
            "import_time",
            "`from … import DefaultAzureCredential`",
            "ms",
            times(10),
            ALL,
            rounds=9,
            headline=True,
        ),
        Measure(
            "first_token",
            "imports to first client-secret token",
            "ms",
            times(2),
            ALL,
            rounds=7,
            headline=True,
        ),
    ),
    cloud_place,
)
