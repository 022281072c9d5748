"""An API that takes the local cloud's tokens, beside verifiers that are not ours.

What PyJWT, joserfc and jose (Node.js) take is taken, and what they refuse is refused.
"""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import joserfc.errors
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import Depends, FastAPI
from joserfc import jwk
from joserfc import jwt as joserfc_jwt

import entrada
from e2e.people import PEOPLE
from e2e.scripts import run
from e2e.serving import served
from e2e.ways import SignIn, fresh
from entrada.local.entra.registrations import set_sign_in
from entrada.local.keys import signing_key
from entrada.local.provision import ServicePrincipal
from entrada.testing import LocalCloud
from entrada.web.api import AsyncTokenValidator, TokenClaims, TokenRefusedError, TokenValidator
from entrada.web.api_fastapi import EntraBearer

pytestmark = PEOPLE

Claims: TypeAlias = dict[str, Any]
Forge: TypeAlias = Callable[[LocalCloud, Claims], str]

_FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_HOUR = 3600


class Called(NamedTuple):
    """An API, a user's and an application's token for it, and the client's id token."""

    api: ServicePrincipal
    user_token: str
    app_token: str
    client_id: str


@pytest.fixture
def called(cloud: LocalCloud, surroundings: pytest.MonkeyPatch) -> Called:
    return _call(cloud, version=2)


def _call(cloud: LocalCloud, version: int) -> Called:
    api = cloud.api(fresh("api"), "Files.Read", token_version=version)
    client = cloud.public_client(fresh("client"))
    ana = cloud.user(fresh("ana"))
    person = entrada.UsernamePasswordCredential(
        client, ana.username, ana.password, tenant_id=cloud.tenant_id
    )
    robot = cloud.service_principal(fresh("robot"))
    application = entrada.ClientSecretCredential(
        cloud.tenant_id, robot.client_id, robot.client_secret
    )
    uri = f"api://{api.client_id}"
    with person, application:
        return Called(
            api,
            person.get_token(f"{uri}/Files.Read").token,
            application.get_token(f"{uri}/.default").token,
            client,
        )


@pytest.fixture
def validator(cloud: LocalCloud, called: Called) -> Iterator[TokenValidator]:
    made = TokenValidator(client_id=called.api.client_id, tenant_id=cloud.tenant_id)
    with made:
        yield made


def _documents(cloud: LocalCloud, middle: str) -> dict[str, Any]:
    """Return the metadata with their key document under ``jwks``."""
    trust = ssl.create_default_context(cafile=str(cloud.ca_file))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )

    def read(url: str) -> Any:
        with opener.open(url, timeout=10) as answer:
            return json.load(answer)

    url = f"{cloud.endpoints.login}/{cloud.tenant_id}{middle}/.well-known/openid-configuration"
    found: dict[str, Any] = read(url)
    return {**found, "jwks": read(found["jwks_uri"])}


def _pyjwt(token: str, audience: str, documents: Claims) -> Claims | None:
    keys = jwt.PyJWKSet.from_dict(documents["jwks"])
    try:
        kid = str(jwt.get_unverified_header(token).get("kid"))
        claims: Claims = jwt.decode(
            token,
            keys[kid],
            algorithms=["RS256"],
            audience=audience,
            issuer=documents["issuer"],
            options={"require": ["exp", "nbf", "iss", "aud"]},
        )
    except (jwt.PyJWTError, KeyError):
        return None
    return claims


def _joserfc(token: str, audience: str, documents: Claims) -> Claims | None:
    needed: Any = {
        "iss": {"essential": True, "value": documents["issuer"]},
        "aud": {"essential": True, "value": audience},
        "exp": {"essential": True},
    }
    keys = jwk.KeySet.import_key_set(documents["jwks"])
    try:
        found = joserfc_jwt.decode(token, keys, algorithms=["RS256"])
        joserfc_jwt.JWTClaimsRegistry(**needed).validate(found.claims)
    except (joserfc.errors.JoseError, ValueError):
        return None
    return found.claims


def _jose(
    node: str, cloud: LocalCloud, tokens: list[str], audience: str, documents: Claims
) -> list[Claims | None]:
    nobody = SignIn("DefaultAzureCredential", {}, {})
    request: Any = {
        "tokens": tokens,
        "audience": audience,
        "issuer": documents["issuer"],
        "jwks": documents["jwks_uri"],
    }
    verdicts = run(node, "jose.mjs", cloud, nobody, **request)
    return [verdict.get("claims") for verdict in verdicts]


