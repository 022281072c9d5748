"""The cookies of a sign-in: their names, how they are set, which one is believed.

Over https a name begins with ``__Host-`` (RFC 6265bis, section 4.1.3.2): no sub-domain and no
plain-http page can set such a cookie. Plain http is for localhost alone; there the name holds the
port, since cookies know none.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from urllib.parse import urlsplit

MOST_TABS = 10
"""Sign-ins that may be under way in one browser."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Cookies(NamedTuple):
    """Names and attributes for one site."""

    session: str
    tab: str
    secure: bool

    @classmethod
    def of(cls, origin: str) -> Cookies:
        """Return the cookies of ``https://host`` or ``http://localhost``."""
        url = urlsplit(origin)
        if url.scheme == "https":
            return cls("__Host-entrada", "__Host-entrada-tab-", secure=True)
        return cls(f"entrada-{url.port or 80}", f"entrada-{url.port or 80}-tab-", secure=False)

    def tab_of(self, state: str) -> str:
        """Return the name of the cookie that binds one sign-in to the browser that began it."""
        return self.tab + hashlib.sha256(state.encode()).hexdigest()[:16]

    def set(
        self, name: str, value: str, *, age: float | None = None, same_site: str = "Lax"
    ) -> tuple[str, str]:
        """Return the header that sets a cookie; without ``age`` (seconds) it ends with the browser.

        ``same_site`` is ``None`` for what has to come along with another site's form.
        """
        parts = [f"{name}={value}", "Path=/", "HttpOnly", f"SameSite={same_site}"]
        if self.secure:
            parts.append("Secure")
        if age is not None:
            parts.append(f"Max-Age={max(0, int(age))}")
        return ("set-cookie", "; ".join(parts))

    def clear(self, name: str) -> tuple[str, str]:
        """Return the header that makes a browser forget a cookie."""
        return self.set(name, "", age=0)

    def too_many(self, header: str) -> list[str]:
        """Return the names of the oldest sign-ins under way, where another would be too many."""
        # Browsers send the oldest first: RFC 6265, section 5.4.
        tabs = [name for name, _ in _pairs(header) if name.startswith(self.tab)]
        return tabs[: max(0, len(tabs) + 1 - MOST_TABS)]


def value_of(header: str, name: str) -> str:
    """Return a cookie's value; ``""`` where there is none, or two that differ.

    Two of one name mean that somebody else has set one of them (cookie tossing), and nothing says
    which.
    """
    values = {value for found, value in _pairs(header) if found == name}
    return values.pop() if len(values) == 1 else ""


def is_local(origin: str) -> bool:
    """Say whether an origin is plain http on this very machine."""
    url = urlsplit(origin)
    return url.scheme == "http" and url.hostname in _LOOPBACK


def _pairs(header: str) -> list[tuple[str, str]]:
    # By hand: http.cookies gives up at the first odd cookie, and localhost has everybody's.
    parts = (each.strip().partition("=") for each in header.split(";"))
    return [(name, value) for name, mark, value in parts if mark]
