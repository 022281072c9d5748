"""The token cache that Microsoft's developer tools share: MSAL's unified JSON, read only.

It holds accounts and, for applications of one family, refresh tokens that any of them may redeem.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple


class Account(NamedTuple):
    """Somebody with a refresh token in the cache. ``tenant`` is their home tenant."""

    home_account_id: str
    username: str

    @property
    def tenant(self) -> str:
        """The tenant that the account lives in, ``""`` where the id does not tell."""
        return self.home_account_id.rpartition(".")[2] if "." in self.home_account_id else ""


class SharedCache(NamedTuple):
    """What a cache holds for one cloud: who, and by which refresh tokens."""

    accounts: Mapping[str, Account]
    refresh_tokens: Mapping[str, tuple[str, ...]]

    def __repr__(self) -> str:
        return f"SharedCache({len(self.accounts)} accounts)"

    def matching(self, username: str | None, tenant: str | None) -> list[Account]:
        """Return the accounts that can sign in, of one name or one home tenant where asked."""
        return [
            account
            for account in self.accounts.values()
            if (not username or account.username.lower() == username.lower())
            and (not tenant or account.tenant == tenant)
        ]


def read_cache(data: bytes, hosts: Collection[str]) -> SharedCache:
    """Read a cache file for a cloud, whose ``hosts`` are its authority's names.

    Raises ValueError where it is none: such a file may be encrypted. Its text is never quoted.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    tokens: dict[str, tuple[str, ...]] = {}
    for entry in _entries(found, "RefreshToken", hosts):
        # Without a family a token is of use to the application alone that got it.
        if entry.get("family_id") and isinstance(secret := entry.get("secret"), str) and secret:
            home = str(entry["home_account_id"])
            tokens[home] = (*tokens.get(home, ()), secret)
    accounts = {
        home: Account(home, str(entry.get("username") or ""))
        for entry in _entries(found, "Account", hosts)
        if (home := str(entry["home_account_id"])) in tokens
    }
    return SharedCache(accounts, tokens)


def _entries(
    cache: Mapping[str, Any], section: str, hosts: Collection[str]
) -> Iterator[Mapping[str, Any]]:
    entries = cache.get(section)
    for entry in entries.values() if isinstance(entries, dict) else ():
        if (
            isinstance(entry, dict)
            and entry.get("home_account_id")
            and entry.get("environment") in hosts
        ):
            yield entry
