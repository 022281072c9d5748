"""May the caller do this: Azure RBAC at the secret or above it, or the vault's access policies.

Knows no operation. Which of the two a vault goes by says its ``enableRbacAuthorization``.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrada.local import rbac
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import VaultError, forbidden

_SECRETS = "Microsoft.KeyVault/vaults/secrets"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a request needs: an RBAC data action, and its name in an access policy."""

    action: str
    policy: str


GET = Permission(f"{_SECRETS}/getSecret/action", "get")
LIST = Permission(f"{_SECRETS}/readMetadata/action", "list")
SET = Permission(f"{_SECRETS}/setSecret/action", "set")
UPDATE = Permission(f"{_SECRETS}/update/action", "set")
DELETE = Permission(f"{_SECRETS}/delete", "delete")
RECOVER = Permission(f"{_SECRETS}/recover/action", "recover")
PURGE = Permission(f"{_SECRETS}/purge/action", "purge")
BACKUP = Permission(f"{_SECRETS}/backup/action", "backup")
RESTORE = Permission(f"{_SECRETS}/restore/action", "restore")
READ_DELETED = Permission(f"{_SECRETS}/readMetadata/action", "get")


def authorize(context: Context, permission: Permission) -> None:
    """Return if the caller has a permission; raise :class:`VaultError` otherwise."""
    if context.vault.get("properties", {}).get("enableRbacAuthorization", True):
        _by_roles(context, permission)
    else:
        _by_policies(context, permission)


def _by_roles(context: Context, permission: Permission) -> None:
    verdict = rbac.decide(
        context.cloud, context.principal_id, permission.action, context.scope, data=True
    )
    if not verdict.allowed:
        raise _refused(context, verdict)


def _by_policies(context: Context, permission: Permission) -> None:
    holders = {context.principal_id.lower(), *rbac.groups_of(context.cloud, context.principal_id)}
    for policy in context.vault["properties"].get("accessPolicies") or ():
        granted = {name.lower() for name in policy.get("permissions", {}).get("secrets") or ()}
        if policy["objectId"].lower() in holders and granted & {permission.policy, "all"}:
            return
    raise forbidden(
        f"The user, group or application '{_caller(context)}' does not have secrets "
        f"{permission.policy} permission on key vault '{_vault(context)}'. It goes by access "
        "policies: az keyvault set-policy "
        f"--name {context.vault['name']} --object-id {context.principal_id} "
        f"--secret-permissions {permission.policy}",
        "ForbiddenByPolicy",
    )


def _refused(context: Context, verdict: rbac.Verdict) -> VaultError:
    lines = [
        "Caller is not authorized to perform action on resource.",
        "If role assignments, deny assignments or role definitions were changed recently, please "
        "observe propagation time.",
        f"Caller: {_caller(context)}",
        f"Action: '{verdict.action}'",
        f"Resource: '{verdict.scope}'",
        "Assignment: (not found)",
        f"DecisionReason: {verdict.reason}",
        f"Vault: {_vault(context)}",
    ]
    if verdict.remedy:
        lines.append(f"To allow it: {verdict.remedy}")
    return forbidden("\r\n".join(lines), "ForbiddenByRbac")


def _caller(context: Context) -> str:
    claims = context.claims
    application = claims.get("appid") or claims.get("azp")
    return f"appid={application};oid={context.principal_id};iss={claims.get('iss')}"


def _vault(context: Context) -> str:
    return f"{context.vault['name']};location={context.vault.get('location', '')}"
