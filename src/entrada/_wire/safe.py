"""What of somebody else's text may be shown: its first words, without tags, tokens or secrets."""

from __future__ import annotations

import re

_LONGEST = 200
_HIDDEN = re.compile(
    r"""eyJ[\w-]*\.[\w.-]*            # JSON web tokens
    | (?<=[?&\s"'])(?:client_secret|client_assertion|assertion|code|password|sig)=[^&\s"']+
    | "(?:access_?token|refresh_?token|id_?token|token|client_secret|assertion|secret)"
      \s*:\s*"[^"]*(?:"|$)""",
    re.IGNORECASE | re.VERBOSE,
)


def first_words(text: bytes | str, longest: int = _LONGEST) -> str:
    """Return the first safe words of an answer, on one line."""
    if isinstance(text, bytes):
        text = text[: 20 * longest].decode("utf-8", "replace")
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    text = " ".join(_HIDDEN.sub("[hidden]", text).split())
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
