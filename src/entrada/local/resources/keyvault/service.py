"""Key Vault at the local cloud: from a request to Azure's answer, errors included.

The vault is found, the caller authenticated, the operation selected, the caller authorized, and
the operation run; the last two in one transaction of the state.
"""

from __future__ import annotations

import re
from dataclasses import replace

from entrada._engine.effects import Response
from entrada.local.cloud import Cloud
from entrada.local.http import Inbound
from entrada.local.resources.keyvault.authentication import authenticate
from entrada.local.resources.keyvault.authorization import authorize
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import VaultError, bad_parameter, error_reply
from entrada.local.resources.keyvault.operations import select

_CLIENT_REQUEST_ID = "x-ms-client-request-id"
_ECHOABLE = re.compile(r"[\x21-\x7e]{1,1024}")


def answer(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a request for a vault, in any of the forms of ``vault_names``."""
    try:
        response = _perform(cloud, inbound)
    except VaultError as error:
        if not _is_ordinary(inbound, error):
            code = f"{error.code}/{error.inner}" if error.inner else error.code
            reason = " ".join(error.message.split())
            cloud.refused("vault", inbound, error.status, f"{code}: {reason}")
        response = error_reply(error)
    headers = {"cache-control": "no-cache", "pragma": "no-cache", "expires": "-1"}
    sent = inbound.headers.get(_CLIENT_REQUEST_ID, "")
    if _ECHOABLE.fullmatch(sent):
        headers[_CLIENT_REQUEST_ID] = sent
    return response._replace(headers={**headers, **response.headers})


def _perform(cloud: Cloud, inbound: Inbound) -> Response:
    context = Context.of(cloud, inbound)
    context = replace(context, claims=authenticate(context))
    if not inbound.query.get("api-version"):
        raise bad_parameter("The query parameter api-version is missing; api-version=7.4 will do.")
    operation, params = select(context)
    context = replace(context, params=params)
    context.check_name()
    with cloud.state.transaction():
        authorize(context, operation.permission)
        return operation.run(context)


def _is_ordinary(inbound: Inbound, error: VaultError) -> bool:
    """Say whether nobody asks why a request was answered so.

    A client's first request has no token, to be told the authority; and by a missing secret
    applications tell what is there.
    """
    asked_for_challenge = error.status == 401 and inbound.bearer is None
    return asked_for_challenge or error.code == "SecretNotFound"
