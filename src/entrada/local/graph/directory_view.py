"""Users and groups as Graph shows them."""

from __future__ import annotations

from typing import Any, Final

from entrada.local import people
from entrada.local.cloud import Cloud
from entrada.local.keys import iso_time
from entrada.local.state import Document

USER_DEFAULT: Final = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
"""What goes out of a user where no ``$select`` asks for more."""

USER: Final[dict[str, Any]] = {
    "id": None,
    "deletedDateTime": None,
    "accountEnabled": True,
    "businessPhones": [],
    "city": None,
    "companyName": None,
    "country": None,
    "createdDateTime": None,
    "creationType": None,
    "department": None,
    "displayName": None,
    "employeeId": None,
    "employeeType": None,
    "givenName": None,
    "identities": [],
    "jobTitle": None,
    "mail": None,
    "mailNickname": None,
    "mobilePhone": None,
    "officeLocation": None,
    "onPremisesImmutableId": None,
    "onPremisesSyncEnabled": None,
    "otherMails": [],
    "passwordPolicies": None,
    "passwordProfile": None,
    "postalCode": None,
    "preferredLanguage": None,
    "proxyAddresses": [],
    "signInSessionsValidFromDateTime": None,
    "state": None,
    "streetAddress": None,
    "surname": None,
    "usageLocation": None,
    "userPrincipalName": None,
    "userType": "Member",
}
"""The properties of a user, with what they are where nothing was set."""

GROUP: Final[dict[str, Any]] = {
    "id": None,
    "deletedDateTime": None,
    "classification": None,
    "createdDateTime": None,
    "creationOptions": [],
    "description": None,
    "displayName": None,
    "expirationDateTime": None,
    "groupTypes": [],
    "isAssignableToRole": None,
    "mail": None,
    "mailEnabled": False,
    "mailNickname": None,
    "membershipRule": None,
    "membershipRuleProcessingState": None,
    "onPremisesSyncEnabled": None,
    "preferredLanguage": None,
    "proxyAddresses": [],
    "renewedDateTime": None,
    "securityEnabled": True,
    "uniqueName": None,
    "visibility": None,
}
"""The properties of a group, with what they are where nothing was set."""


def user(cloud: Cloud, body: Document) -> Document:
    """Return a user as Graph shows it; nothing of the password goes out."""
    upn = str(body["userPrincipalName"])
    tenant = cloud.state.get("tenant", people.home_tenant(cloud, body)) or {}
    signed = {"signInType": "userPrincipalName", "issuer": tenant.get("domain")}
    moment = people.valid_from(body)
    return {
        **{name: body.get(name, unset) for name, unset in USER.items()},
        "mailNickname": body.get("mailNickname") or upn.partition("@")[0],
        "identities": [{**signed, "issuerAssignedId": upn}],
        "passwordProfile": None,
        "signInSessionsValidFromDateTime": iso_time(moment) if moment else None,
    }


def group(_: Cloud, body: Document) -> Document:
    """Return a group as Graph shows it."""
    view = {name: body.get(name, unset) for name, unset in GROUP.items()}
    return {**view, "renewedDateTime": body.get("createdDateTime")}
