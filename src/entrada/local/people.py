"""Entra's people: users with passwords, groups, and when somebody's sign-ins were revoked.

Functions over State; no HTTP, no tokens. A document has the property names of Microsoft Graph.
A password is kept as a salted scrypt hash only.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.keys import iso_time

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

LOCKOUT_THRESHOLD = 10
LOCKOUT_SECONDS = 60
"""Entra's smart lockout: after ten wrong passwords in a row nobody gets in for a minute."""

_COST, _BLOCK, _PARALLEL = 2**14, 8, 1


class SignInFailure(Exception):
    """A sign-in that failed; ``code`` is the AADSTS number, ``values`` fill the code's text."""

    def __init__(self, code: int, **values: str) -> None:
        super().__init__(f"AADSTS{code}")
        self.code = code
        self.values = values


def create_user(
    cloud: Cloud,
    name: str,
    *,
    password: str,
    display_name: str = "",
    given_name: str | None = None,
    surname: str | None = None,
    mail: str | None = None,
    mfa_required: bool = False,
    tenant_id: str | None = None,
) -> Document:
    """Create a user; a ``name`` without ``@`` gets the tenant's domain.

    Raises ``ValueError`` where the user principal name is taken, ``LookupError`` for no tenant.
    """
    tenant = _tenant(cloud, tenant_id)
    upn = name if "@" in name else f"{name}@{tenant['domain']}"
    body: Document = {
        "id": str(uuid.uuid4()),
        "tenantId": tenant["id"],
        "userPrincipalName": upn,
        "displayName": display_name or upn.partition("@")[0],
        "givenName": given_name,
        "surname": surname,
        "mail": mail,
        "accountEnabled": True,
        "passwordHash": password_hash(password),
        "passwordExpired": False,
        "mfaRequired": mfa_required,
        "sessionsValidFrom": 0,
        "createdDateTime": iso_time(cloud.clock()),
    }
    with cloud.state.transaction():
        if find_user(cloud, upn) is not None:
            raise ValueError(f"there is a user {upn} already")
        return cloud.state.put("user", body["id"], body)


def user(cloud: Cloud, object_id: str) -> Document | None:
    """Return the user with that object id, or ``None``."""
    return cloud.state.get("user", object_id)


def users(cloud: Cloud, tenant_id: str | None = None) -> list[Document]:
    """Return a tenant's users, or all, in order of their user principal names."""
    found = [body for _, body in cloud.state.under("user")]
    kept = [each for each in found if tenant_id in (None, home_tenant(cloud, each))]
    return sorted(kept, key=lambda each: str(each["userPrincipalName"]).lower())


def find_user(cloud: Cloud, name: str, tenant_id: str | None = None) -> Document | None:
    """Return the user with that principal name, in any case of letters, or that object id."""
    wanted = name.strip().lower()
    for each in users(cloud, tenant_id):
        if wanted in (each["userPrincipalName"].lower(), each["id"].lower()):
            return each
    return None


def home_tenant(cloud: Cloud, body: Document) -> str:
    """Return the id of the tenant that a user lives in."""
    return str(body.get("tenantId") or directory.default_tenant(cloud))


def update_user(cloud: Cloud, object_id: str, **changes: object) -> Document:
    """Change properties of a user; raise ``LookupError`` where there is none."""
    with cloud.state.transaction():
        body = user(cloud, object_id)
        if body is None:
            raise LookupError(f"there is no user {object_id}")
        return cloud.state.put("user", object_id, {**body, **changes})


def set_password(cloud: Cloud, object_id: str, password: str, *, expired: bool = False) -> Document:
    """Give a user another password, which must be changed at once where it is ``expired``."""
    cloud.state.delete("signInFailures", object_id)
    return update_user(
        cloud, object_id, passwordHash=password_hash(password), passwordExpired=expired
    )


def delete_user(cloud: Cloud, object_id: str) -> bool:
    """Delete a user and its memberships; say whether it was there."""
    with cloud.state.transaction():
        forget_member(cloud, object_id)
        return cloud.state.delete("user", object_id)


def sign_in(cloud: Cloud, name: str, password: str, tenant_id: str | None = None) -> Document:
    """Return the user of that name and password; raise :class:`SignInFailure`."""
    body = find_user(cloud, name, tenant_id)
    if body is None:
        place = tenant_id or directory.default_tenant(cloud)
        raise SignInFailure(50034, user=name, tenant=_tenant(cloud, place)["displayName"])
    check_password(cloud, body, password)
    check_usable(body)
    if body.get("passwordExpired"):
        raise SignInFailure(50055)
    return body


