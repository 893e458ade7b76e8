"""Events are checked once and serialised once: this text is kept, sent and signed."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime, timezone
from typing import Any, Optional, Sequence, Union

from .contract.contract import Contract
from .contract.event_id import is_event_id, new_id
from .contract.instant import format_instant
from .contract.parse_event import WebhookEvent, parse_event
from .contract.plain_value import to_plain_value
from .errors import EventIssue
from .outbox.outbox import NewEvent


def prepare_event(
    contract: Contract, event_type: Any, payload: Any, occurred_at: Any = None, event_id: Any = None
) -> Union[NewEvent, Sequence[EventIssue]]:
    """An event as it travels, or every issue at once. ``payload`` is a mapping, a dataclass or a pydantic model."""
    id = to_plain_value(event_id)
    if id is not None and not is_event_id(id):
        return [EventIssue("eventId", "Expected a UUID")]
    now_s = time.time()
    fields = _to_fields(payload)
    if not isinstance(fields, Mapping):
        return [EventIssue("payload", "Expected a mapping, a dataclass or a pydantic model")]
    name = to_plain_value(event_type)
    definition = contract.events.get(name) if isinstance(name, str) else None
    timestamp = None if definition is None else definition.timestamp
    own_time = None if timestamp is None else fields.get(timestamp)
    moment = occurred_at if occurred_at is not None else own_time
    if moment is None:
        moment = format_instant(datetime.fromtimestamp(now_s, timezone.utc))
    event = parse_event(
        contract,
        {"eventType": name, "tenantId": fields.get("tenantId"), "occurredAt": moment, "payload": fields},
        now_s,
    )
    if not isinstance(event, WebhookEvent):
        return event
    sent = event.payload if contract.check_tenant_id is None else {"tenantId": event.tenant_id, **event.payload}
    if timestamp is not None and own_time is None:
        sent[timestamp] = event.occurred_at
    body = json.dumps(
        {"eventType": name, "tenantId": event.tenant_id, "occurredAt": event.occurred_at, "payload": sent},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    try:
        size = len(body) if body.isascii() else len(body.encode())
    except UnicodeEncodeError:
        return [EventIssue("payload", "Expected valid Unicode")]
    if size > contract.limits.max_body_bytes:
        return [EventIssue("payload", f"Expected at most {contract.limits.max_body_bytes} bytes as JSON")]
    return NewEvent(id.lower() if isinstance(id, str) else new_id(), event.event_type, body)


def _to_fields(payload: Any) -> Any:
    if isinstance(payload, Mapping):
        return payload
    # pydantic 2, then 1; neither is imported for this.
    for method in ("model_dump", "dict"):
        dump: Optional[Any] = getattr(payload, method, None)
        if callable(dump) and not isinstance(payload, type):
            return dump()
    return asdict(payload) if is_dataclass(payload) and not isinstance(payload, type) else payload
