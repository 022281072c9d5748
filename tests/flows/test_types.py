from __future__ import annotations

import subprocess
import sys
import textwrap

from azure.core.credentials import AccessToken, AccessTokenInfo

from entrada.types import Token, public_tokens


def _script(source: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_where_azure_core_is_loaded_the_public_tokens_are_its_own() -> None:
    token, info = public_tokens(Token("secret", 1_800_000_000.7, 1_700_000_000.2))

    assert isinstance(token, AccessToken)
    assert isinstance(info, AccessTokenInfo)
    assert token == ("secret", 1_800_000_000)
    assert (info.refresh_on, info.token_type) == (1_700_000_000, "Bearer")


def test_elsewhere_they_look_the_same_and_load_nothing() -> None:
    printed = _script(
        """
        import sys
        from entrada.types import Token, public_tokens
        token, info = public_tokens(Token("secret", 1800000000.7))
        print(token.token, token.expires_on, info.token, info.expires_on, info.refresh_on)
        print(any(name.startswith("azure") for name in sys.modules))
        """
    )

    assert printed == ["secret", "1800000000", "secret", "1800000000", "None", "False"]


def test_while_another_thread_still_loads_azure_core_the_light_ones_serve() -> None:
    printed = _script(
        """
        import sys, types
        from entrada.types import Token, public_tokens
        sys.modules["azure.core.credentials"] = types.ModuleType("half-loaded")
        print(public_tokens(Token("secret", 1))[0].token)
        del sys.modules["azure.core.credentials"]
        from azure.core.credentials import AccessToken
        print(isinstance(public_tokens(Token("secret", 1))[0], AccessToken))
        """
    )

    assert printed == ["secret", "True"]


def test_no_form_of_a_token_shows_it() -> None:
    token = Token("secret", 1_800_000_000.0)
    shown = repr([token, *public_tokens(token)]) + f"{token}"

    assert "secret" not in shown
    assert "expires_on=1800000000" in shown


def test_each_process_makes_the_public_classes_once() -> None:
    first, second = public_tokens(Token("a", 1)), public_tokens(Token("b", 1))

    assert [type(form) for form in first] == [type(form) for form in second]