@pytest.mark.parametrize("version", [1, 2])
def test_tokens_of_the_local_cloud_validate_everywhere(
    version: int, node: str, cloud: LocalCloud
) -> None:
    """A user's and an application's, with the same claims for all verifiers."""
    called = _call(cloud, version)
    documents = _documents(cloud, "/v2.0" if version == 2 else "")
    client_id = called.api.client_id
    audience = client_id if version == 2 else f"api://{client_id}"
    tokens = [called.user_token, called.app_token]
    with TokenValidator(client_id=client_id, tenant_id=cloud.tenant_id) as validator:
        ours = [dict(validator.validate(token)) for token in tokens]
        kinds = [validator.validate(token).is_app for token in tokens]
    assert kinds == [False, True]
    assert [_pyjwt(token, audience, documents) for token in tokens] == ours
    assert [_joserfc(token, audience, documents) for token in tokens] == ours
    assert _jose(node, cloud, tokens, audience, documents) == ours


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _with(**changes: Any) -> Forge:
    return lambda cloud, claims: signing_key(cloud.cloud).sign({**claims, **changes})


def _moved(seconds: float) -> Forge:
    def forge(cloud: LocalCloud, claims: Claims) -> str:
        moved = {name: claims[name] + seconds for name in ("exp", "nbf", "iat")}
        return signing_key(cloud.cloud).sign({**claims, **moved})

    return forge


def _unsigned(_cloud: LocalCloud, claims: Claims) -> str:
    header = {"alg": "none"}
    return ".".join([*(_segment(json.dumps(part).encode()) for part in (header, claims)), ""])


def _by_secret(cloud: LocalCloud, claims: Claims) -> str:
    """Sign with the published key's modulus as a shared secret."""
    key = signing_key(cloud.cloud)
    header = {"alg": "HS256", "kid": key.kid}
    text = ".".join(_segment(json.dumps(part).encode()) for part in (header, claims))
    proof = hmac.digest(str(key.jwk["n"]).encode(), text.encode(), "sha256")
    return f"{text}.{_segment(proof)}"


def _foreign(kid: str | None) -> Forge:
    def forge(cloud: LocalCloud, claims: Claims) -> str:
        named = kid or signing_key(cloud.cloud).kid
        return jwt.encode(claims, _FOREIGN, "RS256", headers={"kid": named})

    return forge


_OTHER = "99999999-9999-4999-8999-999999999999"

REFUSED_BY_ALL: dict[str, Forge] = {
    "alg none": _unsigned,
    "HS256 with the public key": _by_secret,
    "unknown kid": _foreign("nobody"),
    "another's key under our kid": _foreign(None),
    "another audience": _with(aud=_OTHER),
    "another issuer": _with(iss=f"https://login.example/{_OTHER}/v2.0"),
    "expired": _moved(-2 * _HOUR),
    "not yet valid": _moved(2 * _HOUR),
}


def _refusal(validator: TokenValidator, token: str) -> str | None:
    with pytest.raises(TokenRefusedError) as caught:
        validator.validate(token)
    return caught.value.code


def test_what_others_refuse_is_refused(
    node: str, cloud: LocalCloud, called: Called, validator: TokenValidator
) -> None:
    """Each with a reason; the good token beside them is taken by all."""
    claims = dict(validator.validate(called.user_token))
    documents = _documents(cloud, "/v2.0")
    audience = called.api.client_id
    tokens = [forge(cloud, claims) for forge in REFUSED_BY_ALL.values()]
    assert all(_refusal(validator, token) for token in tokens)
    assert [_pyjwt(token, audience, documents) for token in tokens] == [None] * len(tokens)
    assert [_joserfc(token, audience, documents) for token in tokens] == [None] * len(tokens)
    *theirs, good = _jose(node, cloud, [*tokens, called.user_token], audience, documents)
    assert theirs == [None] * len(tokens)
    assert good == claims


@pytest.mark.parametrize("name", ["tid", "ver", "ver 1", "id", "guest"])
def test_what_only_entras_rules_refuse(
    name: str, cloud: LocalCloud, called: Called, validator: TokenValidator
) -> None:
    """A verifier that knows no more than JSON Web Tokens takes all of these."""
    forges: dict[str, tuple[Forge, str]] = {
        "tid": (_with(tid=_OTHER), "wrong_issuer"),
        "ver": (_with(ver="3.0"), "unknown_version"),
        "ver 1": (_with(ver="1.0"), "wrong_issuer"),
        "guest": (_with(acct=1), "guest"),
    }
    claims = dict(validator.validate(called.user_token))
    if name == "id":
        plain = {key: claims[key] for key in claims if key not in ("scp", "azp", "idtyp")}
        token, code = _with(nonce="n")(cloud, plain), "no_access_token"
    else:
        forge, code = forges[name]
        token = forge(cloud, claims)
    documents = _documents(cloud, "/v2.0")
    assert _pyjwt(token, called.api.client_id, documents)
    assert _joserfc(token, called.api.client_id, documents)
    assert _refusal(validator, token) == code


