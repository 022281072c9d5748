"""Azure Arc: no answer of an endpoint makes us read and send any file but the agent's own key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from entrada import (
    AuthenticationRejectedError,
    CredentialUnavailableError,
    ManagedIdentityCredential,
)
from entrada.testing import Response, Script, World, token_response

SCOPE = "https://storage.azure.com/.default"
ENV = {"IDENTITY_ENDPOINT": "http://127.0.0.1:40342/t", "IMDS_ENDPOINT": "http://127.0.0.1:40342"}
FOLDER = "/var/opt/azcmagent/tokens/"
KEY = FOLDER + "a1.key"


def challenge(header: str | None) -> Response:
    return Response(401, {} if header is None else {"www-authenticate": header}, b"{}")


def world(files: Mapping[str, bytes], platform: str = "linux") -> World:
    return World.fake(ENV, files=files, platform=platform)


def test_the_key_is_sent_as_it_stands_in_the_file() -> None:
    script = Script(challenge(f"Basic realm={KEY}"), token_response())
    credential = ManagedIdentityCredential(world=world({KEY: b"canary"}), transport=script)
    assert credential.get_token(SCOPE).token == "token"
    first, second = script.requests
    assert first.url == second.url
    assert "Authorization" not in first.headers
    assert second.headers == {"Metadata": "true", "Authorization": "Basic canary"}


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/etc/a1.key",
        FOLDER + "../a1.key",
        FOLDER + "sub/a1.key",
        FOLDER + "a1.key.txt",
        FOLDER + ".key",
        FOLDER + "..key",
        FOLDER,
        "/var/opt/azcmagent/tokensX/a1.key",
        "var/opt/azcmagent/tokens/a1.key",
        KEY + "\n",
        FOLDER.upper() + "a1.key",
        FOLDER.replace("/", "\\") + "a1.key",
    ],
)
def test_any_other_file_is_neither_read_nor_sent(path: str) -> None:
    reads: list[str] = []

    def read(asked: str, _limit: int) -> bytes:
        reads.append(asked)
        return b"secret"

    script = Script(challenge(f'Basic realm="{path}"'), token_response())
    watching = world({})._replace(read_secret=read)
    with pytest.raises(AuthenticationRejectedError) as caught:
        ManagedIdentityCredential(world=watching, transport=script).get_token(SCOPE)
    assert caught.value.code == "arc_challenge_refused"
    assert (reads, len(script.requests)) == ([], 1)


@pytest.mark.parametrize("header", [None, "", "Bearer realm=x", f"realm={KEY}", "Basic"])
def test_a_challenge_without_a_path_is_not_answered(header: str | None) -> None:
    script = Script(challenge(header))
    with pytest.raises(AuthenticationRejectedError):
        ManagedIdentityCredential(world=world({KEY: b"k"}), transport=script).get_token(SCOPE)
    assert len(script.requests) == 1


@pytest.mark.parametrize("content", [b"x" * 4097, b"", b"a\r\nX: y", b"\xff"])
def test_what_is_no_key_is_not_sent(content: bytes) -> None:
    script = Script(challenge(f"Basic realm={KEY}"))
    with pytest.raises(AuthenticationRejectedError, match="no key"):
        ManagedIdentityCredential(world=world({KEY: content}), transport=script).get_token(SCOPE)
    assert len(script.requests) == 1


def test_a_key_that_may_not_be_read_says_which_group_may() -> None:
    script = Script(challenge(f"Basic realm={KEY}"))
    with pytest.raises(CredentialUnavailableError) as caught:
        ManagedIdentityCredential(world=world({}), transport=script).get_token(SCOPE)
    assert caught.value.code == "arc_key_unreadable"
    assert "himds" in str(caught.value.hint)


def test_on_windows_case_and_slashes_do_not_matter() -> None:
    path = "c:\\programdata\\azureconnectedmachineagent\\tokens\\a1.key"
    realm = "C:/ProgramData/AzureConnectedMachineAgent/Tokens/a1.key"
    script = Script(challenge(f"Basic realm={realm}"), token_response())
    credential = ManagedIdentityCredential(world=world({path: b"k"}, "win32"), transport=script)
    assert credential.get_token(SCOPE).token == "token"


def test_other_platforms_have_no_arc() -> None:
    credential = ManagedIdentityCredential(
        world=world({}, "darwin"), transport=Script(challenge(""))
    )
    with pytest.raises(CredentialUnavailableError, match="Linux and Windows"):
        credential.get_token(SCOPE)


@pytest.mark.parametrize(
    ("config", "echo"),
    [
        ({"client_id": "AB"}, {"client_id": "ab"}),
        ({"object_id": "AB"}, {"object_id": "ab"}),
        ({"resource_id": "/R"}, {"msi_res_id": "/r"}),
        ({"resource_id": "/R"}, {"mi_res_id": "/r"}),
    ],
)
def test_a_user_assigned_identity_has_to_be_confirmed(
    config: dict[str, str], echo: dict[str, str]
) -> None:
    for fields, fine in ((echo, True), ({}, False), (dict.fromkeys(echo, "other"), False)):
        script = Script(token_response(**fields))
        credential = ManagedIdentityCredential(
            identity_config=config, world=world({}), transport=script
        )
        if fine:
            assert credential.get_token(SCOPE).token == "token"
        else:
            with pytest.raises(AuthenticationRejectedError, match="did not confirm"):
                credential.get_token(SCOPE)


def test_an_installed_agent_is_asked_at_its_own_port() -> None:
    script = Script(token_response())
    installed = World.fake(files={"/opt/azcmagent/bin/himds": b""})
    ManagedIdentityCredential(world=installed, transport=script).get_token(SCOPE)
    assert script.requests[0].url.startswith(
        "http://localhost:40342/metadata/identity/oauth2/token?"
    )


def test_a_link_a_pipe_and_a_file_that_anybody_may_write_are_no_secrets(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"secret")
    read = World.real().read_secret
    assert read(str(target), 6) == b"secret"
    with pytest.raises(ValueError, match="more than 5 bytes"):
        read(str(target), 5)
    link, pipe = tmp_path / "link.key", tmp_path / "pipe.key"
    link.symlink_to(target)
    os.mkfifo(pipe)
    target.chmod(0o602)
    for path in (link, pipe, target, tmp_path):
        with pytest.raises(OSError):
            read(str(path), 100)
