"""What ``opentelemetry-instrument`` finds: entrada among the libraries that it instruments."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation import instrumentor

from entrada.telemetry import instrument, uninstrument


# That module tells type checkers to look away.
class EntradaInstrumentor(instrumentor.BaseInstrumentor):  # type: ignore[name-defined,misc]
    """Switches the recording of credentials on and off by OpenTelemetry's own interface.

    ``instrument()`` takes ``tracer_provider`` and ``meter_provider``.
    """

    def instrumentation_dependencies(self) -> Collection[str]:
        """Return what has to be installed to be instrumented."""
        return ("entrada",)

    def _instrument(self, **kwargs: Any) -> None:
        instrument(
            tracer_provider=kwargs.get("tracer_provider"),
            meter_provider=kwargs.get("meter_provider"),
        )

    def _uninstrument(self, **kwargs: Any) -> None:  # noqa: ARG002
        uninstrument()
