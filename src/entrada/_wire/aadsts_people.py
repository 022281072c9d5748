"""The AADSTS codes of accounts that Entra or a policy of the tenant refused: pure data.

A row is ``code: (cause, hint)``; ``aadsts_table`` says what the kinds mean.
"""

from __future__ import annotations

_GUEST = (
    "Sign in to the account's own tenant with `az login --tenant HOME_TENANT`, or have an "
    "administrator of {tenant} invite the account as a guest."
)
_ASSIGN_USER = (
    "Assign the user in the portal: Enterprise applications, the application, Users and groups. Or "
    "let everybody in: `az ad sp update --id {client_id} --set appRoleAssignmentRequired=false`."
)
_ENABLE_APP = (
    "Look: `az ad sp show --id {client_id} --query accountEnabled`. Turn it on: `az ad sp update "
    "--id {client_id} --set accountEnabled=true`."
)
_PROXY = (
    "A proxy of this network lets only listed tenants through. Ask its administrators to list "
    "{tenant}, or leave that network (VPN) and try again."
)
_POLICY = (
    "Sign-in logs in the Entra portal name the policy: search for {correlation_id}. Meet its "
    "conditions (network, device, application) or ask an administrator for an exclusion, then `az "
    "login --tenant {tenant} --scope {scope}`."
)
_RISK = (
    "An administrator of the user's home tenant has to clear the risk: Risky users in the Entra "
    "portal."
)
_BY_NAME = (
    "Check AZURE_USERNAME and AZURE_PASSWORD, or sign in by hand: `az login --tenant {tenant}`. "
    "Stop whatever still uses an old password: it locks the account."
)

PEOPLE: dict[int, tuple[str, str]] = {
    16003: ("The account has not been added to the tenant.", _GUEST),
    50002: ("A proxy of this network does not let sign-ins to this tenant through.", _PROXY),
    50020: ("The account does not exist in this tenant.", _GUEST),
    50034: (
        "There is no such user in the tenant.",
        "Check AZURE_USERNAME and the tenant {tenant}: `az ad user show --id USER`.",
    ),
    50053: (
        "The account is locked after wrong passwords, or the address is known for attacks.",
        (
            "Stop whatever still uses an old password; the lock opens by itself after a while. The "
            "portal's sign-in logs tell which of the two it is: search for {correlation_id}."
        ),
    ),
    50056: ("The directory holds no password for this user.", _BY_NAME),
    50057: (
        "The user's account is disabled.",
        "An administrator can enable it: `az ad user update --id USER --account-enabled true`.",
    ),
    50064: ("The user name or password was refused.", _BY_NAME),
    50105: ("The user is not assigned to the application, which requires it.", _ASSIGN_USER),
    50126: ("The user name or password is wrong.", _BY_NAME),
    50131: ("A policy refused the device, the place or the request.", _POLICY),
    51004: ("The account does not exist in this tenant.", _GUEST),
    53002: ("A policy admits only approved applications, and this is none.", _POLICY),
    53003: ("A Conditional Access policy blocked the sign-in.", _POLICY),
    53011: ("The user is blocked for risk in the home tenant.", _RISK),
    65004: (
        "The user declined to consent.",
        (
            "Sign in again and accept what the application asks for: `az login --tenant {tenant} "
            "--scope {scope}`."
        ),
    ),
    70001: ("The application is disabled or not known in the tenant.", _ENABLE_APP),
    90072: ("The account is from outside and not a guest of this tenant.", _GUEST),
    90094: (
        "Only an administrator may consent to what the application asks for.",
        "An administrator runs `az ad app permission admin-consent --id {client_id}`.",
    ),
    90095: (
        "Only an administrator may consent; the user was told to request it.",
        (
            "An administrator approves the request, or runs `az ad app permission admin-consent "
            "--id {client_id}`."
        ),
    ),
    135011: (
        "The device behind the sign-in is disabled.",
        (
            "An administrator enables it in the Entra portal under Devices; then `az login "
            "--tenant {tenant}`."
        ),
    ),
    500014: (
        "The resource is disabled in the tenant: by an administrator, or its subscription lapsed.",
        (
            "Look up the resource of {scope}: `az ad sp show --id RESOURCE --query "
            "accountEnabled`. Turn it on: `az ad sp update --id RESOURCE --set "
            "accountEnabled=true`."
        ),
    ),
    500021: ("A proxy of this network does not let sign-ins to this tenant through.", _PROXY),
    500022: ("A proxy of this network does not let sign-ins to this tenant through.", _PROXY),
    500212: (
        "The user's own tenant does not let its users into this tenant.",
        (
            "An administrator of the user's tenant allows {tenant} in the outbound cross-tenant "
            "access settings."
        ),
    ),
    500213: (
        "This tenant does not let users of the other tenant in.",
        (
            "An administrator of {tenant} allows the user's tenant in the inbound cross-tenant "
            "access settings."
        ),
    ),
    500341: (
        "The user's account was deleted.",
        (
            "Use another account: `az logout`, then `az login --tenant {tenant}`. A deleted user "
            "can be restored in the Entra portal for 30 days."
        ),
    ),
    500571: (
        "The guest account is disabled in this tenant.",
        (
            "Name the tenant you mean: `az login --tenant TENANT`. Or have an administrator enable "
            "the guest: `az ad user update --id USER --account-enabled true`."
        ),
    ),
    501051: (
        "The API requires an assignment, and the application has none.",
        (
            "Give it a role of the API: `az ad app permission add --id {client_id} --api "
            "API_CLIENT_ID --api-permissions ROLE_ID=Role`, then `az ad app permission "
            "admin-consent --id {client_id}`."
        ),
    ),
    530032: ("A security policy of the tenant blocked the request.", _POLICY),
    530034: ("A delegated administrator is blocked for risk in the home tenant.", _RISK),
    530035: (
        "The tenant's security defaults block this kind of sign-in, such as by password alone.",
        (
            "Sign in interactively: `az login --tenant {tenant}`. A job needs a managed identity "
            "or a service principal."
        ),
    ),
    650052: (
        "The organization has not subscribed to the service, or has not enabled it.",
        "An administrator subscribes, or adds the service: `az ad sp create --id API_CLIENT_ID`.",
    ),
    5000225: (
        "The tenant is blocked because nobody used it for months.",
        (
            "Name another tenant: `az login --tenant TENANT`. To get this one back, its "
            "administrator asks Microsoft's support soon; a blocked tenant is deleted in the end."
        ),
    ),
    7000112: ("The application is disabled in the tenant.", _ENABLE_APP),
}
