from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import textwrap

import pytest

import entrada
from entrada.errors import (
    BY_KIND,
    Attempt,
    AuthenticationRejectedError,
    AuthenticationRequiredError,
    AuthorityUnreachableError,
    ConfigurationError,
    CredentialUnavailableError,
    Kind,
    error_of,
)

KINDS: list[Kind] = ["unavailable", "needs_user", "rejected", "unreachable", "misconfigured"]


def _full() -> AuthenticationRequiredError:
    return AuthenticationRequiredError(
        ["a/.default"],
        "sign in",
        "{}",
        code="AADSTS50076",
        hint="az login",
        attempts=[Attempt("EnvironmentCredential", "unavailable", "not set", 0.001)],
        correlation_id="c-1",
        status_code=400,
    )


def _script(source: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_class_that_says_so(kind: Kind) -> None:
    error = error_of(kind, "why", code="c")

    assert type(error) is BY_KIND[kind]
    assert (error.kind, error.message, error.code) == (kind, "why", "c")


def test_whoever_waits_for_a_person_is_unavailable_to_a_chain() -> None:
    assert issubclass(AuthenticationRequiredError, CredentialUnavailableError)
    assert not issubclass(AuthenticationRejectedError, CredentialUnavailableError)
    assert not issubclass(AuthorityUnreachableError, CredentialUnavailableError)


def test_wrong_settings_are_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="wrong"):
        raise ConfigurationError("wrong")


def test_an_error_prints_its_message_its_hint_and_its_attempts() -> None:
    error = CredentialUnavailableError(
        "nothing here",
        hint="az login",
        attempts=[
            Attempt("EnvironmentCredential", "unavailable", "not set\nmore", 0.0004),
            Attempt("AzureCliCredential", "unreachable", "x" * 150, 12.3, hint="try again"),
        ],
    )

    message, hint, blank, first, second, below = str(error).split("\n")

    assert (message, hint, blank) == ("nothing here", "-> az login", "")
    assert first.split() == ["EnvironmentCredential", "unavailable", "0", "ms", "not", "set"]
    assert second.split()[:4] == ["AzureCliCredential", "unreachable", "12.3", "s"]
    assert second.endswith("…")
    assert below.strip() == "-> try again"


def test_an_error_without_anything_prints_its_message_alone() -> None:
    assert str(AuthenticationRejectedError("no")) == "no"
    assert repr(AuthenticationRejectedError("no")) == "AuthenticationRejectedError('no')"


def test_an_error_is_json_safe_data() -> None:
    said = json.loads(json.dumps(_full().to_dict()))

    assert said["error"] == "AuthenticationRequiredError"
    assert said["kind"] == "needs_user"
    assert (said["code"], said["correlation_id"], said["status_code"]) == (
        "AADSTS50076",
        "c-1",
        400,
    )
    assert said["attempts"][0]["link"] == "EnvironmentCredential"


@pytest.mark.parametrize("twin", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_a_copy_is_another_error_that_says_the_same(twin: object) -> None:
    assert callable(twin)
    error = _full()
    error.add_note("a note")

    other = twin(error)

    assert other is not error
    assert type(other) is type(error)
    assert (str(other), other.to_dict()) == (str(error), error.to_dict())
    assert (other.scopes, other.claims) == (error.scopes, error.claims)


def test_the_errors_are_names_of_the_package() -> None:
    for kind in BY_KIND.values():
        assert getattr(entrada, kind.__name__) is kind


def test_who_catches_azure_cores_and_azure_identitys_classes_catches_ours() -> None:
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from azure.identity import CredentialUnavailableError as Theirs

    assert isinstance(AuthenticationRejectedError("no"), ClientAuthenticationError | AzureError)
    assert isinstance(CredentialUnavailableError("no"), Theirs)
    assert not isinstance(AuthenticationRejectedError("no"), Theirs)
    with pytest.raises(ClientAuthenticationError, match="no"):
        raise error_of("unreachable", "no")
    assert AuthenticationRejectedError("no").response is None


def test_the_classes_join_azures_when_the_process_loads_it_and_not_before() -> None:
    printed = _script(
        """
        import sys
        from entrada import AuthenticationError, CredentialUnavailableError
        AuthenticationError("early")
        print("azure.core" in sys.modules)
        from azure.core.exceptions import ClientAuthenticationError
        print(isinstance(AuthenticationError("late"), ClientAuthenticationError))
        import azure.identity
        unavailable = CredentialUnavailableError("later")
        print(isinstance(unavailable, azure.identity.CredentialUnavailableError))
        print(isinstance(unavailable, AuthenticationError))
        """
    )

    assert printed.split() == ["False", "True", "True", "True"]


def test_threads_that_raise_at_once_all_raise_azures_class() -> None:
    printed = _script(
        """
        import sys, threading
        from entrada import AuthenticationError
        from azure.core.exceptions import ClientAuthenticationError
        sys.setswitchinterval(1e-6)
        gate, missed = threading.Barrier(32), []
        def work():
            gate.wait()
            if not isinstance(AuthenticationError("x"), ClientAuthenticationError):
                missed.append(1)
        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(missed))
        """
    )

    assert printed == "0"
