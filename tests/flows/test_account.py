"""The record of a person, and what people's credentials say and share while they sign in."""

from __future__ import annotations

import asyncio
import json

import azure.identity
import pytest

import entrada.aio
from entrada import (
    AuthenticationRecord,
    ConfigurationError,
    DeviceCodeCredential,
    OnBehalfOfCredential,
    UsernamePasswordCredential,
)
from entrada.testing import (
    FakeClock,
    Request,
    Response,
    Script,
    World,
    json_response,
    token_response,
)

_SCOPE = "https://storage.azure.com/.default"
_CODE = {
    "device_code": "canary-device-code",
    "user_code": "ABCD2345",
    "verification_uri": "https://microsoft.com/devicelogin",
    "expires_in": 900,
    "interval": 5,
}
_RECORD = AuthenticationRecord("t1", "c1", "login.microsoftonline.com", "u1.t1", "ana@contoso.com")


def _world() -> World:
    return World.fake(clock=FakeClock())


def test_a_record_is_exchanged_with_azure_identity() -> None:
    """Either library reads what the other one wrote."""
    theirs = azure.identity.AuthenticationRecord.deserialize(_RECORD.serialize())
    assert theirs.home_account_id == _RECORD.home_account_id
    assert AuthenticationRecord.deserialize(theirs.serialize()) == _RECORD
    assert json.loads(theirs.serialize()) == json.loads(_RECORD.serialize())


def test_records_are_values() -> None:
    """Equal, hashable, and shown by tenant and name."""
    again = AuthenticationRecord.deserialize(_RECORD.serialize())
    assert {again, _RECORD} == {_RECORD}
    assert _RECORD.serialize() != _RECORD
    assert repr(_RECORD) == "AuthenticationRecord(tenant_id='t1', username='ana@contoso.com')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        "{}",
        _RECORD.serialize().replace("1.0", "2.0"),
        _RECORD.serialize().replace('"t1"', "17"),
        json.dumps({"version": "1.0", "tenantId": "t1"}),
    ],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    """The error has a code and is a ValueError."""
    with pytest.raises(ConfigurationError) as caught:
        AuthenticationRecord.deserialize(text)
    assert caught.value.code == "bad_authentication_record"


@pytest.mark.parametrize("message", ["Open the page and enter ABCD2345.", ""])
def test_a_device_code_is_shown_on_standard_error_by_default(
    message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the authority's words, or in ours where it has none; standard output stays clean."""
    script = Script(json_response({**_CODE, "message": message}), token_response())
    DeviceCodeCredential(world=_world(), transport=script).get_token(_SCOPE)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "ABCD2345" in shown.err
    assert message or "https://microsoft.com/devicelogin" in shown.err
    assert "canary" not in shown.err


def test_what_the_authority_says_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of a code or message do not reach the terminal."""
    script = Script(json_response({**_CODE, "user_code": "\x1b[2JABCD"}), token_response())
    DeviceCodeCredential(world=_world(), transport=script).get_token(_SCOPE)
    assert "\x1b" not in capsys.readouterr().err


def test_callers_who_sign_in_at_the_same_time_share_one_sign_in() -> None:
    """The person enters one code, and each caller gets the record."""
    prompts: list[str] = []
    script = Script(json_response(_CODE), token_response())
    credential = entrada.aio.DeviceCodeCredential(
        world=_world(),
        transport=script,
        prompt_callback=lambda _uri, code, _end: prompts.append(code),
    )

    async def both() -> list[AuthenticationRecord]:
        calls = [credential.authenticate(scopes=[_SCOPE]) for _ in range(2)]
        return list(await asyncio.gather(*calls))

    first, second = asyncio.run(both())
    assert first == second
    assert prompts == ["ABCD2345"]
    assert len(script.requests) == 2


def test_a_name_and_password_warn_that_they_are_deprecated() -> None:
    """The warning points to the line that constructs the credential."""
    with pytest.warns(DeprecationWarning, match="multifactor") as caught:
        UsernamePasswordCredential("c", "u", "p", world=_world())
    assert caught[0].filename == __file__


def test_many_people_are_served_by_one_credential_without_a_mix_up() -> None:
    """Each gets the token that was issued for their own assertion, from memory the second time."""

    def echo(request: Request) -> Response:
        form = dict(pair.split("=") for pair in request.body.decode().split("&"))
        return token_response(f"for-{form['assertion']}")

    script = Script(echo)
    api = OnBehalfOfCredential(
        "t", "c", client_secret="s", user_assertion="nobody", world=_world(), transport=script
    )
    people = [f"person{number}" for number in range(50)]
    for _ in range(2):
        for person in people:
            assert api.for_user(person).get_token(_SCOPE).token == f"for-{person}"
    assert len(script.requests) == len(people)
