"""Who you are, which subscriptions you see and what a blob holds, as you: with Flask."""

import os
from html import escape

from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.storage.blob import BlobClient
from flask import Flask, Response

from entrada.web import SignIn, current_session, require_user
from entrada.web.flask import protect

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
)
WELCOME = """<p class="entrada-row"><button data-entrada-login>Sign in</button>
<button data-entrada-login="popup">Sign in with a popup</button></p>"""
MENU = """<p><a href="/subscriptions">Your subscriptions</a>, <a href="/blob">your blob</a></p>
<p class="entrada-row"><button data-entrada-logout>Sign out</button>
<button data-entrada-logout="everywhere">Sign out everywhere</button></p>"""

app = Flask(__name__)
site = SignIn(
    os.environ["AZURE_TENANT_ID"],
    os.environ["AZURE_CLIENT_ID"],
    client_secret=os.environ["AZURE_CLIENT_SECRET"],
    redirect_uri=os.environ["REDIRECT_URI"],
    scopes=["https://management.azure.com/user_impersonation"],
)
protect(app, site)


def page(title: str, body: str) -> Response:
    html = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/auth/entrada.css"><script src="/auth/entrada.js" defer></script>
</head><body class="entrada-page"><main><h1>{title}</h1>{body}</main></body></html>"""
    return Response(html, headers={"Content-Security-Policy": POLICY})


@app.get("/")
def home() -> Response:
    session = current_session()
    return page(f"Hello {escape(session.user.name)}", MENU) if session else page("Welcome", WELCOME)


@app.get("/subscriptions")
def subscriptions() -> Response:
    credential = require_user().credential
    with SubscriptionClient(credential, base_url=os.environ["ARM_URL"]) as client:
        names = [escape(str(each.display_name)) for each in client.subscriptions.list()]
    return page("Your subscriptions", f"<p>{', '.join(names)}</p>")


@app.get("/blob")
def blob() -> Response:
    with BlobClient.from_blob_url(os.environ["BLOB_URL"], require_user().credential) as client:
        text = client.download_blob().readall().decode()
    return page("Your blob", f"<p>{escape(text)}</p>")
