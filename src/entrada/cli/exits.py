"""Exit codes, the same for every command."""

from __future__ import annotations

from collections.abc import Mapping

from entrada.errors import Kind

OK = 0
FAILED = 1
USAGE = 2
NOT_FOUND = 3
SIGN_IN = 4
INTERRUPTED = 130

MEANINGS: Mapping[int, str] = {
    OK: "Done.",
    FAILED: "It failed; standard error says why.",
    USAGE: "Wrong usage, or settings that cannot be right.",
    NOT_FOUND: "What was asked for is not there.",
    SIGN_IN: "There is nothing to sign in with, or a person has to sign in first.",
    INTERRUPTED: "Interrupted.",
}

BY_KIND: Mapping[Kind, int] = {
    "unavailable": SIGN_IN,
    "needs_user": SIGN_IN,
    "rejected": FAILED,
    "unreachable": FAILED,
    "misconfigured": USAGE,
}
