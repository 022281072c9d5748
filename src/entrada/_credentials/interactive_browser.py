"""A person with a browser, here or elsewhere: the code flow with PKCE on a loopback redirect."""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, Unpack
from urllib.parse import urlsplit

from entrada._credentials.device_code import DeviceCode
from entrada._credentials.sign_in import AsyncSignIn, SyncSignIn
from entrada._credentials.surroundings import Way, choose_way
from entrada._credentials.user import DEVELOPER_CLIENT_ID, UserOptions
from entrada._engine.effects import Prompt, call
from entrada._wire.authorize import SignInRequest, begin, code_of, fields_of, is_answer
from entrada._wire.grants import CAUTION, claims_of
from entrada.errors import AuthenticationRejectedError, ConfigurationError

if TYPE_CHECKING:
    from entrada._drivers.redirect import Loopback
    from entrada._engine.effects import Flow
    from entrada._wire.account import Grant
    from entrada.types import Ask

_log = logging.getLogger("entrada")
_TIMEOUT = 300.0
_LOOPBACK = ("localhost", "127.0.0.1")
_PASTE = """To sign in, open this address in a browser:

{url}

If the page that it ends on cannot be shown, paste that page's address here and press Enter.
(Forwarding the port beforehand makes that needless: ssh -L {port}:localhost:{port} ...)"""


class BrowserOptions(UserOptions, total=False):
    """Keywords of InteractiveBrowserCredential.

    ``mode``: ``"auto"`` (default), ``"browser"``, ``"paste"`` or ``"device_code"``.
    ``open_browser(url)`` opens a browser and says whether it could. ``timeout`` is in seconds.
    """

    client_id: str
    redirect_uri: str | None
    login_hint: str | None
    domain_hint: str | None
    prompt: str | None
    timeout: float | None
    mode: Literal["auto", "browser", "paste", "device_code"]
    open_browser: Callable[[str], bool] | None


