"""OpenTelemetry's SDK with exporters in memory."""

from __future__ import annotations

from typing import Any

import attrs
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from aizoomdoc_client.telemetry import OpenTelemetryHooks


@attrs.frozen
class Telemetry:
    """Hooks, and what became of what they were told."""

    hooks: OpenTelemetryHooks
    tracer: Any
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    @classmethod
    def new(cls, **options: Any) -> Telemetry:
        exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
        tracers, meters = TracerProvider(), MeterProvider([reader])
        tracers.add_span_processor(SimpleSpanProcessor(exporter))
        hooks = OpenTelemetryHooks(tracer_provider=tracers, meter_provider=meters, **options)
        return cls(hooks, tracers.get_tracer("program"), exporter, reader)

    @property
    def spans(self) -> list[ReadableSpan]:
        """The spans that have ended, in this order."""
        return list(self.exporter.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        found = self.named(name)
        assert 1 == len(found), [span.name for span in self.spans]
        return found[0]

    def metrics(self) -> dict[str, list[Any]]:
        """The points of each metric, by its name."""
        data = self.reader.get_metrics_data()
        if data is None:
            return {}
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
        return {metric.name: list(metric.data.data_points) for scope in scopes for metric in scope.metrics}


def context_in(traceparent: str) -> tuple[str, str]:
    """The ids of trace and span in the header."""
    _, trace, span, _ = traceparent.split("-")
    return trace, span


def context_of(span: ReadableSpan) -> tuple[str, str]:
    """The ids of trace and span, as a ``traceparent`` has them."""
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


def is_child(span: ReadableSpan, parent: ReadableSpan) -> bool:
    return span.parent is not None and f"{span.parent.span_id:016x}" == context_of(parent)[1]


def about(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})
