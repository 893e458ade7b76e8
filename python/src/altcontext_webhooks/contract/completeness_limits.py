"""The bounds of the completeness protocol (docs/completeness.md). Durations are seconds."""

MAX_RANGES = 256
"""Ranges in one request."""
MAX_GAPS = 100
"""Gaps that one proof names."""
GRACE_S = 120.0
"""Younger events are not compared: they may still be on their way, and clocks differ."""
HEARTBEAT_INTERVAL_S = 60.0
RECONCILE_INTERVAL_S = 3600.0
