"""DefaultAzureCredential's links as data, and which of them a process wants.

Light on purpose: a credential's own module loads with the first token, not with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from entrada.errors import ConfigurationError

VARIABLE = "AZURE_TOKEN_CREDENTIALS"


class Row(NamedTuple):
    """A link of the default chain.

    ``key`` makes the keyword ``exclude_{key}_credential``; ``group`` is the value of
    ``AZURE_TOKEN_CREDENTIALS`` that stands for it and its like; ``module`` and ``recipe`` say where
    it is made.
    """

    key: str
    name: str
    group: Literal["prod", "dev"]


ROWS = (
    Row("environment", "EnvironmentCredential", "prod"),
    Row("workload_identity", "WorkloadIdentityCredential", "prod"),
    Row("managed_identity", "ManagedIdentityCredential", "prod"),
    Row("cli", "AzureCliCredential", "dev"),
)

ABSENT = (
    "shared_token_cache",
    "visual_studio_code",
    "developer_cli",
    "powershell",
    "interactive_browser",
    "broker",
)
"""Links of azure-identity's chain that this one lacks: leaving them out is no change."""


def wanted_rows(
    env: Mapping[str, str], flags: Mapping[str, bool | None], *, required: bool
) -> tuple[Row, ...]:
    """Return the rows that environment and ``exclude_*`` flags leave, in order.

    A flag that is not ``None`` outweighs the variable, both ways. Raises ConfigurationError for an
    unknown value, for a missing one that is required, for a flag that asks for a link which this
    chain lacks, and when nothing is left.
    """
    for key in ABSENT:
        if flags.get(key) is False:
            raise _absent(key)
    value = env.get(VARIABLE, "").strip().lower()
    if required and not value:
        raise ConfigurationError(
            f"{VARIABLE} is not set, and require_envvar demands it.",
            code="variable_required",
            hint=f"Set {VARIABLE} to prod, dev or one credential's name.",
        )
    chosen = tuple(row for row in ROWS if _decide(flags.get(row.key), default=_named(row, value)))
    if value and value not in _values():
        raise _unknown(value)
    if not chosen:
        raise ConfigurationError(
            "DefaultAzureCredential has every credential excluded.",
            code="empty_chain",
            hint=f"Leave one in: drop an exclude_* keyword, or change {VARIABLE}.",
        )
    return chosen


def _decide(exclude: bool | None, *, default: bool) -> bool:
    return default if exclude is None else not exclude


def _named(row: Row, value: str) -> bool:
    return value in ("", row.group, row.name.lower())


def _values() -> list[str]:
    return ["prod", "dev", *(row.name.lower() for row in ROWS)]


def _absent(key: str) -> ConfigurationError:
    return ConfigurationError(
        f"exclude_{key}_credential=False asks for a credential that DefaultAzureCredential "
        "does not have.",
        code="no_such_link",
        hint=f"It has {', '.join(row.name for row in ROWS)}; put another into a "
        "ChainedTokenCredential with it.",
    )


def _unknown(value: str) -> ConfigurationError:
    from difflib import get_close_matches

    near = get_close_matches(value, _values(), 1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return ConfigurationError(
        f"{VARIABLE} has the unknown value {value!r}.",
        code="variable_unknown",
        hint=f"{guess}It takes one of: {', '.join(_values())}.",
    )
