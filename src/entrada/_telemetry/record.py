"""What is found out of an acquisition or a renewal, and how spans and metrics say it."""

from __future__ import annotations

from opentelemetry.util.types import AttributeValue


class Record:
    """What is found out of an acquisition or a renewal while it runs."""

    def __init__(self, credential: str) -> None:
        self.credential = credential
        self.age = "none"
        self.source = ""
        self.links = 0
        self.shared = False
        self.asked = False
        self.failure: Exception | None = None
        self.sent: dict[tuple[str, str], int] = {}
        self.outcome = "abandoned"
        self.error: Exception | None = None


def kind_of(error: Exception) -> str:
    """Return whose move it is, or that it is nobody's known error."""
    return str(getattr(error, "kind", "error"))


def code_of(error: Exception) -> str:
    """Return an error's code, else its class; its text may name a user."""
    return str(getattr(error, "code", None) or type(error).__qualname__)


def outcome_of(record: Record) -> dict[str, str]:
    """Return what came of it, as the labels of a metric."""
    labels = {"entrada.credential": record.credential, "entrada.outcome": record.outcome}
    if record.error is not None:
        labels["error.type"] = code_of(record.error)
    return labels


def facts_of(record: Record) -> dict[str, AttributeValue]:
    """Return what else a span says of it."""
    facts: dict[str, AttributeValue] = {
        "entrada.source": record.source or record.credential,
        "entrada.requests": sum(record.sent.values()),
        "entrada.shared": record.shared,
    }
    if record.links:
        facts["entrada.links"] = record.links
    if record.failure is not None:
        facts["entrada.renewal.error"] = code_of(record.failure)
    return facts