def check_usable(body: Document) -> None:
    """Raise :class:`SignInFailure` for a disabled user."""
    if not body.get("accountEnabled", True):
        raise SignInFailure(50057)


def check_password(cloud: Cloud, body: Document, password: str) -> None:
    """Raise :class:`SignInFailure` for a wrong password, and for any one while locked out."""
    now, key = cloud.clock(), body["id"]
    failures = cloud.state.get("signInFailures", key) or {"count": 0, "lockedUntil": 0}
    if now < failures["lockedUntil"]:
        raise SignInFailure(50053)
    if password_matches(str(body.get("passwordHash") or ""), password):
        cloud.state.delete("signInFailures", key)
        return
    failures["count"] += 1
    if failures["count"] >= LOCKOUT_THRESHOLD:
        failures = {"count": 0, "lockedUntil": now + LOCKOUT_SECONDS}
    cloud.state.put("signInFailures", key, failures)
    raise SignInFailure(50126)


def password_hash(password: str) -> str:
    """Return what is kept of a password: ``scrypt:N:r:p:salt:hash`` in hex."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt:{_COST}:{_BLOCK}:{_PARALLEL}:{salt.hex()}:{digest.hex()}"


def password_matches(kept: str, password: str) -> bool:
    """Compare a password with what :func:`password_hash` kept of one."""
    if not kept.startswith("scrypt:"):
        return False
    _, cost, block, parallel, salt, digest = kept.split(":")
    found = _scrypt(password, bytes.fromhex(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(found.hex(), digest)


def revoke_sessions(cloud: Cloud, user_id: str) -> int:
    """End all of a user's sign-ins: refresh tokens, browser sessions and CAE access tokens.

    Returns the moment (epoch seconds) from which sign-ins are valid: the next whole second, or the
    one after the last call's, so what was signed in just before ends too. Raises ``LookupError``.
    """
    with cloud.state.transaction():
        body = user(cloud, user_id)
        before = valid_from(body) if body else 0
        moment = max(int(cloud.clock()), before) + 1
        update_user(cloud, user_id, sessionsValidFrom=moment)
    return moment


def valid_from(body: Document) -> int:
    """Return the moment (epoch seconds) before which a user's sign-ins are worth nothing."""
    return int(body.get("sessionsValidFrom") or 0)


def sign_in_time(cloud: Cloud, body: Document) -> int:
    """Return the moment (epoch seconds) that a sign-in made now is dated with."""
    return max(int(cloud.clock()), valid_from(body))


def create_group(
    cloud: Cloud, display_name: str, members: Sequence[str] = (), *, tenant_id: str | None = None
) -> Document:
    """Create a security group of object ids."""
    body: Document = {
        "id": str(uuid.uuid4()),
        "tenantId": _tenant(cloud, tenant_id)["id"],
        "displayName": display_name,
        "securityEnabled": True,
        "members": list(members),
        "createdDateTime": iso_time(cloud.clock()),
    }
    return cloud.state.put("group", body["id"], body)


def add_member(cloud: Cloud, group_id: str, object_id: str) -> Document:
    """Put a user, a service principal or a group into a group; raise ``LookupError``."""
    return _set_member(cloud, group_id, object_id, present=True)


def remove_member(cloud: Cloud, group_id: str, object_id: str) -> Document:
    """Take a member out of a group; raise ``LookupError`` for no group."""
    return _set_member(cloud, group_id, object_id, present=False)


def groups_with(cloud: Cloud, object_id: str) -> list[Document]:
    """Return the groups that have somebody as a direct member, in order of id."""
    found = (body for _, body in cloud.state.under("group"))
    return [body for body in found if object_id in body.get("members", ())]


def forget_member(cloud: Cloud, object_id: str) -> None:
    """Take somebody who is going away out of every group."""
    for body in groups_with(cloud, object_id):
        remove_member(cloud, body["id"], object_id)


def _set_member(cloud: Cloud, group_id: str, object_id: str, *, present: bool) -> Document:
    with cloud.state.transaction():
        body = cloud.state.get("group", group_id)
        if body is None:
            raise LookupError(f"there is no group {group_id}")
        others = [each for each in body.get("members", ()) if each != object_id]
        body["members"] = [*others, object_id] if present else others
        return cloud.state.put("group", group_id, body)


def _tenant(cloud: Cloud, tenant_id: str | None) -> Document:
    wanted = tenant_id or directory.default_tenant(cloud)
    tenant = cloud.state.get("tenant", wanted)
    if tenant is None:
        raise LookupError(f"there is no tenant {wanted}")
    return tenant


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "replace"), salt=salt, n=cost, r=block, p=parallel, dklen=32
    )
