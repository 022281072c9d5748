"""Commands around a running cloud: containers' variables, log, reset, down, other hosts."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from command_line import arguments, entrada, environment
from test_cli_local import up

from e2e.interrupts import heed_interrupts
from entrada.cli.arm import RESOURCES
from entrada.cli.exits import FAILED, NOT_FOUND, USAGE
from entrada.cli.running import operator_arm
from entrada.local.files import RunDirectory, RunFile

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
    pytest.mark.xdist_group("local-running"),
]

SEED = """\
[[applications]]
name = "portal"
secret = "env:PORTAL"

[[users]]
name = "ana"

[[hosts]]
name = "web"
kind = "web_app"
"""
HARD = "a$b\"c'd"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose running cloud has a seed and further names."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "cloud.toml").write_text(SEED)
    words = (
        "--seed",
        str(folder / "cloud.toml"),
        "--name",
        "cloud.test",
        "--name",
        "*.example.test",
    )
    with up(folder, *words, extra={"PORTAL": HARD}):
        yield folder


def _run_file(home: Path) -> RunFile:
    run = RunDirectory(home / "entrada" / "local").read()
    assert run is not None
    return run


def _printed(home: Path, *words: str) -> str:
    done = entrada(home, "local", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_env_file_is_lines_of_a_container_that_knows_no_quotes(home: Path) -> None:
    text = _printed(home, "env", "--shell", "docker", "--principal", "portal")
    found = dict(line.split("=", 1) for line in text.splitlines())
    port = urlsplit(_run_file(home).endpoints.login).port
    assert found["AZURE_AUTHORITY_HOST"] == f"https://host.docker.internal:{port}"
    assert found["SSL_CERT_FILE"] == "/etc/entrada/ca.pem"
    assert found["AZURE_CLIENT_SECRET"] == HARD


def test_how_to_use_an_env_file_is_told_beside_it(home: Path) -> None:
    told = entrada(home, "local", "env", "--shell", "docker").stderr
    assert "--add-host host.docker.internal:host-gateway" in told
    assert f"-v {_run_file(home).ca_file}:/etc/entrada/ca.pem:ro" in told
    assert "--public-host" in told


def test_a_hosts_identity_is_reached_by_the_containers_name_for_this_machine(home: Path) -> None:
    words = ("env", "--shell", "compose", "--for", "web", "--host", "gateway.test", "--json")
    found = json.loads(_printed(home, *words))
    port = urlsplit(_run_file(home).endpoints.hosts).port
    assert found["IDENTITY_ENDPOINT"] == f"http://gateway.test:{port}/msi/token"


def test_compose_gets_quoted_values_with_its_dollars_doubled(home: Path) -> None:
    lines = _printed(home, "env", "--shell", "compose", "--principal", "portal").splitlines()
    value = json.dumps(HARD.replace("$", "$$"))
    assert f"  AZURE_CLIENT_SECRET: {value}" in lines
    assert '  - "host.docker.internal:host-gateway"' in lines
    assert f'    source: "{_run_file(home).ca_file}"' in lines


def test_kubernetes_gets_secrets_apart_from_the_rest(home: Path) -> None:
    text = _printed(home, "env", "--shell", "k8s", "--principal", "portal")
    variables, ca, secret = text.split("\n---\n")
    assert "AZURE_AUTHORITY_HOST" in variables
    assert "AZURE_CLIENT" not in variables
    assert "kind: Secret" in secret
    assert f"  AZURE_CLIENT_SECRET: {json.dumps(HARD)}" in secret
    (line,) = [each for each in ca.splitlines() if each.startswith("  ca.pem: ")]
    assert json.loads(line.partition(": ")[2]) == Path(_run_file(home).ca_file).read_text()


def test_a_user_of_the_seed_can_be_a_shells_identity(home: Path) -> None:
    found = json.loads(_printed(home, "env", "--principal", "ana", "--json"))
    assert found["AZURE_USERNAME"] == "ana@entrada.onmicrosoft.com"
    assert "AZURE_CLIENT_SECRET" not in found
    shell = {**found, "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    assert entrada(home, "token", "arm", extra=shell).returncode == 0


def test_refusals_are_logged_with_their_reasons(home: Path) -> None:
    portal = json.loads(_printed(home, "env", "--principal", "portal", "--json"))
    group = f"/subscriptions/{portal['AZURE_SUBSCRIPTION_ID']}/resourceGroups/rg-local"
    words = ("--assignee", portal["AZURE_CLIENT_ID"], "--role", "Reader", "--scope", group)
    assert entrada(home, "role", "assign", *words, extra=portal).returncode == FAILED
    last = json.loads(_printed(home, "log", "--json", "-n", "1"))
    assert (last["service"], last["status"]) == ("arm", 403)
    assert "no role assignment" in last["reason"]
    text = _printed(home, "log")
    assert "no role assignment" in text
    assert HARD not in text
    assert _printed(home, "log", "-n", "0") == ""


def test_a_log_that_is_followed_shows_what_comes(home: Path) -> None:
    with subprocess.Popen(
        arguments("local", "log", "--follow", "-n", "0", "--json"),
        env=environment(home),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - pytest has no other thread here
    ) as follower:
        try:
            number = 0
            while not number:
                with operator_arm(_run_file(home)) as arm, pytest.raises(Exception, match="404"):
                    arm.get("/subscriptions/00000000-0000-0000-0000-000000000000/x/y/z", RESOURCES)
                number = _next_number(follower)
        finally:
            follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 130


def _next_number(follower: subprocess.Popen[str]) -> int:
    import select

    assert follower.stdout is not None
    ready, _, _ = select.select([follower.stdout], [], [], 1.0)
    return int(json.loads(follower.stdout.readline())["number"]) if ready else 0


def test_a_reset_asks_and_leaves_shells_working(home: Path) -> None:
    refused = entrada(home, "local", "reset")
    assert refused.returncode == USAGE
    assert "--yes" in refused.stderr
    before = _printed(home, "env", "--principal", "portal")
    with operator_arm(_run_file(home)) as arm:
        subscription = f"/subscriptions/{_run_file(home).subscription_id}"
        arm.put(f"{subscription}/resourceGroups/made", RESOURCES, {"location": "westeurope"})
        _printed(home, "reset", "--yes")
        names = [each["name"] for each in arm.list(f"{subscription}/resourcegroups", RESOURCES)]
    assert names == ["rg-local"]
    assert _printed(home, "env", "--principal", "portal") == before
    portal = json.loads(_printed(home, "env", "--principal", "portal", "--json"))
    assert entrada(home, "token", "arm", extra=portal).returncode == 0


@pytest.mark.parametrize(
    "name", ["localhost", "cloud.test", "a.example.test", "kv.vault.localhost"]
)
def test_the_issuer_is_the_same_by_whatever_name_a_client_comes(name: str, home: Path) -> None:
    run = _run_file(home)
    context = ssl.create_default_context(cafile=run.ca_file)
    port = urlsplit(run.endpoints.login).port
    connection = _Named("127.0.0.1", port, context, name)
    connection.request(
        "GET",
        f"/{run.tenant_id}/v2.0/.well-known/openid-configuration",
        headers={"Host": f"{name}:{port}", "X-Forwarded-Host": "evil.test"},
    )
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    assert found["issuer"] == f"{run.endpoints.login}/{run.tenant_id}/v2.0"
    assert found["token_endpoint"].startswith(f"{run.endpoints.login}/")


class _Named(http.client.HTTPSConnection):
    """A connection to an address that asks for, and checks, the certificate of another name."""

    def __init__(self, address: str, port: int | None, context: ssl.SSLContext, name: str) -> None:
        super().__init__(address, port, context=context, timeout=20)
        self._name = name
        self._checked = context

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._checked.wrap_socket(self.sock, server_hostname=self._name)


def test_a_name_that_was_not_asked_for_is_not_in_the_certificate(home: Path) -> None:
    run = _run_file(home)
    context = ssl.create_default_context(cafile=run.ca_file)
    connection = _Named("127.0.0.1", urlsplit(run.endpoints.login).port, context, "evil.test")
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.connect()
    connection.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "169.254.169.254", "--allow-remote"], "metadata service"),
        (["--host", "example.org"], "no IP address"),
        (["--name", "a b"], "no host name"),
        (["--public-host", "https://x"], "no host name"),
    ],
)
def test_where_not_to_listen_is_refused_before_anything_starts(
    words: list[str], told: str, tmp_path: Path
) -> None:
    done = entrada(tmp_path, "local", "up", *words)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert told in done.stderr
    assert not (tmp_path / "entrada").exists()


def test_a_seed_with_a_mistake_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("[[users]]\nnam = 'a'\n")
    done = entrada(tmp_path, "local", "up", "--seed", str(tmp_path / "s.toml"))
    assert done.returncode == USAGE
    assert 's.toml, line 2: in [[users]]: there is no key "nam"' in done.stderr
    assert entrada(tmp_path, "local", "status").returncode == NOT_FOUND


def test_a_cloud_for_others_is_reached_and_administered_by_its_names(tmp_path: Path) -> None:
    words = ("--host", "127.0.0.2", "--public-host", "cloud.test")
    with up(tmp_path, *words):
        run = _run_file(tmp_path)
        assert run.endpoints.login.startswith("https://cloud.test:")
        text = _printed(tmp_path, "env", "--shell", "docker")
        assert f"AZURE_AUTHORITY_HOST={run.endpoints.login}\n" in text
        assert _printed(tmp_path, "log") == ""  # from here, whatever the public name is
        context = ssl.create_default_context(cafile=run.ca_file)
        connection = _Named("127.0.0.2", urlsplit(run.endpoints.arm).port, context, "cloud.test")
        connection.request("GET", "/metadata/endpoints?api-version=2022-09-01")
        found = json.loads(connection.getresponse().read())
        connection.close()
        assert found["authentication"]["loginEndpoint"] == run.endpoints.login


def test_down_ends_the_cloud_and_waits_for_it(tmp_path: Path) -> None:
    with up(tmp_path) as process:
        done = entrada(tmp_path, "local", "down")
        assert (done.returncode, done.stderr) == (0, "")
        assert str(process.pid) in done.stdout
        assert process.wait(20) == 0
    again = entrada(tmp_path, "local", "down")
    assert (again.returncode, again.stdout) == (NOT_FOUND, "")