class InteractiveBrowser(DeviceCode):
    """The recipe of InteractiveBrowserCredential; without a browser it falls back to a code."""

    name = "InteractiveBrowserCredential"

    def __init__(self, **options: Unpack[BrowserOptions]) -> None:
        super(DeviceCode, self).__init__(
            options.get("client_id") or DEVELOPER_CLIENT_ID, options, BrowserOptions
        )
        self._patience = options.get("timeout") or _TIMEOUT
        self._timeout, self._callback = self._patience, None
        self._mode: Literal["auto"] | Way = options.get("mode", "auto")
        if self._mode not in ("auto", "browser", "paste", "device_code"):
            raise ConfigurationError(
                f"mode has the unknown value {self._mode!r}.",
                code="bad_mode",
                hint="It takes auto, browser, paste or device_code.",
            )
        self._open = options.get("open_browser") or _open_browser
        self._listen = _listening_place(options.get("redirect_uri"))
        self._parameters = {
            "prompt": options.get("prompt") or "select_account",
            "login_hint": options.get("login_hint") or "",
            "domain_hint": options.get("domain_hint") or "",
        }

    def interact(self, ask: Ask, tenant: str) -> Flow[Grant]:
        """Have the person sign in, in the way that fits the place."""
        way: Way
        if self._mode == "auto":
            has_terminal = yield from call(_has_terminal, "terminal")
            way, reason = choose_way(self.world, has_terminal=has_terminal)
            _log.info("%s signs in by %s: %s", self.name, way, reason)
        else:
            way = self._mode
        if way == "device_code":
            return (yield from super().interact(ask, tenant))
        host, port, registered = self._listen
        listener = yield from call(lambda: self._bind(host, port), "loopback listener")
        try:
            redirect_uri = registered or f"http://localhost:{listener.port}"
            return (yield from self._listen_for(ask, tenant, redirect_uri, listener, way))
        finally:
            listener.close()

    def _listen_for(
        self, ask: Ask, tenant: str, redirect_uri: str, listener: Loopback, way: Way
    ) -> Flow[Grant]:
        # A form keeps the code out of the browser's history; a pasted address needs it in there.
        response_mode = "query" if way == "paste" else "form_post"
        request = yield from self._begin_sign_in(ask, tenant, redirect_uri, response_mode)
        if way == "paste":
            text = _PASTE.format(url=request.url, port=listener.port)
            yield Prompt(lambda: _say(text))
        elif not (yield from call(lambda: bool(self._open(request.url)), "browser")):
            text = f"No browser could be opened. To sign in, open this address:\n\n{request.url}\n"
            yield Prompt(lambda: _say(text))
        fields = yield from call(
            lambda: listener.wait(
                lambda found: is_answer(found, request),
                self._patience,
                _pasted if way == "paste" else None,
            ),
            "browser sign-in",
        )
        if fields is None:
            raise AuthenticationRejectedError(
                f"{self.name}: nobody finished the sign-in within {self._patience:g} s.",
                code="sign_in_timeout",
                hint='Try again; with no browser at hand use mode="device_code".',
            )
        return (yield from self._finish(fields, request, ask, tenant))

    def _begin_sign_in(
        self, ask: Ask, tenant: str, redirect_uri: str, response_mode: str
    ) -> Flow[SignInRequest]:
        known = self._record.username if self._record else ""
        parameters = {
            **self._parameters,
            "login_hint": self._parameters["login_hint"] or known,
            "client_id": self._client_id,
            "scope": self.scope(ask),
            "response_mode": response_mode,
            "claims": claims_of(ask) or "",
        }
        endpoint = f"{self._authority}/{tenant}/oauth2/v2.0/authorize"
        words = yield from call(lambda: [secrets.token_urlsafe(32) for _ in range(3)], "chance")
        return begin(endpoint, parameters, redirect_uri, words.pop)

    def _finish(
        self, fields: Mapping[str, str], request: SignInRequest, ask: Ask, tenant: str
    ) -> Flow[Grant]:
        code = code_of(fields, request, self.context(self._authority, tenant, ask))
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": request.verifier,
            "redirect_uri": request.redirect_uri,
            "scope": self.scope(ask),
        }
        return (yield from self.redeem_grant(form, ask, tenant, CAUTION, request.nonce))

    def _bind(self, host: str, port: int) -> Loopback:
        from entrada._drivers.redirect import Loopback

        try:
            return Loopback(host, port)
        except OSError as error:
            raise ConfigurationError(
                f"{self.name}: port {port} of {host} is taken ({error.strerror}).",
                code="port_taken",
                hint="Leave redirect_uri out for a free port, or end what uses it.",
            ) from None


def _listening_place(redirect_uri: str | None) -> tuple[str, int, str]:
    """Return host and port to listen on, and the redirect URI as registered (``""``: any port)."""
    if redirect_uri is None:
        return "127.0.0.1", 0, ""
    port = _loopback_port(redirect_uri)
    if port is None:
        raise ConfigurationError(
            f"redirect_uri is no loopback address with a port: {redirect_uri!r}.",
            code="bad_redirect_uri",
            hint="Write it as registered, for example http://localhost:8400.",
        )
    return "127.0.0.1", port, redirect_uri


def _loopback_port(redirect_uri: str) -> int | None:
    try:
        url = urlsplit(redirect_uri)
        return url.port if url.scheme == "http" and url.hostname in _LOOPBACK else None
    except (ValueError, AttributeError):
        return None


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _open_browser(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


def _pasted() -> dict[str, str] | None:
    from entrada._drivers.redirect import pasted_line

    line = pasted_line()
    return fields_of(line) if line.strip() else None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


class InteractiveBrowserCredential(SyncSignIn, InteractiveBrowser):
    """Signs a person in through a browser.

    With ``mode="auto"`` it opens one where a person will see it; in an SSH session, a container or
    without a display it prints an address and takes the address of the last page by paste, and
    without a terminal it shows a device code. It never waits longer than ``timeout`` seconds (300).
    ``redirect_uri`` must be a loopback address with a port, ``prompt`` defaults to
    ``select_account``. ``client_id`` defaults to Azure CLI's, which is for development only.
    """


class AsyncInteractiveBrowserCredential(AsyncSignIn, InteractiveBrowser):
    """Signs a person in through a browser, for asyncio."""
