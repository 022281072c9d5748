"""What DefaultAzureCredential tells of its plan, without a request, a program or a secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada.testing import Completed, Request, Response, Run, World

_HOME = "/home/someone"
_RECORD = ".azure/ms-azuretools.vscode-azureresourcegroups/authRecord.json"


def _no_request(request: Request) -> Response:
    raise AssertionError(request.url)


def _no_run(run: Run) -> Completed:
    raise AssertionError(run.argv)


def _explain(
    env: dict[str, str] | None = None,
    files: tuple[str, ...] = (),
    programs: tuple[str, ...] = (),
    platform: str = "linux",
    make: Callable[..., Any] = entrada.DefaultAzureCredential,
    **options: Any,
) -> Any:
    world = World.fake(
        env,
        files=dict.fromkeys(files, b"canary-secret"),
        programs=dict.fromkeys(programs, _no_run),
        platform=platform,
    )
    return make(world=world, transport=_no_request, **options).explain()


def _state(plan: Any, name: str) -> tuple[str, str]:
    link = next(link for link in plan.links if link.name == name)
    return link.state, link.reason


def test_every_link_of_the_chain_has_a_line_in_order() -> None:
    plan = _explain(platform="darwin")

    assert [link.name for link in plan.links] == [
        "EnvironmentCredential",
        "WorkloadIdentityCredential",
        "ManagedIdentityCredential",
        "SharedTokenCacheCredential",
        "VisualStudioCodeCredential",
        "AzureCliCredential",
        "AzurePowerShellCredential",
        "AzureDeveloperCliCredential",
        "InteractiveBrowserCredential",
        "BrokerCredential",
    ]
    states = {link.name: link.state for link in plan.links}
    assert states.pop("InteractiveBrowserCredential") == "excluded"
    assert set(states.values()) == {"missing"}
    assert plan.first is None
    assert "there is nothing to sign in with" in str(plan)


def test_the_async_chain_has_no_browser_and_no_broker() -> None:
    names = [link.name for link in _explain(make=entrada.aio.DefaultAzureCredential).links]

    assert len(names) == 8
    assert names[-1] == "AzureDeveloperCliCredential"


def test_what_is_found_is_told_by_name_and_never_by_value() -> None:
    env = {
        "AZURE_TENANT_ID": "canary-tenant",
        "AZURE_CLIENT_ID": "canary-client",
        "AZURE_CLIENT_SECRET": "canary-secret",
        "AZURE_FEDERATED_TOKEN_FILE": "/run/token",
        "IDENTITY_ENDPOINT": "http://canary-endpoint/",
        "IDENTITY_HEADER": "canary-header",
    }
    files = (
        "/run/token",
        f"{_HOME}/.azure/azureProfile.json",
        f"{_HOME}/.IdentityService/msal.cache.nocae",
        f"{_HOME}/{_RECORD}",
    )
    plan = _explain(env, files, ("az", "pwsh"))

    found = {link.name: link.evidence for link in plan.links}
    assert found["EnvironmentCredential"] == (
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
    )
    assert found["WorkloadIdentityCredential"][-2:] == ("AZURE_FEDERATED_TOKEN_FILE", "/run/token")
    assert found["ManagedIdentityCredential"][:2] == ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")
    assert "looks like app_service" in _state(plan, "ManagedIdentityCredential")[1]
    assert found["AzureCliCredential"] == ("/usr/bin/az", f"{_HOME}/.azure/azureProfile.json")
    assert found["AzurePowerShellCredential"] == ("/usr/bin/pwsh",)
    assert plan.first.name == "EnvironmentCredential"
    assert "canary" not in f"{plan} {plan!r} {json.dumps(plan.to_dict())}"


@pytest.mark.parametrize(
    ("env", "options", "reason"),
    [
        ({"AZURE_TOKEN_CREDENTIALS": "Prod"}, {}, "AZURE_TOKEN_CREDENTIALS=prod"),
        ({}, {"profile": "prod"}, "profile='prod'"),
        ({}, {"exclude_cli_credential": True}, "exclude_cli_credential=True"),
    ],
)
def test_who_left_a_link_out_is_told(
    env: dict[str, str], options: dict[str, Any], reason: str
) -> None:
    assert _state(_explain(env, **options), "AzureCliCredential") == ("excluded", reason)


def test_a_half_described_service_principal_says_what_is_missing() -> None:
    state, reason = _state(_explain({"AZURE_CLIENT_SECRET": "x"}), "EnvironmentCredential")

    assert state == "missing"
    assert "AZURE_TENANT_ID and AZURE_CLIENT_ID missing" in reason


@pytest.mark.parametrize(
    ("env", "options", "state", "words"),
    [
        ({}, {}, "missing", "AZURE_TENANT_ID and AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE"),
        (
            {"AZURE_TENANT_ID": "t", "AZURE_FEDERATED_TOKEN_FILE": "/run/token"},
            {"workload_identity_client_id": "c"},
            "missing",
            "no file /run/token",
        ),
    ],
)
def test_workload_identity_says_what_it_lacks(
    env: dict[str, str], options: dict[str, Any], state: str, words: str
) -> None:
    found = _state(_explain(env, **options), "WorkloadIdentityCredential")

    assert found[0] == state
    assert words in found[1]


def test_a_pod_without_its_link_is_not_promised_its_identity() -> None:
    env = {
        "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com",
        "AZURE_TENANT_ID": "t",
        "AZURE_FEDERATED_TOKEN_FILE": "/run/token",
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
    }
    link = "ManagedIdentityCredential"

    assert "workload_identity" in _state(_explain(env), link)[1]
    assert (
        "only a request"
        in _state(_explain(env, exclude_workload_identity_credential=True), link)[1]
    )


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"IDENTITY_ENDPOINT": "http://x"}, ("missing", "no host")),
        ({"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://x"}, ("possible", "imds")),
    ],
)
def test_variables_of_managed_identity_are_weighed(
    env: dict[str, str], words: tuple[str, str]
) -> None:
    state, reason = _state(_explain(env), "ManagedIdentityCredential")

    assert state == words[0]
    assert words[1] in reason


def test_a_tool_that_nobody_signed_in_to_is_told_apart() -> None:
    plan = _explain(programs=("az",), env={"AZURE_TOKEN_CREDENTIALS": "dev"})

    assert _state(plan, "AzureCliCredential") == (
        "possible",
        "it is installed, perhaps nobody ever signed in",
    )
    assert "AzureCliCredential is asked first" in str(plan)


def test_the_browser_says_how_it_would_ask() -> None:
    plan = _explain({"SSH_TTY": "/dev/pts/1"}, exclude_interactive_browser_credential=False)

    assert _state(plan, "InteractiveBrowserCredential") == (
        "possible",
        "a person is asked by paste: this is an SSH session",
    )


def test_the_broker_is_asked_on_windows_and_in_wsl() -> None:
    assert _state(_explain(platform="win32"), "BrokerCredential")[0] == "possible"
    world = World.fake(files={"/proc/sys/kernel/osrelease": b"5.15-microsoft-standard-WSL2"})

    plan = entrada.DefaultAzureCredential(world=world).explain()

    assert _state(plan, "BrokerCredential")[0] == "possible"