def test_another_cloud_with_the_same_tenant_is_another_authority(
    cloud: LocalCloud, called: Called
) -> None:
    """What it signs for the same API is refused: its keys are not ours."""
    with (
        LocalCloud() as elsewhere,
        TokenValidator(
            client_id=called.api.client_id,
            tenant_id=elsewhere.tenant_id,
            authority=elsewhere.endpoints.login,
            transport=elsewhere.handle,
        ) as validator,
    ):
        assert _refusal(validator, called.user_token) == "unknown_key"


def test_an_api_over_http_serves_its_callers(cloud: LocalCloud, called: Called) -> None:
    """By FastAPI and uvicorn: users by scope; applications without a role are refused."""
    with served(_files(cloud, called)) as origin, httpx.Client(trust_env=False) as client:

        def status(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return client.get(f"{origin}/files", headers=headers).status_code

        assert status(called.user_token) == 200
        assert status(called.app_token) == 403
        assert status(f"{called.user_token}x") == 401
        assert client.get(f"{origin}/files").status_code == 401


def test_swagger_uis_button_gets_a_token_that_the_api_takes(
    cloud: LocalCloud, called: Called
) -> None:
    """By what OpenAPI says, as the page does it: a code with PKCE, redeemed from its origin."""
    ana = cloud.user(fresh("ana"))
    with served(_files(cloud, called)) as origin, httpx.Client(trust_env=False) as client:
        scheme = client.get(f"{origin}/openapi.json").json()["components"]["securitySchemes"]
        flow = scheme["Entra"]["flows"]["authorizationCode"]
        page = f"{origin}/docs/oauth2-redirect"
        swagger = cloud.public_client(fresh("swagger"))
        set_sign_in(cloud.cloud, swagger, redirect_uris={"spa": [page]}, public=True)
        verifier = "v" * 64
        query = {
            "response_type": "code",
            "client_id": swagger,
            "redirect_uri": page,
            "scope": " ".join(flow["scopes"]),
            "state": "s",
            "code_challenge": _segment(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        where = cloud.authorize(f"{flow['authorizationUrl']}?{urlencode(query)}", ana.username)
        assert where.startswith(f"{page}?")
        form = {
            "grant_type": "authorization_code",
            "code": dict(parse_qsl(urlsplit(where).query))["code"],
            "client_id": query["client_id"],
            "redirect_uri": page,
            "code_verifier": verifier,
        }
        trust = ssl.create_default_context(cafile=str(cloud.ca_file))
        with httpx.Client(trust_env=False, verify=trust) as browser:
            answer = browser.post(flow["tokenUrl"], data=form, headers={"Origin": origin})
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert client.get(f"{origin}/files", headers=headers).json() == ana.object_id


def test_a_key_roll_over_under_load_loses_no_valid_request(
    cloud: LocalCloud, called: Called
) -> None:
    """Threads keep calling with old and new tokens while the authority changes its key."""
    old = called.user_token
    claims = jwt.decode(old, options={"verify_signature": False})
    statuses: list[int] = []
    rolled, enough = threading.Event(), threading.Event()
    fresh_tokens: list[str] = []

    def keep_calling(origin: str) -> None:
        with httpx.Client(trust_env=False) as client:
            after = 0
            while after < 25:
                token = fresh_tokens[after % 5] if rolled.is_set() and after % 2 else old
                headers = {"Authorization": f"Bearer {token}"}
                statuses.append(client.get(f"{origin}/files", headers=headers).status_code)
                after += rolled.is_set()
                if len(statuses) >= 40:
                    enough.set()

    with served(_files(cloud, called)) as origin:
        threads = [threading.Thread(target=keep_calling, args=(origin,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        before = signing_key(cloud.cloud).kid
        assert cloud.roll_over_keys() != before
        key = signing_key(cloud.cloud)
        fresh_tokens += [key.sign({**claims, "uti": str(count)}) for count in range(5)]
        rolled.set()
        for thread in threads:
            thread.join(60)
    assert len(statuses) >= 190
    assert set(statuses) == {200}


def _files(cloud: LocalCloud, called: Called) -> FastAPI:
    validator = AsyncTokenValidator(client_id=called.api.client_id, tenant_id=cloud.tenant_id)
    scope = f"api://{called.api.client_id}/Files.Read"
    bearer = EntraBearer(validator, scopes={scope: "Read files"})
    app = FastAPI()

    @app.get("/files")
    async def files(
        caller: Annotated[TokenClaims, Depends(bearer.require(scopes=["Files.Read"]))],
    ) -> str:
        return caller.object_id

    return app
