"""What a seed file may say: its sections and their keys, as a table.

The reader, its errors and the documentation are made from it. A section is an array of tables
(``[[users]]``); kinds of values are explained in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "text", "flag", "texts", "host kind", "secret", "secrets", "files", "tables"
]

HOST_KINDS = ("web_app", "function_app", "container_app", "virtual_machine")


@dataclass(frozen=True, slots=True)
class Key:
    """One key; ``meaning`` is a phrase for the documentation, ``keys`` are those of a table."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """A kind of value: what it is called in an error, and how to tell it."""

    text: str
    fits: Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _is_texts_by_name(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


KINDS: Mapping[Kind, Expected] = {
    "text": Expected("text", _is_text),
    "flag": Expected("true or false", lambda value: isinstance(value, bool)),
    "texts": Expected("a list of texts", _is_texts),
    "host kind": Expected("one of " + ", ".join(HOST_KINDS), lambda value: value in HOST_KINDS),
    "secret": Expected('"env:NAME", "file:PATH" or "generate"', _is_text),
    "secrets": Expected("a table of names and secrets", _is_texts_by_name),
    "files": Expected("a list of paths", _is_texts),
    "tables": Expected("a list of tables", _is_tables),
}

_GROUP = Key("resource_group", "text", "resource group, made where missing (default: rg-local)")
_FEDERATED = Key(
    "federated_credentials",
    "tables",
    "external tokens that sign in as it",
    keys=(
        Key("name", "text", "name of the credential", required=True),
        Key("issuer", "text", "`iss` of the token", required=True),
        Key("subject", "text", "`sub` of the token", required=True),
        Key("audiences", "texts", "`aud` of the token (default: api://AzureADTokenExchange)"),
    ),
)

SECTIONS: Mapping[str, tuple[Key, ...]] = {
    "users": (
        Key("name", "text", "user principal name, with or without a domain", required=True),
        Key("password", "secret", "password (default: generated)"),
        Key("display_name", "text", "name that is shown"),
        Key("given_name", "text", "first name"),
        Key("surname", "text", "last name"),
        Key("mail", "text", "mail address"),
        Key("mfa_required", "flag", "whether sign-ins need a second factor"),
    ),
    "groups": (
        Key("name", "text", "name of the security group", required=True),
        Key("members", "texts", "names of users, applications, identities, hosts or groups"),
    ),
    "applications": (
        Key("name", "text", "display name", required=True),
        Key("client_id", "text", "client id, a GUID (default: generated)"),
        Key("secret", "secret", "client secret (default: none)"),
        Key("certificates", "files", "PEM files of certificates that it signs in with"),
        _FEDERATED,
        Key("redirect_uris", "texts", "redirect URIs of a web app"),
        Key("spa_redirect_uris", "texts", "redirect URIs of a single-page app"),
        Key("public_redirect_uris", "texts", "redirect URIs of a desktop or mobile app"),
        Key("public", "flag", "whether it may sign people in without a secret"),
        Key("id_tokens", "flag", "whether the authorization endpoint hands out id tokens"),
        Key("identifier_uris", "texts", "names by which it is asked for as a resource"),
        Key("scopes", "texts", "delegated permissions that it offers as an API"),
        Key("consented", "flag", "whether an administrator consented to all (default: true)"),
    ),
    "resource_groups": (
        Key("name", "text", "name", required=True),
        Key("location", "text", "region (default: westeurope)"),
    ),
    "identities": (
        Key("name", "text", "name of the user-assigned identity", required=True),
        _GROUP,
        _FEDERATED,
    ),
    "hosts": (
        Key("name", "text", "name", required=True),
        Key("kind", "host kind", "what runs the code", required=True),
        _GROUP,
        Key("system_assigned", "flag", "whether it has an identity of its own (default: true)"),
        Key("identities", "texts", "names of user-assigned identities"),
    ),
    "storage_accounts": (
        Key("name", "text", "name", required=True),
        _GROUP,
        Key("containers", "texts", "names of blob containers"),
    ),
    "key_vaults": (
        Key("name", "text", "name", required=True),
        _GROUP,
        Key("secrets", "secrets", "values of secrets by their names"),
    ),
    "iot_hubs": (
        Key("name", "text", "name", required=True),
        _GROUP,
        Key("devices", "texts", "ids of registered devices"),
    ),
    "role_assignments": (
        Key("assignee", "text", "name of a principal of this file, or an object id", required=True),
        Key("role", "text", "role's name or GUID", required=True),
        Key(
            "scope",
            "text",
            '"subscription", a name of this file, "account/container", or an ARM id',
            required=True,
        ),
    ),
}

PRINCIPALS = ("users", "groups", "applications", "identities", "hosts")
"""The sections whose entries can be members and assignees, by their names."""

RESOURCES = (
    "resource_groups",
    "identities",
    "hosts",
    "storage_accounts",
    "key_vaults",
    "iot_hubs",
)
"""The sections whose entries can be scopes, by their names."""
