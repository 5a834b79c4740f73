"""OpenTelemetry for clients and relays: spans, metrics and the context of a trace, made of what hooks are told.

Contract: sees `hooks` and nothing else of the package, but for the error that names a missing extra, and of OpenTelemetry only
its API (extra `otel`): the program brings the SDK and decides what becomes of spans and metrics. `attributes` holds names and
what they say of details, `spans` and `metrics` make these, `content` is what spans have of questions and answers where the
program asks for them, `open_telemetry` is what users hold. No token and no text of an error gets into a span or a metric, and no
question or answer unless it is asked for.
"""

from __future__ import annotations

from ..catalog import text
from ..exceptions import ConfigurationError

try:
    from .open_telemetry import OpenTelemetryHooks
except ModuleNotFoundError as _error:
    _needs = text("extra_missing", part=text("the_telemetry"), packages=["opentelemetry-api"], extra="otel")
    raise ConfigurationError(_needs) from _error

__all__ = ["OpenTelemetryHooks"]
