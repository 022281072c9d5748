"""What Entra says where people sign in: the AADSTS codes of authorize, code, refresh and the rest.

A table; :mod:`entrada.local.entra.errors` holds the codes of clients, and makes the answers.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code means on the wire: HTTP status, OAuth error, and a text with places in it.

    ``suberror`` is what Entra adds for clients that act on the kind of a refusal.
    """

    status: int
    error: str
    text: str
    suberror: str = ""


def _grant(text: str, suberror: str = "") -> Reason:
    return Reason(400, "invalid_grant", text, suberror)


def _request(text: str) -> Reason:
    return Reason(400, "invalid_request", text)


PEOPLE: dict[int, Reason] = {
    16000: Reason(
        400,
        "interaction_required",
        "Either multiple user identities are available for the current request or selected account"
        " is not supported for the scenario.",
    ),
    28000: Reason(
        400,
        "invalid_scope",
        "Provided value for the input parameter scope is not valid because it contains more than"
        " one resource. Scope {scope} is not valid.",
    ),
    28003: _request(
        "Provided value for the input parameter scope cannot be empty when requesting an access"
        " token using the provided authorization code. Please specify a valid scope."
    ),
    50011: _request(
        "The redirect URI '{redirect_uri}' specified in the request does not match the redirect"
        " URIs configured for the application '{client}'. Make sure the redirect URI sent in the"
        " request matches one added to your application in the Azure portal. Navigate to"
        " https://aka.ms/redirectUriMismatchError to learn more about how to fix this."
    ),
    50013: _grant("Assertion failed signature validation. [Reason - {reason}]"),
    50020: _grant(
        "User account '{user}' from identity provider '{issuer}' does not exist in tenant"
        " '{tenant}' and cannot access the application '{client}' in that tenant. The account needs"
        " to be added as an external user in the tenant first."
    ),
    50034: _grant(
        "The user account {user} does not exist in the {tenant} directory. To sign into this"
        " application, the account must be added to the directory."
    ),
    50053: _grant(
        "The account is locked, you've tried to sign in too many times with an incorrect user ID"
        " or password."
    ),
    50055: _grant("The password is expired.", "user_password_expired"),
    50057: _grant("The user account is disabled."),
    50058: Reason(
        400,
        "login_required",
        "A silent sign-in request was sent but no user is signed in. The cookies used to represent"
        " the user's session were not sent in the request to Entra.",
    ),
    50076: _grant(
        "Due to a configuration change made by your administrator, or because you moved to a new"
        " location, you must use multi-factor authentication to access '{resource}'.",
        "basic_action",
    ),
    50126: _grant("Error validating credentials due to invalid username or password."),
    50147: _grant("Missing code challenge, or the code challenge method is not supported."),
    50148: _grant(
        "The request needs the parameter 'code_verifier': the authorization request had a"
        " code_challenge."
    ),
    50173: _grant(
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The"
        " user might have changed or reset their password. The grant was issued on '{issued}' and"
        " the TokensValidFrom date (before which tokens are not valid) for this user is"
        " '{valid_from}'.",
        "bad_token",
    ),
    50194: _request(
        "Application '{client}'({name}) is not configured as a multi-tenant application. Usage of"
        " the /{endpoint} endpoint is not supported for such apps. Use a tenant-specific endpoint"
        " or configure the application to be multi-tenant."
    ),
    54005: _grant(
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use"
        " an existing refresh token."
    ),
    65001: _grant(
        "The user or administrator has not consented to use the application with ID '{client}'"
        " named '{name}'. Send an interactive authorization request for this user and resource.",
        "consent_required",
    ),
    65004: Reason(400, "access_denied", "User declined to consent to access the app."),
    70000: _grant("Provided grant is invalid or malformed."),
    70005: Reason(
        400,
        "unsupported_response_type",
        "The app returned an unsupported response type: '{response_type}'.",
    ),
    70007: Reason(
        400,
        "invalid_request",
        "'{response_mode}' is not a supported value of 'response_mode' for this request.",
    ),
    70008: _grant(
        "The provided authorization code or refresh token has expired due to inactivity. Send a new"
        " interactive authorization request for this user and resource."
    ),
    70016: Reason(
        400,
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    ),
    70018: Reason(
        400,
        "bad_verification_code",
        "Invalid verification code due to User typing in wrong user code for device code flow.",
    ),
    70020: Reason(
        400,
        "expired_token",
        "The provided value for the input parameter 'device_code' is not valid. This device code"
        " has expired.",
    ),
    90023: _request("Invalid STS request: unsupported '{parameter}' value '{value}'."),
    90100: _request("The parameter '{parameter}' is empty or not valid."),
    165000: _request(
        "Invalid Request: The request tokens do not match the user context. The page was open for"
        " too long, or cookies are blocked. Please try again."
    ),
    240002: Reason(
        400,
        "invalid_grant",
        "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.",
    ),
    500112: _grant(
        "The reply address '{redirect_uri}' does not match the reply address '{expected}' provided"
        " when requesting Authorization code."
    ),
    500121: Reason(
        400, "access_denied", "Authentication failed during strong authentication request."
    ),
    500131: _grant(
        "Assertion audience does not match the Client app presenting the assertion. The audience in"
        " the assertion was '{audience}' and the expected audience is '{expected}'."
    ),
    500133: _grant("Assertion is not within its valid time range. Ensure that it is not expired."),
    501481: _grant(
        "The Code_Verifier does not match the code_challenge supplied in the authorization request."
    ),
    501491: _request("Invalid size of Code_Challenge parameter."),
    650053: Reason(
        400,
        "invalid_client",
        "The application '{name}' asked for scope '{scope}' that doesn't exist on the resource"
        " '{resource}'. Contact the app vendor.",
    ),
    700005: _grant(
        "Provided Authorization Code is intended to use against other tenant, thus rejected."
    ),
    700025: Reason(
        401,
        "invalid_client",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    ),
    700051: Reason(
        400,
        "unsupported_response_type",
        "response_type 'token' is not enabled for the application.",
    ),
    700054: Reason(
        400,
        "unsupported_response_type",
        "response_type 'id_token' is not enabled for the application.",
    ),
    700082: _grant(
        "The refresh token has expired due to inactivity. The token was issued on {issued} and was"
        " inactive for 90.00:00:00.",
        "token_expired",
    ),
    700084: _grant(
        "The refresh token was issued to a single page app (SPA), and therefore has a fixed,"
        " limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new"
        " sign in request must be sent by the SPA to the sign in page. The token was issued on"
        " {issued}.",
        "token_expired",
    ),
    900971: _request("No reply address provided."),
    7000114: Reason(
        400,
        "invalid_request",
        "Application '{client}' is not allowed to make application on-behalf-of calls.",
    ),
    9002325: _request(
        "Proof Key for Code Exchange is required for cross-origin authorization code redemption."
    ),
    9002326: _request(
        "Cross-origin token redemption is permitted only for the 'Single-Page Application'"
        " client-type. Request origin: '{origin}'."
    ),
    9002327: _request(
        "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via"
        " cross-origin requests."
    ),
}
