"""The web identity token of an Amazon workload: from the file that EKS keeps, or from STS.

STS issues one by its ``GetWebIdentityToken`` (not at its global endpoint). AWS signs requests by a
scheme of its own and knows a dozen places where its credentials may be; both are botocore's part.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrada._engine.effects import Flow, call
from entrada._sources.file import File
from entrada._sources.issuer import FRESH_HINT
from entrada._sources.source import Exchange
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    AuthorityUnreachableError,
    CredentialUnavailableError,
)

_VARIABLE = "AWS_WEB_IDENTITY_TOKEN_FILE"
_STS = "AWS STS"
_LIFETIME = 300
_SECONDS = 5
_UNAVAILABLE: Mapping[str, str] = {
    "NoCredentialsError": "AWS has no credentials here: attach a role to the machine, or run "
    "aws configure.",
    "NoRegionError": "Set AWS_REGION: STS issues these tokens in its regions only.",
    "ProfileNotFound": "AWS_PROFILE names a profile that is not in ~/.aws/config.",
}
_REFUSED: Mapping[str, str] = {
    "AccessDenied": "Allow the role sts:GetWebIdentityToken.",
    "OutboundWebIdentityFederationDisabledException": "Switch it on for the AWS account: aws iam "
    "enable-outbound-web-identity-federation.",
}


class AWS:
    """The Amazon workload that this process is.

    Where ``AWS_WEB_IDENTITY_TOKEN_FILE`` is set that file is read, else STS is asked for a token
    of the role that botocore finds. ``audience`` is what the federated credential expects (default:
    the cloud's own); a file's audience is fixed, so with one given STS is always asked.
    """

    def __init__(self, audience: str | None = None) -> None:
        self._audience = audience

    @property
    def name(self) -> str:
        """What messages call it."""
        return _STS if self._audience else f"{_VARIABLE} or {_STS}"

    @property
    def expired_hint(self) -> str:
        """The next thing to do where its assertion has expired."""
        return FRESH_HINT if self._audience else File.expired_hint

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Read the file or ask STS; raise CredentialUnavailableError where AWS knows nobody."""
        path = exchange.world.env.get(_VARIABLE)
        if path and not self._audience:
            return (yield from File(path).fetch(exchange))
        audience = self._audience or exchange.audience
        return (yield from call(lambda: _issued(audience, exchange.who), _STS))

    def __repr__(self) -> str:
        return f"AWS({self._audience!r})" if self._audience else "AWS()"


def _issued(audience: str, who: str) -> str:
    try:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import Session
    except ImportError as error:
        raise CredentialUnavailableError(
            f"{who}: {_VARIABLE} is not set, and asking {_STS} needs botocore.",
            code="botocore_not_installed",
            hint="pip install botocore (boto3 brings it).",
        ) from error
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS)
    try:
        answer = (
            Session()
            .create_client("sts", config=config)
            .get_web_identity_token(
                Audience=[audience], SigningAlgorithm="RS256", DurationSeconds=_LIFETIME
            )
        )
    except (BotoCoreError, ClientError) as error:
        raise _failure(error, who) from error
    token: str = answer["WebIdentityToken"]
    return token


def _failure(error: Exception, who: str) -> AuthenticationError:
    kind = type(error).__name__
    if kind in _UNAVAILABLE:
        return CredentialUnavailableError(
            f"{who}: {_VARIABLE} is not set, and {_STS} cannot be asked: {error}",
            code="web_identity_not_set",
            hint=_UNAVAILABLE[kind],
        )
    answer = getattr(error, "response", None)
    if not answer:
        return AuthorityUnreachableError(
            f"{who}: {_STS} cannot be asked: {error}",
            code="no_answer",
            hint="See that AWS_REGION is right and its STS endpoint can be reached, and try again.",
        )
    told = answer["Error"]
    return AuthenticationRejectedError(
        f"{who}: {_STS} refused: {told['Code']}: {told['Message']}",
        code=told["Code"],
        hint=_REFUSED.get(told["Code"], "The reference of GetWebIdentityToken explains the code."),
    )
