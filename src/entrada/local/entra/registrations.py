"""What people sign in to: registered applications, and the public clients every tenant has.

Says which redirect URIs an application answers at and of which platform they are; proves nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from entrada.local import directory

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.entra.request import TokenRequest
    from entrada.local.state import Document

Platform: TypeAlias = Literal["web", "spa", "publicClient"]
PLATFORMS: tuple[Platform, ...] = ("web", "spa", "publicClient")
MULTI_TENANT = "AzureADMultipleOrgs"

FIRST_PARTY: Mapping[str, str] = {
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Microsoft Azure CLI",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Microsoft Azure PowerShell",
    "aebc6443-996d-45c2-90f0-388ff96faa56": "Visual Studio Code",
}
"""Public clients of one family: a refresh token of one serves them all."""

FAMILY = "1"
_FIRST_PARTY_URIS = ("http://localhost", "http://127.0.0.1")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FORBIDDEN_SCHEMES = ("javascript", "data", "vbscript", "file", "blob", "about")


@dataclass(frozen=True, slots=True)
class Registration:
    """An application as its users meet it; ``owner`` holds its credentials, if it can have any."""

    app_id: str
    name: str
    owner: Document = field(repr=False)
    redirect_uris: Mapping[str, Sequence[str]] = field(default_factory=dict)
    public: bool = False
    first_party: bool = False

    @property
    def is_confidential(self) -> bool:
        """Whether it has something to prove itself with."""
        kinds = ("passwordCredentials", "keyCredentials", "federatedIdentityCredentials")
        return any(self.owner.get(kind) for kind in kinds)

    @property
    def multi_tenant(self) -> bool:
        """Whether users of any tenant may sign in to it."""
        return self.first_party or self.owner.get("signInAudience") == MULTI_TENANT

    def allows_id_tokens(self) -> bool:
        """Say whether the authorization endpoint itself may answer with an id token."""
        return bool(self.owner.get("implicitGrantSettings", {}).get("enableIdTokenIssuance"))

    def platform(self, redirect_uri: str) -> Platform | None:
        """Return the platform under which a redirect URI is registered, ``None`` for none."""
        for platform in PLATFORMS:
            if any(_same_uri(each, redirect_uri) for each in self.redirect_uris.get(platform, ())):
                return platform
        return None

    def default_redirect_uri(self) -> str:
        """Return the redirect URI meant by a request without one; ``""`` where there is none."""
        every = (uri for platform in PLATFORMS for uri in self.redirect_uris.get(platform, ()))
        return next(iter(every), "")


def find_registration(request: TokenRequest, app_id: str) -> Registration:
    """Return the application that a person is to sign in to; refuse an unknown or disabled one."""
    known = FIRST_PARTY.get(app_id)
    if known is not None:
        uris = {"publicClient": _FIRST_PARTY_URIS}
        return Registration(app_id, known, {}, uris, public=True, first_party=True)
    owner = directory.application(request.cloud, app_id)
    tenant_id = request.tenant["id"] if request.tenant else None
    if owner is None or (
        tenant_id not in (None, owner["tenantId"]) and owner.get("signInAudience") != MULTI_TENANT
    ):
        shown = request.tenant["displayName"] if request.tenant else request.tenant_name
        raise request.refuse(700016, client=app_id, tenant=shown)
    principal = directory.principal_by_app_id(request.cloud, app_id, tenant_id)
    found = Registration(
        app_id,
        owner["displayName"],
        credentials(owner, principal or {}),
        owner.get("redirectUris", {}),
        public=bool(owner.get("isFallbackPublicClient")),
    )
    if principal is not None and not principal.get("accountEnabled", True):
        raise request.refuse(7000112, client=app_id, name=found.name)
    if request.tenant is None and not found.multi_tenant:
        raise request.refuse(50194, client=app_id, name=found.name, endpoint=request.tenant_name)
    return found


def credentials(application: Document | None, principal: Document) -> Document:
    """Return an application with what its service principal has to prove itself with, too."""
    if application is None:
        return principal
    both = {
        kind: [*application.get(kind, ()), *principal.get(kind, ())]
        for kind in ("passwordCredentials", "keyCredentials")
        if principal.get(kind)
    }
    return {**application, **both}


def set_sign_in(
    cloud: Cloud,
    app_id: str,
    *,
    redirect_uris: Mapping[Platform, Sequence[str]] | None = None,
    public: bool | None = None,
    multi_tenant: bool | None = None,
    id_tokens: bool | None = None,
    scopes: Sequence[str] | None = None,
) -> Document:
    """Change how people sign in to an application; ``None`` leaves a property as it is.

    ``scopes`` are the delegated permissions that it offers as an API. Raises ``LookupError`` for
    no application and ``ValueError`` for a redirect URI that no application may have.
    """
    for uri in (uri for uris in (redirect_uris or {}).values() for uri in uris):
        check_redirect_uri(uri)
    audience = {True: MULTI_TENANT, False: "AzureADMyOrg", None: None}[multi_tenant]
    changes: dict[str, object | None] = {
        "redirectUris": redirect_uris and {key: list(uris) for key, uris in redirect_uris.items()},
        "isFallbackPublicClient": public,
        "signInAudience": audience,
    }
    if id_tokens is not None:
        changes["implicitGrantSettings"] = {"enableIdTokenIssuance": id_tokens}
    if scopes is not None:
        offered = [{"id": str(uuid.uuid4()), "value": name, "isEnabled": True} for name in scopes]
        changes["oauth2PermissionScopes"] = offered
    with cloud.state.transaction():
        body = directory.application(cloud, app_id)
        if body is None:
            raise LookupError(f"there is no application {app_id}")
        body.update({name: value for name, value in changes.items() if value is not None})
        return cloud.state.put("application", body["appId"], body)


def check_redirect_uri(uri: str) -> None:
    """Raise ``ValueError`` for a redirect URI that no application may have."""
    url = urlsplit(uri)
    if not _is_plain(uri) or not url.scheme or url.fragment or url.scheme in _FORBIDDEN_SCHEMES:
        raise ValueError(f"not a redirect URI: {uri!r}")


def _same_uri(registered: str, asked: str) -> bool:
    """Compare two URIs; the port of a loopback address does not matter (RFC 8252, 7.3)."""
    if registered == asked:
        return True
    if not _is_plain(asked):
        return False
    try:
        ours, theirs = urlsplit(registered), urlsplit(asked)
        return _place(ours) == _place(theirs)
    except ValueError:
        return False


def _place(url: SplitResult) -> tuple[object, ...]:
    loopback = url.scheme == "http" and url.hostname in _LOOPBACK
    port = None if loopback else url.port
    # User information and fragment are compared too: a registered URI has neither.
    rest = (url.path or "/", url.query, url.fragment, url.username, url.password)
    return (url.scheme, url.hostname, port, *rest)


def _is_plain(uri: str) -> bool:
    return all("!" <= character <= "~" for character in uri) and "\\" not in uri
