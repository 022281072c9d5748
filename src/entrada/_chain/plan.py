"""DefaultAzureCredential's links as data, and which of them a process wants.

Light on purpose: a credential's own module loads with the first token, not with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from entrada.errors import ConfigurationError

VARIABLE = "AZURE_TOKEN_CREDENTIALS"
PROFILES = ("prod", "dev")


class Row(NamedTuple):
    """A link of the default chain.

    ``key`` makes the keyword ``exclude_{key}_credential``; ``group`` is the value of
    ``AZURE_TOKEN_CREDENTIALS`` (and of ``profile=``) that stands for it and its like. ``named``:
    the variable may also be its name. ``wanted``: it is in the chain unless somebody says no.
    ``asynchronous``: the async chain has it too.
    """

    key: str
    name: str
    group: Literal["prod", "dev", ""]
    named: bool = True
    wanted: bool = True
    asynchronous: bool = True


ROWS = (
    Row("environment", "EnvironmentCredential", "prod"),
    Row("workload_identity", "WorkloadIdentityCredential", "prod"),
    Row("managed_identity", "ManagedIdentityCredential", "prod"),
    Row("shared_token_cache", "SharedTokenCacheCredential", "dev", named=False),
    Row("visual_studio_code", "VisualStudioCodeCredential", "dev"),
    Row("cli", "AzureCliCredential", "dev"),
    Row("powershell", "AzurePowerShellCredential", "dev"),
    Row("developer_cli", "AzureDeveloperCliCredential", "dev"),
    Row(
        "interactive_browser", "InteractiveBrowserCredential", "", wanted=False, asynchronous=False
    ),
    Row("broker", "BrokerCredential", "dev", named=False, asynchronous=False),
)


class Choice(NamedTuple):
    """What the caller said about the links: ``exclude_*`` flags by key, and a profile."""

    flags: Mapping[str, bool | None]
    profile: str | None = None
    required: bool = False
    asynchronous: bool = False


class Verdict(NamedTuple):
    """Whether a row is in the chain, and who decided that."""

    row: Row
    included: bool
    reason: str


def wanted_rows(env: Mapping[str, str], choice: Choice) -> tuple[Row, ...]:
    """Return the rows that environment and caller leave, in order.

    Raises ConfigurationError for an unknown profile, an unknown value of the variable or a missing
    one that is required, for a flag that asks for what the chain or the profile has not, and when
    nothing is left.
    """
    verdicts = judge(env, choice)
    chosen = tuple(verdict.row for verdict in verdicts if verdict.included)
    if not chosen:
        raise ConfigurationError(
            "DefaultAzureCredential has every credential excluded.",
            code="empty_chain",
            hint=f"Leave one in: drop an exclude_* keyword or profile=, or change {VARIABLE}.",
        )
    return chosen


def judge(env: Mapping[str, str], choice: Choice) -> tuple[Verdict, ...]:
    """Say of each row whether it is in the chain, and why.

    A flag that is not ``None`` outweighs the variable, both ways; nothing outweighs a profile.
    """
    value = env.get(VARIABLE, "").strip().lower()
    rows = [row for row in ROWS if row.asynchronous or not choice.asynchronous]
    _check(value, rows, choice)
    return tuple(_verdict(row, value, choice) for row in rows)


def _verdict(row: Row, value: str, choice: Choice) -> Verdict:
    flag = choice.flags.get(row.key)
    if choice.profile is not None and row.group != choice.profile:
        return Verdict(row, included=False, reason=f"profile={choice.profile!r}")
    if flag is not None:
        return Verdict(row, not flag, f"exclude_{row.key}_credential={flag}")
    if value:
        named = value == row.group or (row.named and value == row.name.lower())
        return Verdict(row, named, f"{VARIABLE}={value}")
    return Verdict(row, row.wanted, "" if row.wanted else "left out unless asked for")


def _check(value: str, rows: list[Row], choice: Choice) -> None:
    profile = choice.profile
    if profile is not None and profile not in PROFILES:
        raise ConfigurationError(
            f"profile has the unknown value {profile!r}.",
            code="profile_unknown",
            hint=f"It takes one of: {', '.join(PROFILES)}.",
        )
    for row in ROWS:
        if choice.flags.get(row.key) is not False:
            continue
        if row not in rows:
            raise _absent(row, rows)
        if profile is not None and row.group != profile:
            raise ConfigurationError(
                f"exclude_{row.key}_credential=False contradicts profile={profile!r}, which has "
                f"no {row.name}.",
                code="not_in_profile",
                hint="Drop one of the two.",
            )
    if choice.required and not value:
        raise ConfigurationError(
            f"{VARIABLE} is not set, and require_envvar demands it.",
            code="variable_required",
            hint=f"Set {VARIABLE} to prod, dev or one credential's name.",
        )
    known = [*PROFILES, *(row.name.lower() for row in rows if row.named)]
    if value and value not in known:
        raise _unknown(value, known)


def _absent(row: Row, rows: list[Row]) -> ConfigurationError:
    return ConfigurationError(
        f"exclude_{row.key}_credential=False asks for a credential that the asynchronous "
        "DefaultAzureCredential does not have.",
        code="no_such_link",
        hint=f"It has {', '.join(row.name for row in rows)}; put another into a "
        "ChainedTokenCredential with it.",
    )


def _unknown(value: str, known: list[str]) -> ConfigurationError:
    from difflib import get_close_matches

    near = get_close_matches(value, known, 1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return ConfigurationError(
        f"{VARIABLE} has the unknown value {value!r}.",
        code="variable_unknown",
        hint=f"{guess}It takes one of: {', '.join(known)}.",
    )
