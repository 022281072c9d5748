"""Seed files with a mistake: each is told with its line and a way out, and nothing is changed."""

from __future__ import annotations

import pytest
from test_seed_file import SeedFolder, documents, folder

from entrada.local import directory
from entrada.local.seeding import SeedError

__all__ = ["folder"]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("x = ", 1, "not TOML"),
        ('[[user]]\nname = "a"', 1, 'no section "user"; did you mean "users"? Accepted: users, '),
        ('\n[users]\nname = "a"', 2, "write [[users]]"),
        ('[[users]]\nname = "a"\n\n[[users]]\nname = "b"\npasword = "x"', 6, 'mean "password"?'),
        ("[[users]]\nmail = 'a'", 1, "needs the key name"),
        ("[[users]]\nname = 1", 2, "name is to be text"),
        ("[[users]]\nname = 'a'\nmfa_required = 'yes'", 3, "true or false"),
        ("[[hosts]]\nname = 'a'\nkind = 'webapp'", 3, "one of web_app, function_app"),
        ("[[users]]\nname = 'a'\npassword = 'hunter2'", 3, '"env:NAME", "file:PATH" or "generate"'),
        ("[[users]]\nname = 'a'\npassword = 'env:NOT_SET'", 3, "NOT_SET is not set"),
        ("[[users]]\nname = 'a'\npassword = 'file:nowhere'", 3, "nowhere cannot be read"),
        ("[[users]]\nname = 'a'\n[[users]]\nname = 'A'", 3, "has A already, in line 1"),
        ("[[groups]]\nname = 'g'\nmembers = ['anna']\n[[users]]\nname = 'ana'", 3, 'mean "ana"?'),
        (
            "[[applications]]\nname = 'a'\n[[applications.federated_credentials]]\n"
            "name = 'f'\nissuer = 'i'\nsubjekt = 's'",
            6,
            'did you mean "subject"?',
        ),
        (
            "[[key_vaults]]\nname = 'shop'\n[[resource_groups]]\nname = 'shop'\n"
            "[[users]]\nname = 'a'\n"
            "[[role_assignments]]\nassignee = 'a'\nrole = 'Reader'\nscope = 'shop'",
            10,
            'write "resource_groups:shop" or "key_vaults:shop"',
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_way_out(
    text: str, line: int, told: str, folder: SeedFolder
) -> None:
    with pytest.raises(SeedError) as caught:
        folder.read(text)
    assert told in str(caught.value)
    assert caught.value.line == line
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "line", "told"),
    [
        ("[[storage_accounts]]\nname = 'Not-Valid'", 3, "not a valid storage account name"),
        ("[[key_vaults]]\nname = 'vault'\nsecrets = { 'a b' = 'generate' }", 3, "invalid name"),
        ("[[iot_hubs]]\nname = 'the-hub'\ndevices = ['a b']", 3, "iot_hubs.. the-hub"),
        ("[[storage_accounts]]\nname = 'fine'\ncontainers = ['NO']", 3, "InvalidResourceName"),
        ("[[applications]]\nname = 'b'\nredirect_uris = ['nowhere']", 3, "not a redirect URI"),
        (
            "[[role_assignments]]\nassignee = 'a'\nrole = 'Readr'\nscope = 'subscription'",
            3,
            "RoleDefinitionDoesNotExist",
        ),
        (
            "[[role_assignments]]\nassignee = '00000000-0000-0000-0000-000000000001'\n"
            "role = 'Reader'\nscope = 'subscription'",
            3,
            "PrincipalNotFound",
        ),
    ],
)
def test_a_seed_that_cannot_be_applied_leaves_nothing(
    entry: str, line: int, told: str, folder: SeedFolder
) -> None:
    directory.ensure_seed(folder.cloud)
    before = documents(folder.cloud)
    with pytest.raises(SeedError, match=f"line {line}: .*{told}"):
        folder.apply(f"[[users]]\nname = 'a'\n{entry}")
    assert documents(folder.cloud) == before
