"""The resource owner password grant (RFC 6749, section 4.3), and where a user signs in at all."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from entrada.local import directory, people
from entrada.local.entra.answers import UNPROVED, answer, asked_scope, prove
from entrada.local.entra.clients import named_client
from entrada.local.entra.registrations import find_registration
from entrada.local.entra.tenants import COMMON, CONSUMERS
from entrada.local.http import json_reply
from entrada.local.user_tokens import SignIn

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.entra.request import TokenRequest
    from entrada.local.http import Inbound


def sign_in(request: TokenRequest) -> Response:
    """Answer a user name and password with tokens."""
    if request.tenant_name.lower() in (COMMON, CONSUMERS):
        raise request.refuse(9001023)
    registration = find_registration(request, named_client(request))
    client = prove(request, registration)
    if client.acr == UNPROVED and not registration.public:
        raise request.refuse(7000218)
    asked = asked_scope(request)
    name, password = request.required("username"), request.form.get("password", "")
    if not password:
        raise request.refuse(900144, parameter="password")
    tenant_id = request.tenant["id"] if request.tenant else None
    try:
        user = people.sign_in(request.cloud, name, password, tenant_id)
    except people.SignInFailure as failure:
        raise request.refuse(failure.code, **failure.values) from None
    home = people.home_tenant(request.cloud, user)
    moment = people.sign_in_time(request.cloud, user)
    signed_in = SignIn(user, home, moment, ("pwd",), str(uuid.uuid4()))
    return answer(request, client, signed_in, asked)


def user_realm(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer how users of a domain sign in: by password here, or not known at all."""
    name = inbound.params["user"]
    domain = name.rpartition("@")[2].lower()
    host = urlsplit(cloud.endpoints.login).netloc
    body = {"ver": "1.0", "account_type": "Unknown", "domain_name": domain}
    if directory.find_tenant(cloud, domain) or people.find_user(cloud, name):
        body["account_type"] = "Managed"
        body["cloud_instance_name"] = host
        body["cloud_audience_urn"] = "urn:federation:MicrosoftOnline"
    return json_reply(200, body)
