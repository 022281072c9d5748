"""The AADSTS codes of secrets, certificates and assertions that Entra refused: pure data.

A row is ``code: (cause, hint)``; ``aadsts_table`` says what the kinds mean.
"""

from __future__ import annotations

_RENEWAL = (
    "See which secrets are still good: `az ad app credential list --id {client_id}`. Make another: "
    "`az ad app credential reset --id {client_id} --append`, and put its password into "
    "AZURE_CLIENT_SECRET."
)
_NEW_PROOF = (
    "See what is still good: `az ad app credential list --id {client_id}` (with --cert: "
    "certificates). Make a secret: `az ad app credential reset --id {client_id} --append`; add "
    "--cert '@CERT.pem' to upload a certificate instead."
)
_NEW_CERTIFICATE = (
    "Compare thumbprints: `az ad app credential list --id {client_id} --cert`, and `openssl x509 "
    "-in CERT.pem -noout -sha1 -fingerprint -dates`. Upload yours without its private key: `az ad "
    "app credential reset --id {client_id} --cert '@CERT.pem' --append`."
)
_TRUST = (
    "The error names what the token says; it has to equal a federated credential to the letter. "
    "Compare: `az ad app federated-credential list --id {client_id}` (of a managed identity: `az "
    "identity federated-credential list --identity-name NAME --resource-group GROUP`). A new one "
    "takes some minutes to work."
)
_GITHUB = (
    "GitHub's subject changes with the job's environment, branch or tag, and may hold numeric ids. "
)
_TRUST_POLICY = (
    "Ask the tenant's administrators to allow the token's issuer, or trust it on a user-assigned "
    "managed identity: `az identity federated-credential create --name NAME --identity-name "
    "IDENTITY --resource-group GROUP --issuer ISSUER --subject SUBJECT`."
)
_FROM_ENTRA = (
    "Present a managed identity's token for api://AzureADTokenExchange, or prove the application "
    "by certificate: `az ad app credential reset --id {client_id} --create-cert --append`."
)
_OWN_AUDIENCE = (
    "Hand on the access token that your API received, unchanged, and neither an id token nor a "
    "token of Microsoft Graph: its aud has to be {client_id} or that application's own URI."
)
_FRESH_ASSERTION = (
    "Answer your caller with 401, so that it comes back with a fresh token; and check the clock: "
    "`date -u`."
)

PROOFS: dict[int, tuple[str, str]] = {
    50012: (
        "The application's proof was refused: unknown, expired, badly signed or not trusted.",
        _NEW_PROOF,
    ),
    50013: ("The user's token for the on-behalf-of request is not valid.", _OWN_AUDIENCE),
    50027: (
        "A token in the request is malformed, or its issuer, audience, subject or times are wrong.",
        (
            "Decode it and compare iss, aud, sub, nbf and exp with what is expected; pass it "
            "whole, without quotes, line ends or the word Bearer."
        ),
    ),
    70002: ("The application's secret or other proof was refused.", _NEW_PROOF),
    70021: ("No federated credential trusts the presented token.", _TRUST),
    500131: ("The user's token was issued for another API than this one.", _OWN_AUDIENCE),
    500133: ("The user's token had expired, or was not valid yet.", _FRESH_ASSERTION),
    501481: (
        "The code_verifier does not belong to the code_challenge of this sign-in (PKCE).",
        (
            "Start the sign-in again. If it lasts, the verifier gets lost on the way: share the "
            "sign-in's state among all instances of the application."
        ),
    ),
    700024: (
        "The assertion was not valid at that time: it had expired, or a clock is wrong.",
        (
            "Get a new one right before use (a GitHub Actions token lives for minutes; Kubernetes "
            "renews the file AZURE_FEDERATED_TOKEN_FILE), and check the clock: `date -u`."
        ),
    ),
    700027: (
        (
            "The assertion was signed by no certificate of the application: it is not uploaded, "
            "has expired, or another key signed."
        ),
        _NEW_CERTIFICATE,
    ),
    700030: (
        "The certificate's subject is none that the application trusts.",
        (
            "Unset AZURE_CLIENT_SEND_CERTIFICATE_CHAIN and upload the certificate itself: `az ad "
            "app credential reset --id {client_id} --cert '@CERT.pem' --append`."
        ),
    ),
    700211: (
        "No federated credential has the token's issuer; even a slash at its end counts.",
        _TRUST,
    ),
    700212: (
        "No federated credential has the token's audience.",
        "The usual audience is api://AzureADTokenExchange. " + _TRUST,
    ),
    700213: ("No federated credential has the token's subject.", _GITHUB + _TRUST),
    700222: ("The presented token is Entra's own and may not be federated.", _FROM_ENTRA),
    700223: ("The tenant does not allow federated credentials, or not this one.", _TRUST_POLICY),
    700226: ("Of Entra's own tokens only a managed identity's may be federated.", _FROM_ENTRA),
    700229: ("A user's token may not be federated, only an application's.", _FROM_ENTRA),
    700236: (
        "The presented token is from another Entra tenant than the application's own.",
        (
            "Use a managed identity in the tenant where the application is registered; as a "
            "multitenant application it may then sign in to other tenants."
        ),
    ),
    700238: ("The tenant does not allow federated credentials of this issuer.", _TRUST_POLICY),
    1000502: ("The certificate has expired, or is not valid yet.", _NEW_CERTIFICATE),
    7000114: (
        "The on-behalf-of request carries an application's token, which acts for no user.",
        (
            "Hand on a user's access token; for the application itself use client credentials with "
            "the scope RESOURCE/.default."
        ),
    ),
    7000214: ("The certificate has been revoked.", _NEW_CERTIFICATE),
    7000215: (
        (
            "The client secret is not the application's; most often its id, a GUID, was copied "
            "instead of its value."
        ),
        (
            "Put the secret's value, and not its id, into AZURE_CLIENT_SECRET. If the value is "
            "lost, make another: `az ad app credential reset --id {client_id} --append`."
        ),
    ),
    7000222: ("The client secret has expired.", _RENEWAL),
    7002381: (
        "The tenant trusts GitHub tokens of certain enterprises only.",
        (
            "Run the workflow in a repository of an enterprise that the error names; changing the "
            "federated credential does not help."
        ),
    ),
}
