"""The AADSTS codes of requests that could never succeed: pure data.

A row is ``code: (cause, hint)``; ``aadsts_table`` says what the kinds mean.
"""

from __future__ import annotations

_TENANT = (
    "Check AZURE_TENANT_ID ({tenant}): `az account list --query '[].tenantId'` shows those you can "
    "reach. In another cloud also set AZURE_AUTHORITY_HOST, to login.microsoftonline.us or "
    "login.chinacloudapi.cn."
)
_CLOUD = (
    "Set AZURE_AUTHORITY_HOST to the cloud of tenant and resource: login.microsoftonline.com, "
    "login.microsoftonline.us or login.chinacloudapi.cn (az: `az cloud set --name "
    "AzureUSGovernment` or AzureChinaCloud, then `az login`)."
)
_APPLICATION = (
    "Check AZURE_TENANT_ID, and that {client_id} is an application (client) id and no object id: "
    "`az login --tenant {tenant}`, then `az ad sp show --id {client_id}`. A multitenant "
    "application of another tenant is added by `az ad sp create --id {client_id}`."
)
_WORK_TENANT = "Use a tenant's id or domain, or organizations, instead of common or consumers."
_PERSONAL = (
    "Sign in with a work or school account, or admit personal ones: `az ad app update --id "
    "{client_id} --sign-in-audience AzureADandPersonalMicrosoftAccount`."
)
_REDIRECT = (
    "Compare: `az ad app show --id {client_id} --query '[web.redirectUris, "
    "publicClient.redirectUris, spa.redirectUris]'`. Replace the list, old ones included: `az ad "
    "app update --id {client_id} --public-client-redirect-uris http://localhost` (of a web app: "
    "--web-redirect-uris URI)."
)
_PLATFORM = (
    "Register the redirect URI as web or public client instead of single-page application: remove "
    "it there in the portal under Authentication, then `az ad app update --id {client_id} "
    "--web-redirect-uris URI`."
)
_PERMISSION = (
    "Add the API to the application: `az ad app permission add --id {client_id} --api "
    "API_CLIENT_ID --api-permissions PERMISSION_ID=Scope`, then `az ad app permission "
    "admin-consent --id {client_id}`."
)
_RESOURCE = (
    "Check the resource of {scope} letter by letter, a slash at its end included, and the tenant "
    "{tenant}. An API of another organization is added by `az ad sp create --id API_CLIENT_ID`."
)
_SCOPE = (
    "Ask for one resource, as https://storage.azure.com/.default or "
    "https://vault.azure.net/.default; this was {scope}."
)
_PARAMETER = (
    "The error names the parameter. Compare with the request that your code, or a proxy on the "
    "way, really sends. Empty variables are a common cause: `env | grep '^AZURE_[A-Z_]*=$'`."
)
_PUBLIC = (
    "An application that signs in as itself needs AZURE_CLIENT_SECRET, "
    "AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE. One that signs people in without "
    "a secret: `az ad app update --id {client_id} --is-fallback-public-client true`."
)
_CHALLENGE = (
    "Send the base64url of the verifier's SHA-256 (43 characters) and code_challenge_method=S256."
)

