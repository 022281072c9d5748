"""Spans and metrics kept in memory, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from entrada import telemetry


class Recording:
    """Instruments entrada with providers of its own."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader], shutdown_on_exit=False)

    def start(self) -> None:
        telemetry.instrument(tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        [span] = self.named(name)
        return span

    def points(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        """Return (attributes, value or number of measurements) of each point of a metric."""
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        return [
            (dict(point.attributes or {}), getattr(point, "value", getattr(point, "count", None)))
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def count(self, name: str, **wanted: str) -> int:
        """Return the sum of a metric's points; ``wanted`` are attributes with ``_`` for ``.``."""
        return sum(
            value
            for attributes, value in self.points(name)
            if wanted.items() <= _spoken(attributes).items()
        )

    def everything(self) -> str:
        """Return all that was recorded as text."""
        names = ("acquisition.duration", "acquisitions", "refreshes", "cache.lookups")
        points = [self.points(f"entrada.{name}") for name in names]
        return "\n".join([*(span.to_json() for span in self.spans), repr(points)])


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def _spoken(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("entrada.").replace(".", "_"): v for name, v in attributes.items()}
