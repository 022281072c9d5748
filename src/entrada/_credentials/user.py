"""What all credentials of a signed-in person share: refresh tokens first, then interaction.

A person's refresh token serves every scope and tenant of the application, so one sign-in is enough
for all that follows, until Entra wants to see the person again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from entrada._credentials.options import AuthorityOptions, check_options
from entrada._credentials.recipe import Recipe
from entrada._engine.retry import Retry
from entrada._wire.account import AuthenticationRecord, Grant, read_grant
from entrada._wire.authority import authority_of, token_endpoint
from entrada._wire.grants import PATIENCE, host_of, post_form
from entrada._wire.scopes import each_scope
from entrada._wire.tenants import Tenants, check_tenant, check_text
from entrada._wire.token import Context
from entrada.errors import AuthenticationError, AuthenticationRequiredError
from entrada.types import Ask, Token

if TYPE_CHECKING:
    from entrada._engine.effects import Flow, Response
    from entrada._stores.place import Owner, Place

DEVELOPER_CLIENT_ID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""Azure CLI's public client, which every tenant knows: for development only."""

_OPENID_SCOPES = ("offline_access", "openid", "profile")
_DEFAULT_TENANT = "organizations"


class UserOptions(AuthorityOptions, total=False):
    """Keywords of every credential of a person.

    ``disable_automatic_authentication``: raise AuthenticationRequiredError instead of asking the
    person. ``authentication_record``: who shall sign in, from an earlier ``authenticate()``.
    """

    tenant_id: str | None
    disable_automatic_authentication: bool
    authentication_record: AuthenticationRecord | None