MISCONFIGURED: dict[int, tuple[str, str]] = {
    28002: ("The scope is not valid for this grant.", _SCOPE),
    28003: ("The scope is empty.", _SCOPE),
    50001: ("The resource does not exist, or is disabled.", _RESOURCE),
    50011: ("The redirect URI is not registered for the application.", _REDIRECT),
    50049: (
        "The authority's host is not one that Entra knows.",
        "Correct AZURE_AUTHORITY_HOST; az uses `az cloud show --query endpoints.activeDirectory`.",
    ),
    50059: ("Neither the request nor the account says which tenant is meant.", _TENANT),
    50128: ("The domain belongs to no tenant.", _TENANT),
    50147: ("The code_challenge is missing or has the wrong size (PKCE).", _CHALLENGE),
    50148: (
        "The code_verifier is missing, or does not belong to the code_challenge (PKCE).",
        (
            "Send a code_verifier exactly when the sign-in sent a code_challenge, and keep it with "
            "the sign-in's state."
        ),
    ),
    50194: (
        "The application serves one tenant only, but common was asked.",
        (
            "Name the tenant; or open the application: `az ad app update --id {client_id} "
            "--sign-in-audience AzureADMultipleOrgs`."
        ),
    ),
    65002: (
        "The client id is Microsoft's own, and is not cleared for that API.",
        (
            "Register an application of your own and use its id: `az ad app create --display-name "
            "NAME`."
        ),
    ),
    65005: ("The application does not list the API among its permissions.", _PERMISSION),
    70003: (
        "The grant type is not supported.",
        "Check grant_type for spelling, and that the tenant's endpoint is /oauth2/v2.0/token.",
    ),
    70005: (
        "The response type is not supported, or not enabled for the application.",
        "Use response_type=code with PKCE.",
    ),
    70007: (
        "The response mode is not supported.",
        "Use response_mode=query, fragment or form_post.",
    ),
    70011: ("The scope is not valid.", _SCOPE),
    90002: ("There is no such tenant in this cloud.", _TENANT),
    90008: (
        "The application lacks the least permission, to sign users in.",
        (
            "Give it User.Read of Microsoft Graph: `az ad app permission add --id {client_id} "
            "--api 00000003-0000-0000-c000-000000000000 --api-permissions "
            "e1fe6dd8-ba31-4d61-89e7-88639da4683d=Scope`."
        ),
    ),
    90009: (
        "The application asks for a token for itself by another name than its id.",
        "Use the scope {client_id}/.default, with the id instead of the URI.",
    ),
    90013: ("A value in the request is not valid, often a placeholder left in it.", _PARAMETER),
    90014: ("A required field is missing.", _PARAMETER),
    90019: ("The request does not say which tenant is meant.", _TENANT),
    90023: ("The request is not valid.", _PARAMETER),
    90038: ("The tenant belongs to another cloud.", _CLOUD),
    90056: (
        "The token endpoint was called in the wrong way.",
        "Send POST to the token endpoint, with the code that the authorize endpoint returned.",
    ),
    90112: (
        "The client id is not a GUID.",
        (
            "Set AZURE_CLIENT_ID to the application id: `az ad app list --display-name NAME "
            "--query '[].appId'`."
        ),
    ),
    90124: ("The resource does not work with common or consumers.", _WORK_TENANT),
    90130: ("The application does not work with common or consumers.", _WORK_TENANT),
    100007: (
        "Regional endpoints serve only managed identities and Microsoft's own applications.",
        "Unset AZURE_REGIONAL_AUTHORITY_NAME.",
    ),
    500011: ("The resource is not known in this tenant.", _RESOURCE),
    500112: (
        "The redirect URI differs between the sign-in and the redemption of its code.",
        (
            "Send the same redirect_uri in both requests, to the letter; behind a proxy it is "
            "often http in one and https in the other."
        ),
    ),
    500113: ("The application has no redirect URI registered.", _REDIRECT),
    500200: ("The application does not admit personal Microsoft accounts.", _PERSONAL),
    500207: ("The kind of account does not fit the resource.", _PERSONAL),
    500208: ("The account's domain does not fit the tenant's kind of accounts.", _PERSONAL),
    501491: ("The code_challenge has the wrong size (PKCE).", _CHALLENGE),
    650053: (
        "The resource has no permission of the name that the scope gives.",
        (
            "Write the scope with its resource (https://RESOURCE/PERMISSION) or ask for "
            "RESOURCE/.default; a bare name is taken for Microsoft Graph's."
        ),
    ),
    650054: ("The resource was removed or is no longer available.", _RESOURCE),
    650056: ("The application lists no permission of the API, or nobody consented.", _PERMISSION),
    650057: ("The application does not list the API among its permissions.", _PERMISSION),
    700005: (
        "The authorization code was issued by another tenant.",
        "Redeem it at the tenant, or at common, where the sign-in began.",
    ),
    700011: ("The application is not known in this tenant.", _APPLICATION),
    700016: ("The application is not known in this tenant.", _APPLICATION),
    700021: (
        "The assertion names another application than the request.",
        "Its iss and sub have to be {client_id}.",
    ),
    700022: ("The scope names more than one resource.", _SCOPE),
    700023: (
        "The assertion's aud is not this tenant's token endpoint; or the scope has no resource.",
        (
            "Set aud to the URL that the request goes to, of the same cloud: "
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token."
        ),
    ),
    700025: (
        "The application is a public client, but a secret or assertion was sent.",
        (
            "Unset AZURE_CLIENT_SECRET; or make it confidential: `az ad app update --id "
            "{client_id} --is-fallback-public-client false`, and register the redirect URI as web."
        ),
    ),
    700051: (
        "The application may not get access tokens from the authorize endpoint.",
        (
            "Use response_type=code with PKCE; or, for the old implicit flow, `az ad app update "
            "--id {client_id} --enable-access-token-issuance true`."
        ),
    ),
    700054: (
        "The application may not get id tokens from the authorize endpoint.",
        (
            "Use response_type=code with PKCE; or, for the old implicit flow, `az ad app update "
            "--id {client_id} --enable-id-token-issuance true`."
        ),
    ),
    900023: (
        "The tenant is neither a GUID nor a domain, like a variable left unfilled.",
        _TENANT,
    ),
    900144: ("A required parameter is missing from the request.", _PARAMETER),
    900382: ("An application cannot cross from one cloud to another.", _CLOUD),
    900432: ("An application cannot cross from one cloud to another.", _CLOUD),
    900439: ("A US government application was used at the public cloud's endpoint.", _CLOUD),
    900561: (
        "The endpoint was called with the wrong HTTP method.",
        "Send POST to the token endpoint, and GET to the authorize endpoint.",
    ),
    900971: ("The request has no redirect URI, and none is registered.", _REDIRECT),
    901002: (
        "The v2.0 endpoint takes no resource parameter.",
        "Send scope=RESOURCE/.default instead of resource=RESOURCE.",
    ),
    1002012: ("An application on its own can ask only for a resource's default scope.", _SCOPE),
    1002016: (
        "The connection used TLS 1.0 or 1.1, which Entra no longer accepts.",
        (
            "Update the TLS library, or the proxy that opens the connection: `python -c 'import "
            "ssl; print(ssl.OPENSSL_VERSION)'`."
        ),
    ),
    7000110: (
        "The request names two applications: client_id and assertion or token differ.",
        (
            "Use {client_id} for both, and refresh tokens only with the application they were "
            "issued to."
        ),
    ),
    7000216: ("The request lacks the application's proof.", _PUBLIC),
    7000218: (
        "The request lacks the application's proof, and it is no public client.",
        _PUBLIC,
    ),
    7000229: (
        "The application has no service principal in this tenant.",
        "Add it: `az login --tenant {tenant}`, then `az ad sp create --id {client_id}`.",
    ),
    9000411: ("A parameter of the request stands there twice.", _PARAMETER),
    9001023: ("This grant does not work with common or consumers.", _WORK_TENANT),
    9002313: ("The request is malformed.", _PARAMETER),
    9002325: ("The redirect URI is a single-page application's, which requires PKCE.", _PLATFORM),
    9002326: (
        "A browser redeemed the code, but the redirect URI is no single-page application's.",
        (
            "Register the redirect URI as single-page application in the portal under "
            "Authentication, and not as web."
        ),
    ),
    9002327: (
        "The redirect URI is a single-page application's; only a browser can redeem its code.",
        _PLATFORM,
    ),
    9002332: ("The application serves work and school accounts only, not consumers.", _WORK_TENANT),
    9002346: (
        "The application serves personal accounts only.",
        "Use consumers as the tenant: AZURE_TENANT_ID=consumers.",
    ),
}
