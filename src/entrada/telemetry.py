"""OpenTelemetry spans and metrics of what credentials do, for applications that have it.

Off until :func:`instrument` is called, or the program is started by ``opentelemetry-instrument``;
until then nothing of OpenTelemetry is imported and no call is slower. What is recorded holds no
token, secret, assertion or user name. Needs ``pip install 'entrada[otel]'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from entrada._telemetry.instrumentor import EntradaInstrumentor

__all__ = ["EntradaInstrumentor", "instrument", "uninstrument"]


def instrument(
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> None:
    """Record what all credentials of this process do from now on, also those made before.

    Providers default to OpenTelemetry's global ones. A second call takes the place of the first.
    Raises ImportError where OpenTelemetry's API is not installed.
    """
    try:
        from opentelemetry.metrics import get_meter_provider
        from opentelemetry.trace import get_tracer_provider
    except ImportError as error:
        raise ImportError(
            "entrada.telemetry needs OpenTelemetry's API, which is not installed. "
            "Run: pip install 'entrada[otel]'"
        ) from error
    from entrada._telemetry.meters import meters_of
    from entrada._telemetry.seams import install
    from entrada._telemetry.spans import Spans, tracer_of

    meters = meters_of(meter_provider or get_meter_provider())
    install(Spans(tracer_of(tracer_provider or get_tracer_provider()), meters), meters)


def uninstrument() -> None:
    """Record nothing any more, at no cost; what is under way is recorded to its end."""
    from sys import modules

    # Where the module is not loaded nothing was ever put in place.
    if "entrada._telemetry.seams" in modules:
        from entrada._telemetry.seams import remove

        remove()


def __getattr__(name: str) -> object:
    if name != "EntradaInstrumentor":
        raise AttributeError(f"module 'entrada.telemetry' has no attribute {name!r}")
    from entrada._telemetry.instrumentor import EntradaInstrumentor

    return EntradaInstrumentor
