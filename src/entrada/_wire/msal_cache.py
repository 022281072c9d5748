"""MSAL's unified token cache, as JSON: what entrada reads in it and writes to it.

The layout is that of MSAL's ``TokenCache`` and the same for all its languages: sections of entries
under keys that are joined of their fields. What else stands in it is others', and stays.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from entrada.types import Token

Cache: TypeAlias = dict[str, Any]


class Client(NamedTuple):
    """An application at an authority, for itself or for one account (a home account id).

    ``environments`` are the authority's names, the one to write first; none has a port.
    """

    environments: tuple[str, ...]
    client_id: str
    account: str = ""


def parse(data: bytes) -> Cache:
    """Read a cache; nothing at all is an empty one. Raises ValueError for anything else."""
    if not data.strip():
        return {}
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def written(cache: Cache) -> bytes:
    """Return a cache as MSAL writes it."""
    return json.dumps(cache, indent=4).encode()


def access_token(cache: Cache, client: Client, realm: str, scopes: Collection[str]) -> Token | None:
    """Return a token of this client and account in a tenant that has at least these scopes."""
    wanted = set(scopes)
    for entry in _entries(cache, "AccessToken", client, client.client_id):
        held = str(entry.get("target", "")).split()
        plain = not entry.get("ext_cache_key") and not entry.get("key_id")
        if entry.get("realm") == realm and plain and wanted <= set(held):
            try:
                return _token(entry)
            except (KeyError, TypeError, ValueError):
                continue
    return None


def refresh_token(cache: Cache, client: Client) -> str | None:
    """Return the account's refresh token for this client, else one of the client's family."""
    found = _entries(cache, "RefreshToken", client, "")
    entries = [entry for entry in found if isinstance(entry.get("secret"), str)]
    own = [entry for entry in entries if entry.get("client_id") == client.client_id]
    family = [entry for entry in entries if entry.get("family_id")]
    return next((str(entry["secret"]) for entry in (*own, *family) if entry["secret"]), None)


def put_access_token(
    cache: Cache, client: Client, realm: str, scopes: Collection[str], token: Token
) -> None:
    """Keep an access token."""
    section = _section(cache, "AccessToken")
    expires_on = str(int(token.expires_on))
    entry: dict[str, Any] = {
        **_head("AccessToken", client),
        "secret": token.access_token,
        "target": " ".join(sorted(scopes)),
        "realm": realm,
        "token_type": token.token_type,
        "cached_at": str(int(token.received_on or 0)),
        "expires_on": expires_on,
        "extended_expires_on": expires_on,
    }
    if token.refresh_on is not None:
        entry["refresh_on"] = str(int(token.refresh_on))
    section[_key(client, "accesstoken", client.client_id, realm, entry["target"])] = entry
    _put_metadata(cache, client, "")


def remove_expired(cache: Cache, now: float) -> None:
    """Remove the access tokens of all clients that have expired."""
    section = _section(cache, "AccessToken")
    for key in [key for key, entry in section.items() if _expired(entry, now)]:
        del section[key]


class SignedIn(NamedTuple):
    """A person's refresh token, and what MSAL writes with it. ``scopes``: separated by spaces."""

    refresh_token: str
    family: str
    id_token: str
    scopes: str
    realm: str
    object_id: str
    username: str

    def __repr__(self) -> str:
        return "SignedIn()"


def put_sign_in(cache: Cache, client: Client, who: SignedIn, now: float) -> None:
    """Keep a sign-in, in place of the client's earlier one of that account."""
    environment = client.environments[0]
    refresh = {
        **_head("RefreshToken", client),
        "secret": who.refresh_token,
        "target": who.scopes,
        "last_modification_time": str(int(now)),
        **({"family_id": who.family} if who.family else {}),
    }
    key = _key(client, "refreshtoken", client.client_id, "", who.scopes)
    section = _section(cache, "RefreshToken")
    # One a client and account: an older one for other scopes would be found before it.
    for old in [name for name, entry in section.items() if _is_of(entry, refresh)]:
        del section[old]
    section[key] = refresh
    accounts = _section(cache, "Account")
    account_key = f"{client.account}-{environment}-{who.realm}".lower()
    known = accounts.get(account_key)
    accounts[account_key] = {
        "account_source": "authorization_code",
        **(known if isinstance(known, dict) else {}),
        "home_account_id": client.account,
        "environment": environment,
        "realm": who.realm,
        "local_account_id": who.object_id,
        "username": who.username,
        "authority_type": "MSSTS",
    }
    if who.id_token:
        entry = {**_head("IdToken", client), "secret": who.id_token, "realm": who.realm}
        key = _key(client, "idtoken", client.client_id, who.realm, "")
        _section(cache, "IdToken")[key] = entry
    _put_metadata(cache, client, who.family)


def remove_refresh_token(cache: Cache, client: Client) -> None:
    """Remove the account's refresh tokens for this very client, not those of its family."""
    section = _section(cache, "RefreshToken")
    own = _head("RefreshToken", client)
    for key in [key for key, entry in section.items() if _is_of(entry, own)]:
        del section[key]


def _put_metadata(cache: Cache, client: Client, family: str) -> None:
    environment = client.environments[0]
    key = f"appmetadata-{environment}-{client.client_id}".lower()
    known = _section(cache, "AppMetadata").get(key)
    entry = {"client_id": client.client_id, "environment": environment}
    if family:
        entry["family_id"] = family
    cache["AppMetadata"][key] = {**(known if isinstance(known, dict) else {}), **entry}


def _head(kind: str, client: Client) -> dict[str, Any]:
    return {
        "credential_type": kind,
        "home_account_id": client.account or None,
        "environment": client.environments[0],
        "client_id": client.client_id,
    }


def _key(client: Client, kind: str, *parts: str) -> str:
    return "-".join((client.account, client.environments[0], kind, *parts)).lower()


def _section(cache: Cache, name: str) -> dict[str, Any]:
    found = cache.get(name)
    if not isinstance(found, dict):
        found = cache[name] = {}
    return found


def _entries(
    cache: Cache, section: str, client: Client, client_id: str
) -> Iterator[Mapping[str, Any]]:
    """Yield a section's entries of the account, and of the application where one is named."""
    entries = cache.get(section)
    for entry in entries.values() if isinstance(entries, dict) else ():
        if (
            isinstance(entry, dict)
            and (entry.get("home_account_id") or "") == client.account
            and str(entry.get("environment")).lower() in client.environments
            and (not client_id or entry.get("client_id") == client_id)
        ):
            yield entry


def _is_of(entry: object, head: Mapping[str, Any]) -> bool:
    names = ("home_account_id", "environment", "client_id")
    return isinstance(entry, dict) and all(entry.get(name) == head[name] for name in names)


def _expired(entry: object, now: float) -> bool:
    try:
        return isinstance(entry, dict) and float(entry["expires_on"]) <= now
    except (KeyError, TypeError, ValueError):
        return False


def _token(entry: Mapping[str, Any]) -> Token:
    refresh_on = entry.get("refresh_on")
    return Token(
        str(entry["secret"]),
        float(entry["expires_on"]),
        None if refresh_on is None else float(refresh_on),
        str(entry.get("token_type") or "Bearer"),
        float(entry["cached_at"]),
    )
