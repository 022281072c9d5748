"""Sign in by an auth file, as ``az ad sp create-for-rbac --sdk-auth`` writes it.

The JSON form has the service principal and the cloud's endpoints; the older form of ``name=value``
lines, read by the first Java and .NET libraries, has the same under other names.
"""

from __future__ import annotations

import codecs
import json
import logging
import os
import re
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, Unpack

from entrada._credentials.certificate import AsyncCertificateCredential, CertificateCredential
from entrada._credentials.client_secret import AsyncClientSecretCredential, ClientSecretCredential
from entrada._credentials.options import AuthorityOptions
from entrada._engine.world import World
from entrada._wire.clouds import CLOUDS, cloud_of
from entrada._wire.proof import read_file
from entrada._wire.tenants import check_path
from entrada.errors import ConfigurationError

if TYPE_CHECKING:
    from typing import TypeAlias

    Either: TypeAlias = ClientSecretCredential | CertificateCredential
    AsyncEither: TypeAlias = AsyncClientSecretCredential | AsyncCertificateCredential

VARIABLE = "AZURE_AUTH_LOCATION"
_COMMAND = "az ad sp create-for-rbac --sdk-auth --role ROLE --scopes /subscriptions/ID > FILE"

_log = logging.getLogger("entrada")
_C = TypeVar("_C")

# The JSON's keys by those of the older form, which has no more than these.
_OLDER = {
    "subscription": "subscriptionId",
    "client": "clientId",
    "key": "clientSecret",
    "certificate": "clientCertificate",
    "certificatePassword": "clientCertificatePassword",
    "tenant": "tenantId",
    "authURL": "activeDirectoryEndpointUrl",
    "baseURL": "resourceManagerEndpointUrl",
    "graphURL": "activeDirectoryGraphResourceId",
    "managementURI": "managementEndpointUrl",
}
_LINE = re.compile(r"[ \t]*([A-Za-z]\w*)[ \t]*[=:][ \t]*(.*)")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Endpoints(NamedTuple):
    """A cloud's endpoints, without a slash at the end; ``""`` where the file names none."""

    active_directory: str
    resource_manager: str
    active_directory_graph: str = ""
    sql_management: str = ""
    gallery: str = ""
    management: str = ""


class AuthFile(NamedTuple, Generic[_C]):
    """What an auth file says; ``credential`` signs its service principal in."""

    credential: _C
    tenant_id: str
    client_id: str
    subscription_id: str
    endpoints: Endpoints


def from_auth_file(
    path: str | PathLike[str] | None = None, **options: Unpack[AuthorityOptions]
) -> AuthFile[Either]:
    """Read an auth file (default: the one that ``AZURE_AUTH_LOCATION`` names).

    ``options`` are those of the credential. Raises ConfigurationError, naming file and key.
    """
    return _opened(path, options, ClientSecretCredential, CertificateCredential)


def async_from_auth_file(
    path: str | PathLike[str] | None = None, **options: Unpack[AuthorityOptions]
) -> AuthFile[AsyncEither]:
    """Read an auth file; the credential is one for asyncio."""
    return _opened(path, options, AsyncClientSecretCredential, AsyncCertificateCredential)


def _opened(
    path: str | PathLike[str] | None,
    options: AuthorityOptions,
    with_secret: Any,
    with_certificate: Any,
) -> AuthFile[Any]:
    world = options.get("world") or World.real()
    meaning = f"the path of an auth file; {VARIABLE} names one too"
    name = check_path(path or world.env.get(VARIABLE), "path", meaning)
    fields = _fields(read_file(world, name, "auth"), name)
    _warn_if_shared(name, world)
    tenant, client, subscription = (
        _required(fields, key, name) for key in ("tenantId", "clientId", "subscriptionId")
    )
    endpoints = _endpoints(fields, world)
    given: dict[str, Any] = {"authority": endpoints.active_directory, **options}
    secret, certificate = fields.get("clientSecret"), fields.get("clientCertificate")
    if secret:
        credential = with_secret(tenant, client, secret, **given)
    elif certificate:
        password = fields.get("clientCertificatePassword")
        credential = with_certificate(tenant, client, certificate, password=password, **given)
    else:
        raise _lacks("clientSecret or clientCertificate", name)
    return AuthFile(credential, tenant, client, subscription, endpoints)


def _fields(content: bytes, name: str) -> dict[str, str]:
    # PowerShell's ">" writes UTF-16, and editors on Windows a mark before UTF-8.
    encoding = next((codec for mark, codec in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
        found = json.loads(text) if text.lstrip().startswith("{") else _older_form(text)
    except (ValueError, RecursionError):
        raise _malformed(name) from None
    if not found:
        raise _malformed(name)
    return {key: value.strip() for key, value in found.items() if isinstance(value, str)}


def _older_form(text: str) -> dict[str, str]:
    """Return the values of a properties file by the JSON's names; a backslash hides a character."""
    found = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match and match[1] in _OLDER:
            found[_OLDER[match[1]]] = re.sub(r"\\(.)", r"\1", match[2])
    return found


def _endpoints(fields: Mapping[str, str], world: World) -> Endpoints:
    def url(key: str) -> str:
        return fields.get(key, "").rstrip("/")

    authority = url("activeDirectoryEndpointUrl") or world.env.get("AZURE_AUTHORITY_HOST", "")
    cloud = cloud_of(authority) or CLOUDS[0]
    return Endpoints(
        authority or f"https://{cloud.authority_host}",
        url("resourceManagerEndpointUrl") or cloud.arm,
        url("activeDirectoryGraphResourceId"),
        url("sqlManagementEndpointUrl"),
        url("galleryEndpointUrl"),
        url("managementEndpointUrl"),
    )


def _required(fields: Mapping[str, str], key: str, name: str) -> str:
    value = fields.get(key)
    if not value:
        raise _lacks(key, name)
    return value


def _lacks(key: str, name: str) -> ConfigurationError:
    older = {new: old for old, new in _OLDER.items()}.get(key)
    also = f" (older form: {older})" if older else ""
    return ConfigurationError(
        f"The auth file {name} lacks {key}{also}.",
        code="auth_file_incomplete",
        hint=f"Write it anew: {_COMMAND}",
    )


def _malformed(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"The auth file {name} is neither a JSON object nor lines of name=value.",
        code="auth_file_malformed",
        hint=f"Write it anew: {_COMMAND}",
    )


def _warn_if_shared(name: str, world: World) -> None:
    """Warn where everybody on the machine may read the file."""
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116 - pathlib costs 10 ms at start
    except OSError:
        return
    if world.platform != "win32" and mode & 0o004:
        _log.warning("everybody may read the auth file %s: chmod 600 it", name)
