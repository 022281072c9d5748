"""Azure Arc's agent, version 2020-06-01, below a path that is one machine's own.

Who asks has to show that it can read a file in the agent's folder: the first request is answered
401 with the path of a fresh key, the second brings its content, once. Clients follow the path
into ``KEYS`` only, so the key is written there unless the setting ``arcKeys`` names another
folder, which a container or a test mounts at ``KEYS``.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from entrada.local.hosts.environment import host_of
from entrada.local.hosts.identities import NoSuchIdentity, UnknownResource, answer
from entrada.local.hosts.imds import without_key
from entrada.local.http import Refusal, json_reply

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

API_VERSION = "2020-06-01"
KEYS = "/var/opt/azcmagent/tokens"
SETTING = "arcKeys"
_KEY_LIFETIME = 300.0
_ECHOED = ("client_id", "object_id", "msi_res_id", "mi_res_id")


def token(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a challenge, or to the key of one a token of the machine's identities."""
    host_id = host_of(cloud, inbound.params["key"], "azure_arc")
    inbound = without_key(inbound)
    resource = _checked(cloud, inbound)
    if host_id is None:
        raise _refuse(cloud, inbound, 401, "unknown_source", "No machine has this endpoint.")
    scheme, _, key = inbound.headers.get("authorization", "").partition(" ")
    if not key:
        raise _challenge(cloud, inbound, host_id)
    if scheme.lower() != "basic" or not _redeem(cloud, key.strip(), host_id):
        raise _refuse(cloud, inbound, 401, "unauthorized_client", "The key is not the file's.")
    try:
        granted = answer(cloud, host_id, inbound.query, resource)
    except NoSuchIdentity:
        raise _refuse(cloud, inbound, 400, "invalid_request", "Identity not found") from None
    except UnknownResource as error:
        raise _refuse(cloud, inbound, 400, "invalid_resource", str(error)) from None
    except LookupError as error:
        raise _refuse(cloud, inbound, 400, "invalid_request", str(error)) from None
    echoed = {name: inbound.query[name] for name in _ECHOED if name in inbound.query}
    return json_reply(200, {**granted, **echoed})


def _checked(cloud: Cloud, inbound: Inbound) -> str:
    if inbound.headers.get("metadata", "").lower() != "true":
        message = "Required metadata header not specified"
        raise _refuse(cloud, inbound, 400, "bad_request_102", message)
    resource = inbound.query.get("resource", "")
    if inbound.query.get("api-version") != API_VERSION or not resource:
        message = f"api-version {API_VERSION} and resource are required"
        raise _refuse(cloud, inbound, 400, "invalid_request", message)
    return resource


def _challenge(cloud: Cloud, inbound: Inbound, host_id: str) -> Refusal:
    folder = _folder(cloud)
    _sweep(cloud, folder)
    key, name = secrets.token_urlsafe(48), f"{secrets.token_hex(16)}.key"
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        opened = os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o440)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(key)
    except OSError as error:
        message = (
            f"The local cloud cannot write keys to {folder} ({error.strerror}); give it the"
            f" folder: sudo install -d -o $USER {folder}"
        )
        return _refuse(cloud, inbound, 500, "keys_not_writable", message)
    expires = cloud.clock() + _KEY_LIFETIME
    document = {"resource": host_id, "file": name, "expires": expires}
    cloud.state.put("arcKey", _digest(key), document)
    body = {"error": "unauthorized_client", "error_description": "Bring the key."}
    return Refusal(json_reply(401, body, www_authenticate=f"Basic realm={KEYS}/{name}"))


def _redeem(cloud: Cloud, key: str, host_id: str) -> bool:
    """Say whether a key is one that this machine was challenged for; it is used up by that."""
    document = cloud.state.get("arcKey", _digest(key))
    if document is None or document["resource"] != host_id:
        return False
    _forget(cloud, _digest(key), _folder(cloud) / document["file"])
    return bool(cloud.clock() < document["expires"])


def _sweep(cloud: Cloud, folder: Path) -> None:
    for digest, document in cloud.state.under("arcKey"):
        if cloud.clock() >= document["expires"]:
            _forget(cloud, digest, folder / document["file"])


def _forget(cloud: Cloud, digest: str, file: Path) -> None:
    cloud.state.delete("arcKey", digest)
    file.unlink(missing_ok=True)


def _folder(cloud: Cloud) -> Path:
    setting = cloud.state.get("setting", SETTING)
    return Path(setting["value"] if setting else KEYS)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _refuse(cloud: Cloud, inbound: Inbound, status: int, error: str, text: str) -> Refusal:
    cloud.refused("hosts", inbound, status, text)
    return Refusal(json_reply(status, {"error": error, "error_description": text}))
