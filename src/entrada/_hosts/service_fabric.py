"""Service Fabric's applications, on clusters that its users run themselves.

Wire: ``GET {IDENTITY_ENDPOINT}`` over TLS with the header ``Secret``, api-version
2019-07-01-preview. The node's certificate is self-signed: the environment names its SHA-1, and
nothing but that certificate gets the secret.
"""

from __future__ import annotations

import re

from entrada._engine.effects import Flow, Request, Response, TransportFailure, Trust
from entrada._engine.retry import Retry
from entrada._hosts.exchange import ask_host, no_choice, query, read_host_token
from entrada._hosts.host import WHO, Wanted
from entrada.errors import (
    AuthenticationRejectedError,
    ConfigurationError,
    CredentialUnavailableError,
)
from entrada.types import Token

NAME = "Service Fabric's identity endpoint"
THUMBPRINT = "IDENTITY_SERVER_THUMBPRINT"
_PATIENCE = Retry(tries=4, base=0.4, longest=5.0, failures=False)
_SEPARATORS = re.compile(r"[\s:]")
_SHA1 = re.compile(r"[0-9a-f]{40}")


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    env = wanted.world.env
    if wanted.identity.kind:
        raise no_choice(
            wanted, NAME, "Leave it out; the application's manifest says which identity it has."
        )
    trust = Trust(thumbprint=_thumbprint(env[THUMBPRINT]))
    endpoint = env["IDENTITY_ENDPOINT"]
    if not endpoint.lower().startswith("https://"):
        raise ConfigurationError(
            f"{WHO}: IDENTITY_ENDPOINT is no https URL, so its certificate cannot be checked.",
            code="bad_identity_endpoint",
            hint=f"Unset {THUMBPRINT} where this is not Service Fabric.",
        )
    parameters = wanted.parameters("2019-07-01-preview")
    if wanted.refused_sha256:
        parameters["token_sha256_to_refresh"] = wanted.refused_sha256
    headers = {"Secret": env["IDENTITY_HEADER"]}
    request = Request("GET", query(endpoint, parameters), headers, trust=trust)
    response = yield from _ask(request, wanted)
    # 404 is ManagedIdentityNotFound: the application has no identity.
    return read_host_token(response, _PATIENCE, wanted, NAME, missing=(400, 404))


def _ask(request: Request, wanted: Wanted) -> Flow[Response]:
    try:
        return (yield from ask_host(request, _PATIENCE, wanted, NAME))
    except CredentialUnavailableError as error:
        failure = error.__cause__
        if isinstance(failure, TransportFailure) and failure.reason == "tls":
            raise AuthenticationRejectedError(
                f"{WHO}: {NAME} has not proved that it is the node's own: {failure.detail}.",
                code="wrong_certificate",
                hint="Restart the application: the cluster's certificate may have been replaced "
                "since it started. The secret was not sent.",
            ) from failure
        raise


def _thumbprint(text: str) -> str:
    """Return a thumbprint as 40 small hexadecimal digits; raise ConfigurationError for others."""
    plain = _SEPARATORS.sub("", text).lower()
    if _SHA1.fullmatch(plain):
        return plain
    raise ConfigurationError(
        f"{WHO}: {THUMBPRINT} is not the SHA-1 of a certificate: 40 hexadecimal digits.",
        code="bad_thumbprint",
        hint="Service Fabric sets it; do not change it.",
    )
