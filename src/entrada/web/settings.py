"""What the arguments of :class:`entrada.web.SignIn` have to be like, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from entrada.errors import ConfigurationError
from entrada.web.cookies import is_local
from entrada.web.seal import Seal
from entrada.web.stores import MemoryStore

if TYPE_CHECKING:
    from entrada.web.session import User
    from entrada.web.stores import SessionStore

_EXAMPLE = "https://app.contoso.com/auth/callback, or http://localhost:8000/auth/callback"


def texts(values: Iterable[str], argument: str) -> tuple[str, ...]:
    """Return a list of words; raise ConfigurationError for a single string."""
    found = () if isinstance(values, str) else tuple(values)
    if not isinstance(values, str) and all(isinstance(each, str) and each for each in found):
        return found
    raise ConfigurationError(
        f"{argument} has to be a list of strings.",
        code=f"bad_{argument}",
        hint=f"Write {argument}=[...].",
    )


def checked_redirect(uri: str, response_mode: str) -> str:
    """Return a redirect URI; raise ConfigurationError for one that no cookie would be safe at."""
    url = urlsplit(uri) if isinstance(uri, str) else urlsplit("")
    plain = is_local(f"{url.scheme}://{url.netloc}")
    if not (plain or url.scheme == "https") or not url.hostname or url.query or url.fragment:
        raise ConfigurationError(
            f"redirect_uri has to be https, or http on localhost, not {uri!r}.",
            code="bad_redirect_uri",
            hint=f"Give the URI that is registered for the app: {_EXAMPLE}.",
        )
    if url.path.count("/") < 2 or not url.path.endswith("/callback"):
        raise ConfigurationError(
            f"redirect_uri has to end in a folder and /callback, not in {url.path!r}.",
            code="bad_redirect_uri",
            hint=f"The other addresses of a sign-in lie beside it. Register e.g. {_EXAMPLE}.",
        )
    if response_mode not in ("query", "form_post") or (plain and response_mode == "form_post"):
        raise ConfigurationError(
            "response_mode is query, or form_post for an https redirect_uri.",
            code="bad_response_mode",
            hint="Over plain http no cookie comes along with another site's form: use query.",
        )
    return uri


def seal_for(store: SessionStore | None, keys: Iterable[str | bytes]) -> Seal:
    """Return the seal of a store; raise ConfigurationError where its key would be forgotten."""
    given = keys if isinstance(keys, str | bytes) else tuple(keys)
    if not given and store is not None and not isinstance(store, MemoryStore):
        raise ConfigurationError(
            "A store that outlives the process needs session_keys.",
            code="no_session_key",
            hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return Seal(given)


def hint_of(user: User) -> str:
    """Return what names a person to the authority: its own opaque hint, else their user name."""
    return str(user.claims.get("login_hint") or user.username)
