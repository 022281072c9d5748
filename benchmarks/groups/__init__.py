"""What is measured, in the order of the page: a file a subject, each with the place it runs in."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.groups import (
    certificates,
    cold,
    command,
    laptop,
    local_cloud,
    on_behalf_of,
    renewal,
    signed_in,
    start,
    users,
    warm,
)
from benchmarks.measure import Group

GROUPS: Sequence[Group] = (
    start.GROUP,
    warm.GROUP,
    cold.GROUP,
    renewal.GROUP,
    on_behalf_of.GROUP,
    certificates.GROUP,
    *users.GROUPS,
    signed_in.GROUP,
    *laptop.GROUPS,
    command.GROUP,
    local_cloud.GROUP,
)
