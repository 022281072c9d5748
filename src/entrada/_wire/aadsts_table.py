"""The AADSTS codes, by kind: pure data, imported only when an error is being built.

A row is ``code: (cause, hint)``. A proof (secret, certificate, assertion, password) or a person
that Entra weighed and refused is *rejected*; a request that could never succeed, for a wrong
tenant, application, scope, redirect URI or cloud, is *misconfigured*.
Numbers and meanings: learn.microsoft.com/entra/identity-platform/reference-error-codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from entrada._wire.aadsts_misconfigured import MISCONFIGURED
from entrada._wire.aadsts_people import PEOPLE
from entrada._wire.aadsts_proofs import PROOFS
from entrada.errors import Kind

Rows: TypeAlias = Mapping[int, tuple[str, str]]

GENERAL = frozenset({50000, 70000, 70001, 70002, 90014, 9002313})
"""Codes that say little: any other known code of the same answer explains more."""

_SIGN_IN = (
    "Sign in again: `az logout`, then `az login --tenant {tenant} --scope {scope}` (with azd: `azd "
    "auth login --tenant-id {tenant}`)."
)
_SECOND_FACTOR = (
    "Sign in with a second factor: `az login --tenant {tenant} --scope {scope}`. A job that runs "
    "with nobody at it needs a managed identity or a service principal, not a user."
)
_MANAGED_DEVICE = (
    "Sign in on a managed device, in its own browser and not by device code: `az login --tenant "
    "{tenant} --scope {scope}`. On one that is managed, check that it is compliant."
)
_OTHER_ACCOUNT = (
    "Choose the account that belongs to the tenant: `az logout`, then `az login --tenant {tenant}`."
)
_NEW_CODE = "Start over for a new code: `az login --use-device-code --tenant {tenant}`."
_RESET = (
    "Set a new password at https://passwordreset.microsoftonline.com, then `az login --tenant "
    "{tenant}`."
)
_CONSENT = (
    "An administrator consents for everybody with `az ad app permission admin-consent --id "
    "{client_id}`; a user may for themselves, by signing in: `az login --tenant {tenant} --scope "
    "{scope}`."
)
_LATER = (
    "Try again in a minute or two. If it lasts, look at https://azure.status.microsoft and give "
    "Microsoft's support the correlation id {correlation_id}."
)
_AGENT = (
    "Try again; if it lasts, the directory's administrators have to look at the pass-through "
    "authentication agents on their own servers, in the Entra Connect pages of the portal."
)

_NEEDS_USER: Rows = {
    16000: ("The account is signed in, but is not a member of the tenant.", _OTHER_ACCOUNT),
    16001: ("The account that was picked has no usable session any more.", _OTHER_ACCOUNT),
    50014: (
        "The user was invited as a guest and has not accepted yet.",
        "Accept the invitation in its mail, then `az login --tenant {tenant}`.",
    ),
    50055: ("The user's password has expired.", _RESET),
    50058: ("Nobody is signed in, or the session is gone, and no prompt was allowed.", _SIGN_IN),
    50072: ("The user has to register a second factor first.", _SECOND_FACTOR),
    50074: ("A second factor is required and was not passed.", _SECOND_FACTOR),
    50076: ("A policy requires a second factor for this resource.", _SECOND_FACTOR),
    50078: ("The second factor was passed too long ago for the policy.", _SECOND_FACTOR),
    50079: ("The user has to register for, or pass, a second factor.", _SECOND_FACTOR),
    50085: ("The refresh token needs a sign-in at the user's social provider.", _SIGN_IN),
    50089: ("The sign-in took too long, and its state has expired.", _SIGN_IN),
    50097: ("A policy requires the device itself to authenticate.", _MANAGED_DEVICE),
    50125: ("The sign-in stopped at a password reset or its registration.", _SIGN_IN),
    50129: ("The device is not registered in the tenant.", _MANAGED_DEVICE),
    50132: ("The session ended when the password changed or expired.", _SIGN_IN),
    50133: ("The session was revoked when the password changed or expired.", _SIGN_IN),
    50135: ("The password has to change because the account is at risk.", _RESET),
    50140: ("The sign-in stopped at the question whether to stay signed in.", _SIGN_IN),
    50144: (
        "The user's Active Directory password has expired.",
        (
            "Change it in Active Directory, or by self-service reset where that is set up, then "
            "`az login --tenant {tenant}`."
        ),
    ),
    50155: ("The device could not be authenticated.", _MANAGED_DEVICE),
    50158: ("A policy requires a further check, such as an outside provider's.", _SECOND_FACTOR),
    50173: ("The refresh token was revoked, mostly by a password change or reset.", _SIGN_IN),
    50197: ("The account is ambiguous or could not be found.", _OTHER_ACCOUNT),
    53000: ("A policy requires a compliant device, and this one is not.", _MANAGED_DEVICE),
    53001: ("A policy requires a domain-joined device, and this one is not.", _MANAGED_DEVICE),
    53004: (
        "The user has to register a second factor before the first access.",
        "Register at https://aka.ms/mysecurityinfo, then `az login --tenant {tenant}`.",
    ),
    54005: (
        "The authorization code was redeemed already; each works once.",
        (
            "Start the sign-in again. If it happens every time, the redirect is handled twice: by "
            "a reload of the page, or by a retry of the token request."
        ),
    ),
    65001: ("Nobody has consented to what the application asks for.", _CONSENT),
    70000: ("The refresh token or authorization code is not valid.", _SIGN_IN),
    70008: ("The refresh token or authorization code has expired.", _SIGN_IN),
    70016: (
        "The user has not finished the device-code sign-in yet.",
        "Enter the code on the page that was shown; the program goes on by itself.",
    ),
    70018: ("The device code is not known, or was used already.", _NEW_CODE),
    70019: ("The device code expired before the sign-in was finished.", _NEW_CODE),
    70020: ("The device code expired before the sign-in was finished.", _NEW_CODE),
    70043: ("A policy's sign-in frequency has passed; the refresh token ended.", _SIGN_IN),
    70044: ("A policy's sign-in frequency has passed; the session ended.", _SIGN_IN),
    90119: ("The user code of the device-code sign-in is empty or malformed.", _NEW_CODE),
    90120: ("The device-code sign-in was approved or declined already.", _NEW_CODE),
    160021: ("The session that the application asked for does not exist.", _SIGN_IN),
    530003: ("A policy requires a managed device, and this one is not.", _MANAGED_DEVICE),
    530036: (
        "The refresh token comes from a device-code sign-in, which a policy now forbids.",
        (
            "Sign in again in a browser, without a device code: `az logout`, then `az login "
            "--tenant {tenant} --scope {scope}`."
        ),
    ),
    700003: ("The device behind the sign-in is no longer in the tenant.", _MANAGED_DEVICE),
    700020: ("The grant needs a person to act.", _SIGN_IN),
    700081: ("The refresh token has reached its longest life.", _SIGN_IN),
    700082: ("The refresh token lay unused for too long, as a rule 90 days.", _SIGN_IN),
    700084: (
        "The refresh token of a single-page app has ended; it lives a day and is not extended.",
        "Send the user through the sign-in page again.",
    ),
}

_UNREACHABLE: Rows = {
    40010: ("The user's outside identity provider failed for a moment.", _LATER),
    50000: ("The sign-in service failed while it issued the token.", _LATER),
    50033: ("The sign-in service failed for a moment.", _LATER),
    50087: ("The second-factor service failed for a moment.", _LATER),
    50088: ("No more calls or text messages are sent for second factors just now.", _LATER),
    50166: ("The outside claims provider was asked too often.", _LATER),
    50196: (
        "The same request came too often in a short time, as from a program caught in a loop.",
        (
            "Wait some minutes. Then keep one credential object for the life of the process, so "
            "that its cache serves, and stop on an error instead of asking again at once."
        ),
    ),
    70012: ("The service for personal accounts failed.", _LATER),
    80001: ("The agent that checks passwords cannot reach Active Directory.", _AGENT),
    80002: ("Active Directory did not check the password in time.", _AGENT),
    80005: ("The agent that checks passwords sent an answer of no use.", _AGENT),
    80014: ("The agent that checks passwords took too long.", _AGENT),
    90006: ("The sign-in service is not available for a moment.", _LATER),
    90012: ("The sign-in service ran out of time.", _LATER),
    90024: ("The sign-in service used up its time on this request.", _LATER),
    90025: ("The sign-in service used up its time on this request.", _LATER),
    90033: ("The directory behind the sign-in service is not available.", _LATER),
    90055: (
        "The tenant sent too many requests and is throttled.",
        (
            "Wait some minutes. Then find who asks so often: keep one credential object for the "
            "life of each process, so that its cache serves."
        ),
    ),
    90090: ("The directory behind the sign-in service failed for a moment.", _LATER),
    90091: ("The directory behind the sign-in service could not be reached.", _LATER),
}

TABLES: tuple[tuple[Kind, Rows], ...] = (
    ("rejected", PROOFS),
    ("rejected", PEOPLE),
    ("misconfigured", MISCONFIGURED),
    ("needs_user", _NEEDS_USER),
    ("unreachable", _UNREACHABLE),
)