class User(Recipe):
    """A public client (or a confidential one, by ``proof``) that acts for a person."""

    def __init__(
        self, client_id: str, options: Mapping[str, Any], accepted: type = UserOptions
    ) -> None:
        check_options(self.name, options, accepted)
        super().__init__(options)
        self._record: AuthenticationRecord | None = options.get("authentication_record")
        tenant = options.get("tenant_id") or (self._record.tenant_id if self._record else None)
        self._tenants = Tenants.of(
            check_tenant(tenant or _DEFAULT_TENANT, "tenant_id"),
            options.get("additionally_allowed_tenants"),
        )
        meaning = "the application (client) id of an app registration"
        self._client_id = check_text(client_id, "client_id", meaning)
        self._authority = authority_of(options.get("authority"), self.world)
        self._manual = bool(options.get("disable_automatic_authentication"))
        self._refresh_tokens: dict[bool, str] = {}

    def describe(self) -> dict[str, object]:
        """Return tenant, client id and, once known, who signed in."""
        shown: dict[str, object] = {
            "tenant_id": self._tenants.default,
            "client_id": self._client_id,
        }
        known = self._record is not None and self._record.username
        return {**shown, "username": known} if known else shown

    @property
    def authority(self) -> str:
        """The authority that people sign in at."""
        return self._authority

    def interact(self, ask: Ask, tenant: str) -> Flow[Grant]:
        """Have the person sign in."""
        raise NotImplementedError

    def account(self) -> str:
        """Return whose tokens may rest in a store: a home account id, ``""`` while unknown."""
        return self._record.home_account_id if self._record is not None else ""

    def owner(self) -> Owner | None:
        """Return whom tokens and sign-ins at rest belong to, ``None`` while that is not known."""
        from entrada._stores.place import Owner

        account = self.account()
        return Owner("person", self._authority, self._client_id, account) if account else None

    def place(self, ask: Ask) -> Place | None:
        """Bind a token at rest to authority, tenant, application and person."""
        owner = self.owner()
        if owner is None:
            return None
        from entrada._stores.place import Place

        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        return Place(owner, tenant, ask.scopes, ask.cae)

    def flow(self, ask: Ask) -> Flow[Token]:
        """Get a token without the person where that is possible, else with them."""
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        reason = "nobody has signed in yet"
        tried = ""
        # Another process may have signed in anew, or before: what rests comes after what we know.
        for known in (self._remembered, self._at_rest):
            refresh_token = yield from known(ask.cae)
            if refresh_token is None or refresh_token == tried:
                continue
            tried = refresh_token
            try:
                return (yield from self._refresh(ask, tenant, refresh_token))
            except AuthenticationError as error:
                if error.kind not in ("rejected", "needs_user"):
                    raise
                yield from self._forget(ask.cae, refresh_token)
                reason = error.message
                # What the refusal demands is what the person has to meet.
                ask = ask._replace(claims=getattr(error, "claims", None) or ask.claims)
        if self._manual:
            raise self.required(ask, reason)
        return (yield from self.sign_in(ask)).token

    def sign_in(self, ask: Ask) -> Flow[Grant]:
        """Have the person sign in, whoever signed in before, and remember them."""
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        return (yield from self._kept((yield from self.interact(ask, tenant)), ask))

    def routed_sign_in(self, ask: Ask) -> Flow[AuthenticationRecord]:
        """Sign in through the caller's transport; the token is remembered for its ask.

        Callers at the same time share one sign-in.
        """
        from entrada._engine.watch import routed

        records: list[AuthenticationRecord] = []

        def start() -> Flow[Token]:
            grant = yield from routed(self.sign_in(ask), self.transport())
            records.append(self.record(grant))
            return grant.token

        yield from self.lookup().fetch(self.key(ask), ask.claims or "", start)
        return records[0] if records else cast("AuthenticationRecord", self._record)

    def record(self, grant: Grant) -> AuthenticationRecord:
        """Return the record of a grant's account."""
        return AuthenticationRecord(
            grant.tenant_id,
            self._client_id,
            host_of(self._authority),
            grant.home_account_id,
            grant.username,
        )

    def keep(self, grant: Grant, ask: Ask) -> Grant:
        """Remember who signed in and how to renew their tokens."""
        if grant.refresh_token is not None:
            self._refresh_tokens[ask.cae] = grant.refresh_token
        if grant.username or self._record is None:
            self._record = self.record(grant)
        return grant

    def required(self, ask: Ask, reason: str) -> AuthenticationRequiredError:
        """Build the error that asks the app to let its person sign in."""
        return AuthenticationRequiredError(
            ask.scopes,
            f"{self.name}: a person has to sign in: {reason}",
            ask.claims,
            code="sign_in_required",
            hint="Call credential.authenticate(scopes=error.scopes, claims=error.claims) where "
            "somebody can answer.",
        )

    def context(self, url: str, tenant: str, ask: Ask) -> Context:
        """Return what messages may say of a request."""
        scope = " ".join(ask.scopes)
        return Context(self.name, host_of(url), tenant, self._client_id, scope, interactive=True)

    def redeem_grant(
        self,
        form: Mapping[str, str],
        ask: Ask,
        tenant: str,
        policy: Retry,
        nonce: str | None = None,
    ) -> Flow[Grant]:
        """Send a form of a person's grant to the tenant's token endpoint."""
        response, context = yield from self.exchange(form, ask, tenant, policy)
        return read_grant(response, self.world.now(), context, nonce)

    def exchange(
        self, form: Mapping[str, str], ask: Ask, tenant: str, policy: Retry
    ) -> Flow[tuple[Response, Context]]:
        """Send a form and return the answer, whatever it says, with what to say of it."""
        url = token_endpoint(self._authority, tenant)
        context = self.context(url, tenant, ask)
        body = {"client_id": self._client_id, "client_info": "1", **form}
        response = yield from post_form(
            url, body, ask, world=self.world, context=context, policy=self.retry(policy)
        )
        return response, context

    def renewal(self, form: dict[str, str], tenant: str) -> Flow[dict[str, str]]:  # noqa: ARG002
        """Return the form of a renewal; a confidential client adds its proof."""
        yield from ()
        return form

    def scope(self, ask: Ask) -> str:
        """Return the ``scope`` parameter: what is asked for, and what renewing it takes."""
        return " ".join((*ask.scopes, *_OPENID_SCOPES))

    def _refresh(self, ask: Ask, tenant: str, refresh_token: str) -> Flow[Token]:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "scope": self.scope(ask),
        }
        body = yield from self.renewal(form, tenant)
        grant = yield from self.redeem_grant(body, ask, tenant, PATIENCE)
        return (yield from self._kept(grant, ask)).token

    def _remembered(self, cae: bool) -> Flow[str | None]:
        yield from ()
        return self._refresh_tokens.get(cae)

    def _at_rest(self, cae: bool) -> Flow[str | None]:
        owner, storage = self.owner(), self.storage()
        if owner is None or storage is None:
            return None
        from entrada._stores.place import SignInPlace

        sign_in = yield from storage.sign_in(SignInPlace(owner, cae))
        return None if sign_in is None else sign_in.refresh_token

    def _kept(self, grant: Grant, ask: Ask) -> Flow[Grant]:
        """Remember a grant, in the store as well."""
        self.keep(grant, ask)
        owner, storage = self.owner(), self.storage()
        if owner is not None and storage is not None and grant.refresh_token is not None:
            from entrada._stores.place import SignIn, SignInPlace

            sign_in = SignIn(
                grant.refresh_token,
                self.record(grant).serialize(),
                grant.object_id,
                grant.family,
                grant.id_token,
                ask.scopes,
            )
            yield from storage.keep_sign_in(SignInPlace(owner, ask.cae), sign_in)
        return grant

    def _forget(self, cae: bool, refresh_token: str) -> Flow[None]:
        """Forget what was refused, unless another process has something newer by now."""
        if self._refresh_tokens.get(cae) == refresh_token:
            del self._refresh_tokens[cae]
        if (yield from self._at_rest(cae)) == refresh_token:
            from entrada._stores.place import SignInPlace

            owner, storage = self.owner(), self.storage()
            if owner is not None and storage is not None:
                yield from storage.forget_sign_in(SignInPlace(owner, cae))


def scopes_to_sign_in(scopes: Iterable[str] | None, authority: str) -> tuple[str, ...]:
    """Return the scopes of an ``authenticate()`` call, by default Azure Resource Manager's."""
    from entrada._wire.clouds import CLOUDS, cloud_of

    if scopes is None:
        cloud = cloud_of(authority) or CLOUDS[0]
        return (f"{cloud.arm}/.default",)
    example = 'authenticate(scopes=["https://storage.azure.com/.default"])'
    return each_scope(scopes, example)
