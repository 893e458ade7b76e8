"""The W3C trace context of the active OpenTelemetry span, when the product uses OpenTelemetry."""

import re
import sys
from typing import Any, Iterable, Optional

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def active_traceparent() -> Optional[str]:
    """The ``traceparent`` of the active span. None without a span, or if OpenTelemetry has not been imported."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    try:
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return None
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
    except Exception:  # noqa: BLE001 - a product's tracing never breaks its events
        return None


def common_traceparent(traceparents: Iterable[Optional[str]]) -> Optional[str]:
    """What a request carries: the context of its events if they belong to one trace, else none."""
    first: Optional[str] = None
    trace_id: Optional[str] = None
    for traceparent in traceparents:
        match = _TRACEPARENT.fullmatch(traceparent or "")
        if match is None or (trace_id is not None and match[1] != trace_id):
            return None
        first, trace_id = first or traceparent, match[1]
    return first
