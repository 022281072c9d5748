"""A job of Azure Pipelines signs in by its service connection, through every client.

What Azure DevOps does here is played by a small server: it trades a job's token for one that says
which service connection it is, the issuer being the local cloud's.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from e2e.peers import LIBRARIES
from e2e.people import made, token_of
from e2e.proofs import federated
from e2e.scripts import run
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn, fresh
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("surroundings")]

_CONNECTION = "8b0f3a6e-51c4-4c0b-8e3c-0a0f4a2d7f11"
_JOB = "the job's token"


class _Organization(HTTPServer):
    """An organization with one service connection, and what it would say of a job."""

    oidc_token = ""


class _Connections(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Organization)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        query = parse_qs(urlsplit(self.path).query)
        expected = {"api-version": ["7.1"], "serviceConnectionId": [_CONNECTION]}
        known = self.headers["authorization"] == f"Bearer {_JOB}" and query == expected
        # A client that does not say this is sent to a sign-in page (302).
        silent = self.headers["x-tfs-fedauthredirect"] == "Suppress"
        body = json.dumps({"oidcToken": self.server.oidc_token} if known else {}).encode()
        self.send_response(200 if known and silent else 401 if silent else 302)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any, **__: Any) -> None:
        """Say nothing."""


@pytest.fixture
def organization(cloud: LocalCloud, surroundings: pytest.MonkeyPatch) -> Iterator[_Organization]:
    """Run an organization whose certificate is as good as the local cloud's."""
    server = _Organization(("127.0.0.1", 0), _Connections)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cloud.ca_file.with_name("server.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    place = f"https://127.0.0.1:{server.server_port}/organization/project/oidctoken"
    surroundings.setenv("SYSTEM_OIDCREQUESTURI", place)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _job(cloud: LocalCloud, organization: _Organization) -> tuple[dict[str, str], str]:
    """Return the keywords of a job's credential, and the principal that it signs in as."""
    principal = cloud.service_principal(fresh("connection"))
    organization.oidc_token = federated(cloud, principal.client_id)
    keywords = {
        "tenant_id": principal.tenant_id,
        "client_id": principal.client_id,
        "service_connection_id": _CONNECTION,
        "system_access_token": _JOB,
    }
    return keywords, principal.object_id


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_job_signs_in_by_its_service_connection(
    library: str, cloud: LocalCloud, organization: _Organization
) -> None:
    """The token names the connection's application."""
    keywords, principal_id = _job(cloud, organization)
    credential = made(cloud, library, "AzurePipelinesCredential", **keywords)
    assert verified(cloud, token_of(credential))["oid"] == principal_id


def test_a_job_in_javascript_signs_in_by_its_service_connection(
    node: str, cloud: LocalCloud, organization: _Organization
) -> None:
    """So does @azure/identity."""
    keywords, principal_id = _job(cloud, organization)
    prepared = SignIn("AzurePipelinesCredential", keywords, {})
    got = run(node, "token.mjs", cloud, prepared, scope=SCOPE)
    assert verified(cloud, got["token"])["oid"] == principal_id
