"""Envelopes read against a contract."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Union

from ..errors import EventIssue
from .check_value import check_fields
from .contract import Contract
from .instant import read_instant
from .plain_value import to_plain_value


@dataclass(frozen=True)
class WebhookEvent:
    """A parsed event: unknown fields dropped, instants in UTC milliseconds, free texts redacted."""

    event_type: str
    tenant_id: str
    occurred_at: str
    payload: Dict[str, Any]


def parse_event(contract: Contract, value: Any, now_s: Optional[float] = None) -> Union[WebhookEvent, Sequence[EventIssue]]:
    """Reads one envelope: an event, or every issue at once.

    Refused are an unknown event type, a ``payload.tenantId`` that is not the envelope's, and an ``occurredAt`` more than
    a day ahead of the clock (``now_s``, seconds since 1970; default: the machine's). The past is accepted, however old.
    """
    issues: List[EventIssue] = []
    if not isinstance(value, Mapping):
        return [EventIssue("", "Expected an object")]
    event_type = value.get("eventType")
    payload = value.get("payload")
    if not isinstance(event_type, str):
        issues.append(EventIssue("eventType", "Expected text"))
    tenant_id = contract.name
    if contract.check_tenant_id is not None:
        tenant_id = contract.check_tenant_id(value.get("tenantId"), "tenantId", issues)
    occurred_at = contract.check_occurred_at(value.get("occurredAt"), "occurredAt", issues)
    if not isinstance(payload, Mapping):
        issues.append(EventIssue("payload", "Expected an object"))
    if issues or not isinstance(event_type, str) or not isinstance(payload, Mapping):
        return issues

    moment = read_instant(occurred_at)
    if moment is None or moment.timestamp() > (time.time() if now_s is None else now_s) + contract.limits.max_future_s:
        issues.append(EventIssue("occurredAt", "Expected a time at most 24 hours in the future"))
    if contract.check_tenant_id is not None and "tenantId" in payload and to_plain_value(payload["tenantId"]) != tenant_id:
        issues.append(EventIssue("payload.tenantId", "Expected the envelope's tenantId, or nothing"))
    definition = contract.events.get(event_type)
    if definition is None:
        known = ", ".join(contract.events)
        issues.append(EventIssue("eventType", f"Unknown event type. Expected one of {known}"))
        return issues

    fields = check_fields(definition.checks, definition.required, payload, "payload", issues)
    if issues:
        return issues
    for name, reduce in definition.reductions.items():
        if isinstance(fields.get(name), str):
            fields[name] = reduce(fields[name])
    return WebhookEvent(event_type, tenant_id, occurred_at, fields)
