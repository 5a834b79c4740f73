"""OpenTelemetry for clients and relays: spans, metrics and the context of a trace, made of what hooks are told.

Contract: sees `hooks` and nothing else of the package, and of OpenTelemetry only its API (extra `otel`): the program brings the
SDK and decides what becomes of spans and metrics. `attributes` holds names and what they say of details, `spans` and `metrics`
make these, `content` is what spans have of questions and answers where the program asks for them, `open_telemetry` is what users
hold. No token and no text of an error gets into a span or a metric, and no question or answer unless it is asked for.
"""

from __future__ import annotations

from .open_telemetry import OpenTelemetryHooks

__all__ = ["OpenTelemetryHooks"]
