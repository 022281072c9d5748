"""An Amazon workload signs in: botocore asks an STS on loopback, Entra trusts what it issued."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from entrada import FederatedCredential, sources
from entrada.errors import AuthenticationError
from entrada.testing import LocalCloud

AUDIENCE = "api://AzureADTokenExchange"
SCOPE = "https://management.azure.com/.default"
ISSUED = (
    '<GetWebIdentityTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetWebIdentityTokenResult><WebIdentityToken>{}</WebIdentityToken>"
    "<Expiration>2040-01-01T00:00:00Z</Expiration></GetWebIdentityTokenResult>"
    "</GetWebIdentityTokenResponse>"
)
REFUSED = (
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
    "<Type>Sender</Type><Code>{}</Code><Message>Not like this.</Message></Error></ErrorResponse>"
)


class Sts(ThreadingHTTPServer):
    """Answers as it is told, and keeps what it was asked."""

    status = 200
    answer = ""
    asked: list[tuple[str, dict[str, list[str]]]]


class _Handler(BaseHTTPRequestHandler):
    server: Sts

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self.server.asked.append((self.headers.get("authorization", ""), form))
        body = self.server.answer.encode()
        self.send_response(self.server.status)
        self.send_header("content-type", "text/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def sts(surroundings: pytest.MonkeyPatch) -> Iterator[Sts]:
    """Run an STS that botocore turns to, with credentials in the environment."""
    with Sts(("127.0.0.1", 0), _Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for name, value in {
            "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{server.server_port}",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not a secret",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        }.items():
            surroundings.setenv(name, value)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def workload(cloud: LocalCloud, sts: Sts) -> FederatedCredential:
    """Return the credential of a workload whose token STS issues."""
    pod = cloud.workload("amazon")
    sts.answer = ISSUED.format(pod.token)
    return FederatedCredential(pod.tenant_id, pod.client_id, source=sources.AWS())


def test_the_role_of_the_machine_signs_in(workload: FederatedCredential, sts: Sts) -> None:
    assert workload.get_token(SCOPE).token
    ((authorization, form),) = sts.asked
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert form["Action"] == ["GetWebIdentityToken"]
    assert form["Audience.member.1"] == [AUDIENCE]
    assert form["SigningAlgorithm"] == ["RS256"]


def test_an_audience_of_ones_own_goes_to_sts_even_beside_a_file(
    cloud: LocalCloud, sts: Sts, surroundings: pytest.MonkeyPatch
) -> None:
    pod = cloud.workload("amazon")
    sts.answer = ISSUED.format(pod.token)
    surroundings.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent")
    source = sources.AWS("https://my.own")
    FederatedCredential(pod.tenant_id, pod.client_id, source=source).get_token(SCOPE)
    assert sts.asked[0][1]["Audience.member.1"] == ["https://my.own"]
    assert repr(source) == "AWS('https://my.own')"


def _error(credential: FederatedCredential) -> AuthenticationError:
    with pytest.raises(AuthenticationError) as raised:
        credential.get_token(SCOPE)
    assert "not a secret" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AccessDenied", "sts:GetWebIdentityToken"),
        ("OutboundWebIdentityFederationDisabledException", "enable-outbound-web-identity"),
        ("SessionDurationEscalationException", "reference of GetWebIdentityToken"),
    ],
)
def test_a_refusal_says_what_to_do(
    code: str, hint: str, workload: FederatedCredential, sts: Sts
) -> None:
    sts.status, sts.answer = 403, REFUSED.format(code)
    error = _error(workload)
    assert (error.kind, error.code) == ("rejected", code)
    assert "Not like this." in str(error)
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("missing", "hint"),
    [
        (("AWS_REGION", "AWS_DEFAULT_REGION"), "Set AWS_REGION"),
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "attach a role"),
    ],
)
def test_without_a_region_or_a_role_there_is_nobody(
    missing: tuple[str, ...],
    hint: str,
    workload: FederatedCredential,
    surroundings: pytest.MonkeyPatch,
) -> None:
    for name in missing:
        surroundings.delenv(name)
    error = _error(workload)
    assert (error.kind, error.code) == ("unavailable", "web_identity_not_set")
    assert hint in (error.hint or "")


def test_a_silent_sts_may_answer_later(
    workload: FederatedCredential, surroundings: pytest.MonkeyPatch
) -> None:
    surroundings.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    assert _error(workload).kind == "unreachable"


def test_without_botocore_it_says_what_to_install(
    workload: FederatedCredential, surroundings: pytest.MonkeyPatch
) -> None:
    surroundings.setitem(sys.modules, "botocore.config", None)
    error = _error(workload)
    assert (error.kind, error.code) == ("unavailable", "botocore_not_installed")
    assert "pip install botocore" in (error.hint or "")
