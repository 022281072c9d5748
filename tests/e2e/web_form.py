"""The FastAPI example over https, with answers that come as a form."""

import os

import web_fastapi

from entrada.web import SignIn
from entrada.web.asgi import SignInMiddleware

site = SignIn(
    os.environ["AZURE_TENANT_ID"],
    os.environ["AZURE_CLIENT_ID"],
    client_secret=os.environ["AZURE_CLIENT_SECRET"],
    redirect_uri=os.environ["REDIRECT_URI"],
    response_mode="form_post",
)
app = web_fastapi.app
app.user_middleware.clear()
app.add_middleware(SignInMiddleware, site=site)
