"""What of somebody else's text may be shown: its first words, without tags, tokens or secrets."""

from __future__ import annotations

import re

_LONGEST = 200
_READ = 4000
"""Characters that are looked at: the search for tags takes the square of their number."""

_NAME = r"""(?:(?:access|refresh|id)_?token|token|client_?secret|(?:client_?)?assertion|secret
    |password)"""
# A text, and so compiled when it is first used: most processes never do.
_HIDDEN = rf"""eyJ[\w-]*\.[\w.-]*                        # JSON web tokens
    | (?<=://)[^/@\s]+@                            # a URL's user and password
    | \b(?:bearer|basic)\s+[\w.~+/-]{{20,}}=*        # Authorization headers
    | (?<![\w-])(?:{_NAME}|code|sig)=[^&\s"'<>]+   # forms and queries
    | (["']){_NAME}\1\s*:\s*                       # JSON, also cut off, and what looks like it
      (?:"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)|[^\s,}}]+)
    | \\+["']{_NAME}\\+["']\s*:.*                  # JSON within JSON: we cannot tell its end
    """


def first_words(text: bytes | str, longest: int = _LONGEST) -> str:
    """Return the first safe words of an answer, on one line."""
    text = text[:_READ].decode("utf-8", "replace") if isinstance(text, bytes) else text[:_READ]
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(_HIDDEN, "[hidden]", text, flags=re.IGNORECASE | re.VERBOSE | re.DOTALL)
    text = " ".join(text.split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
